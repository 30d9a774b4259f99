import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import { ExitCode } from "../src/cli/exitCode.js"
import * as Sandbox from "./Sandbox.js"

const TOPICS = ["environment", "exit-codes", "storage", "errors", "scripting", "proxies"]

const read = (path: string) => Effect.promise(() => Fs.readFile(new URL(path, import.meta.url), "utf8"))

describe("mls help", () => {
  it.scopedLive("lists its topics, and answers each on stdout within 120 columns", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const list = yield* mls(["help"])
      assert.deepInclude(list, { code: 0, stderr: "" })
      const texts = new Set<string>()
      for (const topic of TOPICS) {
        assert.include(list.stdout, `mls help ${topic}`)
        const { code, stderr, stdout } = yield* mls(["help", topic])
        assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" }, topic)
        assert.isAtMost(Math.max(...stdout.split("\n").map((line) => line.length)), 120, topic)
        texts.add(stdout)
      }
      assert.strictEqual(texts.size, TOPICS.length)
      assert.include((yield* mls(["--help"])).stdout, TOPICS.join(", "))
    })
  )

  it.scopedLive("says of a command what its own --help says", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const words of [["api"], ["profile"], ["profile", "list"], ["services", "consume"]]) {
        const own = yield* mls([...words, "--help"])
        assert.include(own.stdout, `mls ${words.join(" ")}`)
        assert.deepStrictEqual(yield* mls(["help", ...words]), own)
      }
    })
  )

  it.scopedLive("knows nothing else, and repeats no word: exit 2", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Sandbox.make
      plant("hunter2")
      for (const words of [["hunter2"], ["errors", "hunter2"], ["api", "hunter2"], ["profile", "hunter2"]]) {
        const { code, stderr, stdout } = yield* mls(["help", ...words])
        assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" }, words.join(" "))
        assert.include(stderr, "mls help")
      }
    })
  )

  it.scopedLive("names every variable that the program reads, and every exit code", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const sources = new URL("../src/", import.meta.url)
      const files = yield* Effect.promise(() => Fs.readdir(sources, { recursive: true }))
      const texts = yield* Effect.forEach(
        files.filter((file) => file.endsWith(".ts")),
        (file) => read(`../src/${file}`)
      )
      const variables = new Set(texts.flatMap((text) => text.match(/(?<=")MLS_[A-Z_]+(?=")/g) ?? []))
      assert.isAbove(variables.size, 10)
      const environment = (yield* mls(["help", "environment"])).stdout
      for (const name of variables) assert.match(environment, new RegExp(`\\b${name}\\b`))
      const codes = (yield* mls(["help", "exit-codes"])).stdout
      for (const code of Object.values(ExitCode)) assert.match(codes, new RegExp(`^  [\\d, ]*\\b${code}\\b`, "m"))
    })
  )

  it.scopedLive("has every error by its code, and --json says where it is explained", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const page = yield* read("../../../docs/reference/errors.md")
      const { stdout } = yield* mls(["help", "errors"])
      for (const [args, code] of [
        [["api", "services"], "ServerUnknown"],
        [["status", "--nope"], "UsageError"],
        [["api", "services", "-p", "nobody"], "ProfileUnknown"],
        [["token", "--server", "nowhere"], "ConfigurationInvalid"]
      ] as const) {
        const { stderr } = yield* mls([...args, "--json"])
        const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as {
          readonly error: { readonly code: string; readonly docs: string }
        }
        assert.strictEqual(error.code, code)
        assert.match(stdout, new RegExp(`^ *${code} `, "m"))
        const [address, anchor] = error.docs.split("#")
        assert.strictEqual(address, "https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/errors.md")
        assert.strictEqual(anchor, code.toLowerCase())
        assert.isTrue(page.includes(`## ${code}\n`) || page.includes(`id="${anchor}"`))
      }
    })
  )
})
