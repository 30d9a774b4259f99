import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { check, those } from "./DoctorReading.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const LOCAL = ["config", "profile", "store", "lock", "token", "proxy"]
const BEYOND = ["dns", "tcp", "tls", "server", "clock", "login", "authority", "call", "cors"]

describe("mls doctor, where all is well", () => {
  it.scopedLive("finds nothing, in one line for each look, and changes nothing", () =>
    Effect.gen(function* () {
      const { control, mls, state } = yield* Servers.makeSignedIn()
      const files = () => Effect.promise(async () => (await Fs.readdir(state)).sort())
      const before = yield* files()
      yield* control.resetCounts
      const { code, stderr, stdout } = yield* mls(["doctor"])
      assert.strictEqual(code, 0, stdout + stderr)
      const lines = stdout.trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => /^(?:ok {4}|skip {2})(\w+) +\S/.exec(line)?.[1]),
        [...LOCAL, ...BEYOND]
      )
      assert.include(stdout, "signed in as grace")
      assert.include(stdout, "a Machine Learning Server, version 9.1 or later")
      assert.include(stdout, "on premises")
      assert.deepInclude(yield* control.counts, { logins: 0, loginsRefused: 0, refreshes: 0 })
      assert.deepStrictEqual(yield* files(), before)
    })
  )

  it.scopedLive("tells a server of version 9.0 by its errors", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn({ apiVersion: "9.0.1" })
      assert.include((yield* mls(["doctor"])).stdout, "version 9.0 by its errors")
    })
  )

  it.scopedLive("says with --json the same as an object; a fix only where something failed", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      const well = yield* mls(["doctor", "--json"])
      assert.deepStrictEqual(those(well, "skip"), ["tls", "authority"])
      assert.deepStrictEqual(those(well, "FAIL"), [])
      assert.hasAllKeys(check(well, "token"), ["id", "verdict", "message"])
      yield* mls(["logout"])
      assert.hasAllKeys(check(yield* mls(["doctor", "--json"]), "token"), ["id", "verdict", "message", "fix"])
    })
  )

  it.scopedLive("--offline sends nothing", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.resetCounts
      const ended = yield* mls(["doctor", "--offline", "--json"], { env: { http_proxy: "http://127.0.0.1:9" } })
      assert.strictEqual(ended.code, 0)
      assert.deepStrictEqual(those(ended, "skip"), ["proxy", ...BEYOND])
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("knows a server that leaves sign-ins to Azure, and how the profile signs in there", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeCloudSignedIn()
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 0, ended.stdout)
      assert.match(check(ended, "login").message, /^by Azure Active Directory: .*aad-password/)
      assert.match(check(ended, "authority").message, /^http:.* knows the tenant /)
      assert.deepStrictEqual(those(ended, "skip"), ["tls"])
    })
  )
})

describe("mls doctor, where nobody is signed in", () => {
  it.scopedLive("looks at everything, says what to type, and is exit 4", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      yield* mls(["logout"])
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 4)
      assert.deepStrictEqual(those(ended, "FAIL"), ["token"])
      assert.strictEqual(check(ended, "token").fix, "mls login 127.0.0.1")
      assert.strictEqual(check(ended, "server").verdict, "ok")
      assert.deepInclude(JSON.parse(ended.stderr.trimEnd().split("\n").at(-1) ?? ""), {
        error: {
          code: "ChecksFailed",
          docs: "https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/errors.md#checksfailed",
          exit: 4,
          message: "One check failed: token",
          transient: false,
          fix: []
        }
      })
    })
  )

  it.scopedLive("without any profile asks for one, and skips what needs it", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 4)
      assert.deepStrictEqual(those(ended, "FAIL"), ["profile"])
      assert.deepStrictEqual(those(ended, "skip"), ["store", "lock", "token", "proxy", ...BEYOND])
    })
  )

  it.scopedLive("takes a credential of the environment for a session to come, and tells which it is", () =>
    Effect.gen(function* () {
      const { mls, plant, url } = yield* Servers.make()
      const env = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }
      const password = yield* mls(["doctor", "--server", url, "--json"], { env })
      assert.match(check(password, "token").message, /^MLS_PASSWORD signs in/)
      assert.strictEqual(password.code, 0, password.stdout)
      plant("a-token-of-somebody-else")
      const token = yield* mls(["doctor", "--server", url, "--json"], {
        env: { MLS_ACCESS_TOKEN: "a-token-of-somebody-else" }
      })
      assert.include(check(token, "token").message, "overridden by MLS_ACCESS_TOKEN (fingerprint ")
    })
  )
})

describe("mls doctor PROFILE", () => {
  it.scopedLive("looks at that one; one that there is not is exit 3, and two are a mistake", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn()
      yield* mls(["profile", "add", "lab", "https://lab.invalid"])
      assert.match(
        check(yield* mls(["doctor", "lab", "--offline", "--json"]), "profile").message,
        /^lab: https:\/\/lab/
      )
      const unknown = yield* mls(["doctor", "nowhere", "--json"])
      assert.strictEqual(unknown.code, 3)
      assert.strictEqual(check(unknown, "profile").fix, "mls profile list")
      assert.strictEqual((yield* mls(["doctor", "lab", "-p", "lab"])).code, 2)
    })
  )
})

describe("mls doctor --bundle", () => {
  it.scopedLive(
    "writes the same with versions for others' eyes: no user, no home directory, readable by its owner",
    () =>
      Effect.gen(function* () {
        const { home, mls } = yield* Servers.makeSignedIn()
        const file = Path.join(home, "report.txt")
        const { code, stderr, stdout } = yield* mls(["doctor", "--bundle", file])
        assert.strictEqual(code, 0, stderr)
        const text = yield* Effect.promise(() => Fs.readFile(file, "utf8"))
        assert.include(stdout, "signed in as grace")
        assert.include(text, "signed in as (user)")
        assert.notMatch(text, /grace/i)
        assert.notInclude(text, home)
        assert.include(text, "config     ~/config/mls/config.json")
        assert.match(text, /^mls \d+\.\d+\.\d+, Node\.js \d+\./m)
        assert.strictEqual(text.split("\n").filter((line) => /^(ok|FAIL|skip) /.test(line)).length, 15)
        assert.strictEqual((yield* Effect.promise(() => Fs.stat(file))).mode & 0o777, 0o600)
      })
  )

  it.scopedLive("that cannot be written is exit 3, after the answer", () =>
    Effect.gen(function* () {
      const { home, mls } = yield* Servers.makeSignedIn()
      const file = Path.join(home, "config", "mls", "config.json", "report.txt")
      const { code, stderr, stdout } = yield* mls(["doctor", "--offline", "--bundle", file])
      assert.strictEqual(code, 3)
      assert.include(stdout, "signed in as grace")
      assert.include(stderr, "--bundle FILE")
    })
  )
})
