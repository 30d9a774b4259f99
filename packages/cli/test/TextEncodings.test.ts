/** What editors and shells of Windows write: a byte-order mark, or UTF-16 where PowerShell 5.1 has `>`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const ENCODINGS = {
  "UTF-8 with a mark": (text: string) => Buffer.from(`\uFEFF${text}`),
  "UTF-16": (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le")
} as const

describe("what Windows wrote is read", () => {
  for (const [name, encoded] of Object.entries(ENCODINGS)) {
    it.scopedLive(`(${name}) the configuration, and a .mls.json`, () =>
      Effect.gen(function* () {
        const { home, mls } = yield* Sandbox.make
        for (const profile of ["lab", "prod"]) {
          assert.strictEqual((yield* mls(["profile", "add", profile, `https://${profile}.example.com`])).code, 0)
        }
        const config = Path.join(home, "config", "mls", "config.json")
        const text = yield* Effect.promise(() => Fs.readFile(config, "utf8"))
        yield* Effect.promise(() => Fs.writeFile(config, encoded(text)))
        yield* Effect.promise(() => Fs.writeFile(Path.join(home, ".mls.json"), encoded('{"profile":"prod"}')))
        const { code, stderr, stdout } = yield* mls(["config", "show", "--json"])
        assert.strictEqual(code, 0, stderr)
        assert.include(stdout, "https://prod.example.com")
      })
    )

    it.scopedLive(`(${name}) profiles that were exported, from a file and from a pipe`, () =>
      Effect.gen(function* () {
        const { home, mls } = yield* Sandbox.make
        const profiles = [{ name: "lab", url: "https://lab.example.com" }]
        const bytes = encoded(JSON.stringify({ mlsProfiles: 1, profiles }))
        const file = Path.join(home, "profiles.json")
        yield* Effect.promise(() => Fs.writeFile(file, bytes))
        const imported = yield* mls(["profile", "import", file])
        assert.strictEqual(imported.code, 0, imported.stderr)
        const piped = yield* mls(["profile", "import"], { stdin: bytes })
        assert.strictEqual(piped.code, 0, piped.stderr)
      })
    )

    it.scopedLive(`(${name}) a password, and a body of JSON`, () =>
      Effect.gen(function* () {
        const server = yield* Servers.make()
        const login = ["login", server.url, "--user", "grace", "--password-stdin"]
        const { code, stderr } = yield* server.mls(login, { stdin: encoded(`${Servers.passwords.grace}\r\n`) })
        assert.strictEqual(code, 0, stderr)
        const call = ["api", "POST", "api/manualTransmission/1.0.0", "--input", "-"]
        const answer = yield* server.mls(call, { stdin: encoded('{"hp":120,"wt":2.8}') })
        assert.strictEqual(answer.code, 0, answer.stderr)
      })
    )

    it.scopedLive(`(${name}) the context of the Python client`, () =>
      Effect.gen(function* () {
        const { home, mls } = yield* Sandbox.make
        const file = Path.join(home, "context.json")
        yield* Effect.promise(() => Fs.writeFile(file, encoded('{"username":5}')))
        const { stderr } = yield* mls(["login", "https://cloud.example.com", "--context", file])
        assert.include(stderr, "`username` is no string")
      })
    )
  }
})
