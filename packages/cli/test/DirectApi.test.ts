import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { gzipSync } from "node:zlib"
import { inject } from "vitest"
import * as Cases from "./DirectCases.js"
import * as DirectProcess from "./DirectProcess.js"
import * as Servers from "./Servers.js"

const RUNS = process.env["MLS_TEST_ALL"] === undefined ? 24 : 120

const JSON_TYPE = { "content-type": "application/json" }
const LARGE = "äöü ".repeat(200_000)

/** What a server may answer, by the path that is asked for. */
const ANSWERS: Readonly<Record<string, (answer: Http.ServerResponse) => unknown>> = {
  "/services": (answer) => answer.writeHead(200, JSON_TYPE).end('[{"name":"é\u001b[2J"}]'),
  "/zipped": (answer) =>
    answer.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end(gzipSync(`{"text":"${LARGE}"}`)),
  "/large": (answer) => {
    answer.writeHead(200, { "content-type": "text/plain" }).write(LARGE)
    setImmediate(() => answer.end(LARGE))
  },
  "/empty": (answer) => answer.writeHead(204).end(),
  "/same": (answer) => answer.writeHead(304).end(),
  "/away": (answer) => answer.writeHead(302, { location: "https://login.test/" }).end("elsewhere"),
  "/page": (answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<title>portal</title>"),
  "/files/page": (answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<title>ours</title>"),
  "/refused": (answer) => answer.writeHead(403, JSON_TYPE).end('{"message":"no"}'),
  "/fault": (answer) => answer.writeHead(500, JSON_TYPE).end('{"message":"fault"}'),
  "/cut": (answer) => {
    answer.writeHead(200, { ...JSON_TYPE, "content-length": "2000" }).write("[1,2,")
    setTimeout(() => answer.destroy(), 20)
  },
  "/broken-zip": (answer) =>
    answer
      .writeHead(200, { "content-encoding": "gzip" })
      .end(Buffer.concat([gzipSync("[]").subarray(0, 12), Buffer.alloc(9)])),
  "/gone": (answer) => answer.destroy()
}

/** A server that answers so, and keeps what it was sent. */
const recording = async () => {
  const heard: Array<string> = []
  const server = Http.createServer(({ headers, method, url = "" }, answer) => {
    heard.push(`${method} ${url} ${JSON.stringify(headers)}`)
    // Two runs are compared.
    answer.sendDate = false
    const found = ANSWERS[url.replace(/\?.*$/, "")]
    return found === undefined ? answer.writeHead(404, JSON_TYPE).end('{"message":"none"}') : found(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = () => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve))
  return { close, heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** What the program writes of itself with `MLS_LOG=debug` says when, and how long it took. */
const withoutTimes = (stderr: string): string =>
  stderr.replace(/\btimestamp=\S+/g, "timestamp=…").replace(/\bmilliseconds=\d+/g, "milliseconds=…")

/** Does both in a home that is the same at the beginning of each. */
const inBoth = async <A, B>(
  home: string,
  first: () => Promise<A>,
  second: () => Promise<B>
): Promise<readonly [A, B]> => {
  const saved = `${home}.saved`
  await Fs.cp(home, saved, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  const one = await first()
  await Fs.rm(home, { recursive: true })
  await Fs.rename(saved, home)
  return [one, await second()]
}

const inHome = async <A>(use: (home: string) => Promise<A>): Promise<A> => {
  const home = await Fs.realpath(await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-direct-")))
  return await use(home).finally(() => Fs.rm(home, { recursive: true, force: true }))
}

const { constantFrom, oneof } = FastCheck

const args = oneof(
  {
    weight: 6,
    arbitrary: constantFrom(...Object.keys(ANSWERS), "/none", "services", "services?a=b&c=%20d", "a//b/../services")
  },
  {
    weight: 1,
    arbitrary: constantFrom("//services", "C:/services", "\\services", "services#x", "sörvices", "", ".", "a:b")
  }
).chain((path) =>
  oneof(
    { weight: 6, arbitrary: constantFrom([path], ["GET", path], ["get", "-p", "main", path]) },
    {
      weight: 1,
      arbitrary: constantFrom(
        [path, "-i"],
        ["HEAD", path],
        [path, "GET"],
        ["GET", path, "GET"],
        [path, "--json"],
        ["--", path],
        [path, "-p"],
        ["--profile=main", path],
        ["-p", "main", "-p", "other", path]
      )
    }
  )
)

const cases = oneof({ weight: 3, arbitrary: Cases.usual }, { weight: 1, arbitrary: Cases.cases })

const PROXIES: ReadonlyArray<Record<string, string>> = [
  {},
  {},
  {},
  {},
  { http_proxy: "http://127.0.0.1:9" },
  { HTTPS_PROXY: "" }
]

describe("the direct path of mls api", () => {
  it("prints what the program prints and sends what it sends, byte for byte, and the program goes on with everything else", async () => {
    const server = await recording()
    let [direct, begun] = [0, 0]
    const property = FastCheck.asyncProperty(cases, args, constantFrom(...PROXIES), (one, typed, proxies) =>
      inHome(async (home) => {
        const url = one.profile.url.startsWith("http://127") ? server.url : one.profile.url
        const { cwd, env } = await Effect.runPromise(Cases.prepare({ ...one, profile: { ...one.profile, url } }, home))
        const call = { entry: inject("mls"), args: ["api", ...typed], cwd, env: { ...env, ...proxies } }
        const heard = async (args: ReadonlyArray<string>) => {
          server.heard.length = 0
          const ended = await DirectProcess.run({ ...call, args })
          return { ...ended, stderr: withoutTimes(ended.stderr), sent: [...server.heard] }
        }
        const [ended, whole] = await inBoth(
          home,
          () => heard(call.args),
          // With it the program goes its own way from the first.
          () => heard(["api", "--no-input", ...typed])
        )
        assert.isTrue(whole.asksForProgram)
        const { asksForProgram, ...said } = ended
        const { asksForProgram: _, ...expected } = whole
        assert.deepStrictEqual(said, expected)
        if (!asksForProgram) direct++
        else if (said.sent.length > 0) begun++
      })
    )
    const [usual] = FastCheck.sample(Cases.usual, 1)
    assert(usual !== undefined)
    type Example = [typeof usual, Array<string>, Record<string, string>]
    // Each answer once in the usual case, and one case with a log, whatever chance brings besides.
    const examples = Object.keys(ANSWERS).map((path): Example => [usual, [path], {}])
    examples.push([{ ...usual, env: { MLS_LOG: "debug" } }, ["/services"], {}])
    await FastCheck.assert(property, { numRuns: RUNS, examples }).finally(server.close)
    assert.isAtLeast(direct, 4)
    assert.isAtLeast(begun, 9)
  })

  const quiet = { env: { MLS_LOG: "", MLS_TEST_TAP: "", NODE_OPTIONS: "" } }

  it.scopedLive("hands a 401 over: one call more, one renewal, and the answer", () =>
    Effect.gen(function* () {
      const { control, mlsProcess } = yield* Servers.makeSignedIn()
      const first = yield* mlsProcess(["api", "services"], quiet)
      yield* control.revokeAccessTokens()
      yield* control.resetCounts
      assert.deepStrictEqual(yield* mlsProcess(["api", "services"], quiet), first)
      const { api, refreshes, reusedRefreshTokens, unauthorized } = yield* control.counts
      assert.deepStrictEqual(
        { api, refreshes, reusedRefreshTokens, unauthorized },
        { api: 2, refreshes: 1, reusedRefreshTokens: 0, unauthorized: 1 }
      )
    })
  )

  it.scopedLive("ends by a signal as the program does: SIGINT is exit 130, SIGTERM 143", () =>
    Effect.gen(function* () {
      const { control, home, shell, startProcess } = yield* Servers.makeSignedIn()
      for (const [signal, code] of [
        ["SIGINT", 130],
        ["SIGTERM", 143]
      ] as const) {
        const gate = yield* control.hold("api")
        const call = yield* startProcess(["api", "services"], quiet)
        yield* gate.awaitWaiting()
        yield* call.signal(signal)
        assert.deepInclude(yield* call.ended, { code, stdout: "", stderr: "" })
        yield* gate.release
      }
      yield* control.answerNext({ on: "api", body: "x".repeat(4 * 1024 * 1024) })
      const script = `cd '${home}'; mkfifo f; exec 3<>f; "$NODE" "$MLS" api large >f & head -c 65536 <&3 >/dev/null; kill $!; wait $!`
      const unread = yield* shell(script, quiet)
      assert.strictEqual((yield* unread.ended).code, 143)
    })
  )

  it.scopedLive("tells a full disk, and a reader who left is no failure", () =>
    Effect.gen(function* () {
      const { control, shell } = yield* Servers.makeSignedIn()
      const ended = (script: string) => Effect.scoped(Effect.flatMap(shell(script, quiet), (running) => running.ended))
      const full = yield* ended("mls api services > /dev/full")
      assert.deepStrictEqual(full, yield* ended("mls api services --no-input > /dev/full"))
      assert.strictEqual(full.code, 3)
      yield* control.answerNext({ on: "api", body: "x\n".repeat(4 * 1024 * 1024) })
      assert.deepStrictEqual(yield* ended("{ mls api large; echo $? >&2; } | head -1"), {
        code: 0,
        stdout: "x\n",
        stderr: "0\n"
      })
    })
  )
})
