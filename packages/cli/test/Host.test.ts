import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const statusOf = ({ stdout }: Sandbox.Ended) => Sandbox.jsonOf(stdout) as Readonly<Record<string, unknown>>

describe("a run in the process of the tests", () => {
  it.scopedLive("ends and prints as a process does", () =>
    Effect.gen(function* () {
      const { mls, mlsProcess } = yield* Servers.makeSignedIn()
      const env = { MLS_LOG: "" }
      for (const [args, code] of [
        [["--version"], 0],
        [["status", "--json", "--server", "https://other.example.com"], 4],
        [["services", "list"], 0],
        [["services", "get", "none", "--json"], 6],
        [["api", "--nope"], 2],
        [["api", "POST", "services", "--input", "-", "--dry-run"], 0]
      ] as const) {
        const options = { env, stdin: `{"ü":1}` }
        const here = yield* mls(args, options)
        assert.strictEqual(here.code, code, `${args.join(" ")}: ${here.stderr}`)
        assert.deepStrictEqual(here, yield* mlsProcess(args, options), args.join(" "))
      }
    })
  )

  it.scopedLive("has an environment and a directory of its own, also beside another one", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Sandbox.make
      const names = ["a", "b", "c"]
      const found = yield* Effect.forEach(
        names,
        (name) =>
          Effect.gen(function* () {
            const cwd = Path.join(home, name)
            yield* Effect.promise(() => Fs.mkdir(cwd))
            const host = `https://${name}.example.com`
            yield* Effect.promise(() => Fs.writeFile(Path.join(cwd, "p.json"), profiles(name)))
            const env = { MLS_CONFIG_DIR: Path.join(cwd, "config"), MLS_HOST: host }
            assert.strictEqual((yield* mls(["profile", "import", "p.json"], { cwd, env })).code, 0)
            const list = yield* mls(["profile", "list", "--json"], { cwd, env })
            return [statusOf(yield* mls(["status", "--json"], { cwd, env }))["server"], list.stdout] as const
          }),
        { concurrency: "unbounded" }
      )
      for (const [at, [server, list]] of found.entries()) {
        assert.strictEqual(server, `https://${names[at]}.example.com`)
        for (const name of names) assert.strictEqual(list.includes(`of-${name}`), name === names[at])
      }
    })
  )

  it.scopedLive("leaves nothing in this process: listeners, variables, directory, exit code", () =>
    Effect.gen(function* () {
      const { start } = yield* Sandbox.make
      const state = () => ({
        exitCode: process.exitCode,
        cwd: process.cwd(),
        env: { ...process.env },
        listeners: ["SIGINT", "SIGTERM", "uncaughtException", "exit"].map((event) => process.listenerCount(event)),
        output: process.stdout.listenerCount("error")
      })
      const before = state()
      const server = yield* start(["dev-server", "--port", "0"], { env: { MLS_LOG: "" } })
      yield* server.awaitPrinted("Ctrl-C ends it.")
      assert.deepStrictEqual(state(), before)
      yield* server.signal("SIGTERM")
      assert.strictEqual((yield* server.ended).code, 0)
      assert.deepStrictEqual(state(), before)
    })
  )

  it.scopedLive("is refused what only a process has: variables that Node reads when it starts", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      for (const name of ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "TZ", "LC_ALL"]) {
        const exit = yield* Effect.exit(mls(["--version"], { env: { [name]: "x" } }))
        assert.strictEqual(exit._tag, "Failure", name)
      }
    })
  )
})

const profiles = (name: string): string =>
  JSON.stringify({ mlsProfiles: 1, profiles: [{ name: `of-${name}`, url: `https://${name}.example.com` }] })
