import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "node:stream"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { inject } from "vitest"
import * as Cases from "./DirectCases.js"
import * as DirectHost from "./DirectHost.js"
import * as Host from "./Host.js"
import * as Keyring from "./Keyring.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const RUNS = process.env["MLS_TEST_ALL"] === undefined ? 150 : 600

interface Printed {
  readonly stdout: string
  readonly stderr: string
}

/** The program itself, whatever the direct path would do. */
const whole = async (call: Pick<Host.Call, "args" | "cwd" | "entry" | "env">) => {
  const printed = { stdout: "", stderr: "" }
  const add = (stream: keyof Printed, chunk: Buffer) => void (printed[stream] += chunk.toString("utf8"))
  const stdin = new Stream.PassThrough().end()
  const run = Host.start({ ...call, stdin, printed: add, sealed: () => undefined })
  return { code: await run.code, ...printed }
}

const inHome = async <A>(use: (home: string) => Promise<A>): Promise<A> => {
  const home = await Fs.realpath(await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-direct-")))
  return await use(home).finally(() => Fs.rm(home, { recursive: true, force: true }))
}

describe("the direct path of mls token", () => {
  it("prints what the program prints, byte for byte, changes nothing, and asks for the program in every other case", async () => {
    let [answered, asked] = [0, 0]
    const property = FastCheck.asyncProperty(Cases.cases, (one) =>
      inHome(async (home) => {
        const { cwd, env } = await Effect.runPromise(Cases.prepare(one, home))
        const call = { entry: inject("mls"), args: ["token", ...one.args], cwd, env }
        const before = await Cases.snapshot(home)
        const direct = await DirectHost.run(call)
        assert.deepStrictEqual(await Cases.snapshot(home), before)
        if (direct.asksForProgram) {
          asked++
          return assert.strictEqual(direct.stdout, "")
        }
        answered++
        assert.deepStrictEqual(await whole(call), { code: 0, stdout: direct.stdout, stderr: "" })
        assert.deepStrictEqual(await Cases.snapshot(home), before)
      })
    )
    await FastCheck.assert(property, { numRuns: RUNS })
    // Both are tried, and neither is the exception.
    assert.isAbove(answered, RUNS / 20)
    assert.isAbove(asked, RUNS / 20)
  })

  it.scopedLive(
    "is taken after a sign-in, with and without a header and a profile; other options are for the program",
    () =>
      Effect.gen(function* () {
        const { home, mls } = yield* Servers.makeSignedIn()
        const env = { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_STATE_HOME: `${home}/state` }
        const direct = (...args: ReadonlyArray<string>) =>
          Effect.promise(() => DirectHost.run({ entry: inject("mls"), args: ["token", ...args], cwd: home, env }))
        for (const args of [[], ["--header"], ["-p", "127.0.0.1"]]) {
          const { asksForProgram, stdout } = yield* direct(...args)
          assert.isFalse(asksForProgram, args.join(" "))
          assert.strictEqual((yield* mls(["token", ...args], { answersSecrets: true })).stdout, stdout)
        }
        assert.isTrue((yield* direct("--min-ttl", "2h")).asksForProgram)
      })
  )

  it.scopedLive("writes the rest through Node's stream where a pipe is full, and nothing twice", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Servers.makeSignedIn()
      const env = { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_STATE_HOME: `${home}/state` }
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      const call = { entry: inject("mls"), args: ["token"], cwd: home, env }
      for (const room of [1, 10, 100]) {
        assert.strictEqual((yield* Effect.promise(() => DirectHost.run(call, { room }))).stdout, stdout)
      }
      const full = yield* Effect.promise(() => DirectHost.run(call, { room: 0 }))
      assert.deepStrictEqual(full, { asksForProgram: true, stdout: "", code: 0, stderr: "" })
    })
  )

  it.scopedLive("ends where stdout takes a part and then fails: the program would print that part twice", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Servers.makeSignedIn()
      const env = { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_STATE_HOME: `${home}/state` }
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      const call = { entry: inject("mls"), args: ["token"], cwd: home, env }
      const told = (code: string) =>
        `✗ The answer could not be written to stdout (${code})\n  Do: Check where stdout goes.\n`
      const fates: ReadonlyArray<readonly [DirectHost.Fate, number, string]> = [
        [{ room: 10, then: "EIO" }, 3, told("EIO")],
        [{ room: 10, then: "ENOSPC" }, 3, told("ENOSPC")],
        // The program that reads has left.
        [{ room: 10, then: "EPIPE" }, 0, ""],
        [{ room: 10, later: "EIO" }, 3, told("EIO")],
        [{ room: 10, later: "EPIPE" }, 0, ""]
      ]
      for (const [fate, code, stderr] of fates) {
        const ended = yield* Effect.promise(() => DirectHost.run(call, fate))
        const expected = { asksForProgram: false, stdout: stdout.slice(0, 10), code, stderr }
        assert.deepStrictEqual(ended, expected, JSON.stringify(fate))
      }
    })
  )

  it.scopedLive(
    "as a process: a slow pipe gets all of it, a full disk is told, and a reader who left is no failure",
    () =>
      Effect.gen(function* () {
        const { mls, shell } = yield* Servers.makeSignedIn()
        const { stdout } = yield* mls(["token"], { answersSecrets: true })
        const usual = { env: { MLS_LOG: "", MLS_TEST_TAP: "", NODE_OPTIONS: "" }, answersSecrets: true }
        const ended = (script: string) =>
          Effect.scoped(Effect.flatMap(shell(script, usual), (running) => running.ended))
        assert.deepStrictEqual(yield* ended('mls token | (read -r line; echo "$line")'), {
          code: 0,
          stdout,
          stderr: ""
        })
        assert.strictEqual((yield* ended("mls token > /dev/full")).code, 3)
        assert.strictEqual((yield* ended("{ mls token; echo $? >&2; } | true")).stderr, "0\n")
      })
  )

  it.scopedLive("asks a keyring once, also where the program must go on: its answer is handed over", () =>
    Effect.gen(function* () {
      const keyring = yield* Keyring.make
      const { mlsProcess, mls, url } = yield* Servers.make({}, Sandbox.makeOf(keyring.entry))
      const stdin = Servers.passwords.grace
      yield* mls(["login", url, "--user", "grace", "--password-stdin"], { stdin })
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      yield* keyring.asked
      const usual = { env: { MLS_LOG: "", MLS_TEST_TAP: "", NODE_OPTIONS: "" }, answersSecrets: true }
      assert.deepStrictEqual(yield* mlsProcess(["token"], usual), { code: 0, stdout, stderr: "" })
      assert.strictEqual(yield* keyring.asked, 1)
      yield* keyring.lock
      const refused = yield* mlsProcess(["token"], usual)
      assert.strictEqual(refused.code, 3)
      assert.match(refused.stderr, /keyring/)
      assert.strictEqual(yield* keyring.asked, 1)
    })
  )
})
