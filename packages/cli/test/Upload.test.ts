import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { truncateSync } from "node:fs"
import * as Fs from "node:fs/promises"
import type * as Http from "node:http"
import * as Path from "node:path"
import { answering, MIB, peakOf } from "./Answering.js"

/** What arrived of one request. */
interface Arrived {
  readonly bytes: number
  readonly length: string | undefined
  readonly coding: string | undefined
  readonly authorization: string | undefined
}

/** Counts what comes, and answers 401 to the first so many requests when all has come. */
const counting = (refusals = 0, onRefusal: () => void = () => {}) =>
  Effect.gen(function* () {
    const arrived: Array<Arrived> = []
    let issued = 0
    const handler: Http.RequestListener = (request, response) => {
      if (request.url?.startsWith("/login")) {
        const pair = {
          access_token: `token-${++issued}`,
          refresh_token: "more",
          expires_in: 3600,
          token_type: "Bearer"
        }
        response.setHeader("content-type", "application/json")
        return void request.resume().on("end", () => response.end(JSON.stringify(pair)))
      }
      let bytes = 0
      request.on("data", (chunk: Buffer) => void (bytes += chunk.length))
      request.on("end", () => {
        const { authorization, "content-length": length, "transfer-encoding": coding } = request.headers
        arrived.push({ bytes, length, coding, authorization })
        const isRefused = arrived.length <= refusals
        if (isRefused) onRefusal()
        response.writeHead(isRefused ? 401 : 200).end()
      })
      return undefined
    }
    const server = yield* answering(handler)
    /** A file of so many zeros, which take no place on the disk. */
    const zeros = (mebibytes: number) =>
      Effect.promise(async () => {
        const name = Path.join(server.home, `zeros-${mebibytes}`)
        await Fs.writeFile(name, "")
        await Fs.truncate(name, mebibytes * MIB)
        return name
      })
    // A token of a variable could not be renewed.
    const asAda = { MLS_HOST: server.url, MLS_USERNAME: "ada", MLS_PASSWORD: "lovelace-1815", MLS_STORE: "memory" }
    return { ...server, arrived, zeros, signedIn: { ...asAda, MLS_LOG: "none" } }
  })

describe("mls api --input of much", () => {
  // Processes: memory is a process's.
  for (const [what, command, sized] of [
    ["a file", 'mls api POST x --input "$FILE" --silent', true],
    ["a pipe", 'cat "$FILE" | mls api POST x --input - --silent', false]
  ] as const) {
    it.scopedLive(`${what}: goes out as it is read, and takes no more memory for being longer`, () =>
      Effect.gen(function* () {
        const server = yield* counting()
        const [short, long] = [yield* server.zeros(40), yield* server.zeros(340)]
        const few = yield* peakOf(server, command, { FILE: short })
        const many = yield* peakOf(server, command, { FILE: long })
        assert.deepStrictEqual(
          server.arrived.map(({ bytes }) => bytes),
          [40 * MIB, 340 * MIB]
        )
        const lengths = server.arrived.map(({ coding, length }) => length ?? coding)
        assert.deepStrictEqual(lengths, sized ? [String(40 * MIB), String(340 * MIB)] : ["chunked", "chunked"])
        // A third of what was added: it would be all of it, at least, were it held.
        assert.isBelow(many - few, 100 * MIB)
      })
    )
  }

  it.scopedLive("a file that was answered 401 is read and sent once more, with the next token", () =>
    Effect.gen(function* () {
      const { arrived, mls, signedIn, zeros } = yield* counting(1)
      const file = yield* zeros(33)
      const ended = yield* mls(["api", "PUT", "x", "--input", file], { env: signedIn })
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.deepStrictEqual(
        arrived.map(({ authorization, bytes }) => [authorization, bytes]),
        [
          ["Bearer token-1", 33 * MIB],
          ["Bearer token-2", 33 * MIB]
        ]
      )
    })
  )

  it.scopedLive("what is piped in is sent once more where it is small; else it is said what to do: exit 6", () =>
    Effect.gen(function* () {
      const { arrived, mls, signedIn } = yield* counting(1)
      const put = (mebibytes: number) =>
        mls(["api", "PUT", "x", "--input", "-", "--json"], {
          env: signedIn,
          stdin: Buffer.alloc(mebibytes * MIB)
        })
      assert.strictEqual((yield* put(32)).code, 0)
      assert.deepStrictEqual(
        arrived.map(({ length }) => length),
        [String(32 * MIB), String(32 * MIB)]
      )
      arrived.length = 0
      const ended = yield* put(33)
      assert.strictEqual(ended.code, 6, ended.stderr)
      assert.deepStrictEqual(
        arrived.map(({ bytes, coding }) => [bytes, coding]),
        [[33 * MIB, "chunked"]]
      )
      assert.match(ended.stderr, /"reason":"NotReplayable"/)
      assert.match(ended.stderr, /piped input twice up to 32 MiB only; it reads a file \(`--input FILE`\) again/)
    })
  )

  it.scopedLive("a file that shrinks while it is sent: told, exit 2, and no request with an end that is none", () =>
    Effect.gen(function* () {
      let file = ""
      // When all of it has arrived, and before it is opened for the second time.
      const { arrived, mls, signedIn, zeros } = yield* counting(1, () => truncateSync(file, MIB))
      file = yield* zeros(40)
      const ended = yield* mls(["api", "PUT", "x", "--input", file], { env: signedIn })
      assert.strictEqual(arrived.length, 1)
      assert.strictEqual(ended.code, 2, ended.stderr)
      assert.include(ended.stderr, "another program changed its file")
    })
  )

  it.scopedLive("a file that is none: told by its code, exit 2, and nothing is sent", () =>
    Effect.gen(function* () {
      const { arrived, env, home, mls } = yield* counting()
      for (const [name, code] of [
        [home, "EISDIR"],
        [Path.join(home, "none"), "ENOENT"]
      ] as const) {
        const ended = yield* mls(["api", "PUT", "x", "--input", name], { env })
        assert.strictEqual(ended.code, 2)
        assert.include(ended.stderr, `the file cannot be read (${code})`)
      }
      assert.deepStrictEqual(arrived, [])
    })
  )

  it.scopedLive("--dry-run says how much there would be, and how much at least where it cannot be known", () =>
    Effect.gen(function* () {
      const { arrived, env, mls, zeros } = yield* counting()
      const file = yield* mls(["api", "PUT", "x", "--dry-run", "--input", yield* zeros(40)], { env })
      assert.include(file.stdout, `(${40 * MIB} bytes of application/json, not shown)`)
      const pipe = yield* mls(["api", "PUT", "x", "--dry-run", "--input", "-"], { env, stdin: Buffer.alloc(33 * MIB) })
      assert.include(pipe.stdout, `(more than ${32 * MIB} bytes of application/json, not shown)`)
      assert.deepStrictEqual(arrived, [])
    })
  )
})
