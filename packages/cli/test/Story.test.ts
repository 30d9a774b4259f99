import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

describe("a day with mls", () => {
  it.scopedLive("signs in in one process, and the next ones find server and session", () =>
    Effect.gen(function* () {
      const { control, mlsProcess: mls, url } = yield* Servers.make()
      const login = yield* mls(["login", url, "--user", "grace", "--password-stdin"], {
        stdin: Servers.passwords.grace
      })
      assert.strictEqual(login.code, 0, login.stderr)
      assert.strictEqual(login.stdout, "")
      assert.include(login.stderr, "✓ Signed in as grace")

      const services = yield* mls(["api", "services"])
      assert.strictEqual(services.code, 0, services.stderr)
      assert.isArray(JSON.parse(services.stdout))

      const status = yield* mls(["status"])
      assert.match(
        status.stdout,
        /^Signed in as {2}grace\nProfile {7}127\.0\.0\.1, the default of .*config\.json\nServer {8}http:\/\/127\.0\.0\.1:\d+\nAccess token {2}ends in 60 min/
      )

      const token = yield* mls(["token"], { answersSecrets: true })
      assert.match(token.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
      const call = yield* Effect.promise(() =>
        fetch(`${url}/services`, { headers: { authorization: `Bearer ${token.stdout.trim()}` } })
      )
      assert.strictEqual(call.status, 200)

      const logout = yield* mls(["logout"])
      assert.strictEqual(logout.code, 0)
      assert.include(logout.stderr, "revoked at the server")
      const after = yield* mls(["api", "services"])
      assert.strictEqual(after.code, 4)
      const counts = yield* control.counts
      assert.strictEqual(counts.loginsRefused, 0)
    })
  )

  it.scopedLive("takes passwords as they are: quotes, dollars, Unicode, a trailing space", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const login = (stdin: string) =>
        mls(["login", url, "--force", "--user", "CONTOSO\\rob", "--password-stdin"], { stdin })
      assert.strictEqual((yield* login(Servers.passwords.rob)).code, 0)
      assert.strictEqual((yield* login(`${Servers.passwords.rob}\n`)).code, 0)
      assert.strictEqual((yield* login(`${Servers.passwords.rob}\r\n`)).code, 0)
      // Only one line end is taken off: a second one would belong to the password.
      assert.strictEqual((yield* login(`${Servers.passwords.rob}\n\n`)).code, 5)
    })
  )

  it.scopedLive("remembers the log-in path, without a secret, in a file that only its owner reads", () =>
    Effect.gen(function* () {
      const { home, mls, url } = yield* Servers.make({ loginPath: "/user/login" })
      const options = { stdin: Servers.passwords.grace }
      const login = yield* mls(
        ["login", url, "--login-path", "/user/login", "--user", "grace", "--password-stdin"],
        options
      )
      assert.strictEqual(login.code, 0, login.stderr)
      const path = Path.join(home, "config", "mls", "config.json")
      const stat = yield* Effect.promise(() => Fs.stat(path))
      assert.strictEqual(stat.mode & 0o777, 0o600)
      const config = JSON.parse(yield* Effect.promise(() => Fs.readFile(path, "utf8"))) as unknown
      const store = { store: "encrypted", storeAssumed: true }
      const profile = { name: "127.0.0.1", url, loginPath: "/user/login", ...store }
      assert.deepStrictEqual(config, { version: 2, default: profile.name, profiles: [profile] })
      const logout = yield* mls(["logout", "--json"])
      assert.deepStrictEqual(jsonOf(logout.stdout), {
        server: url,
        wasSignedIn: true,
        revocation: "revoked",
        forgotten: null
      })
    })
  )

  it.scopedLive("keeps an existing access token that was given, and refuses one that the server refuses", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.makeSignedIn()
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      const refused = yield* mls(["login", url, "--token-stdin"], { stdin: "not.a.token" })
      assert.strictEqual(refused.code, 5, refused.stderr)
      // The session that was there is not lost by it.
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      const login = yield* mls(["login", url, "--token-stdin"], { stdin: stdout })
      assert.strictEqual(login.code, 0, login.stderr)
      assert.strictEqual((yield* control.counts).logins, 1)
    })
  )

  it.scopedLive("leaves a live session alone unless told, and replaces it only when the new sign-in has worked", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.makeSignedIn()
      const login = (...more: ReadonlyArray<string>) =>
        mls(["login", "--user", "grace", "--password-stdin", ...more], { stdin: Servers.passwords.grace })
      const again = yield* login()
      assert.strictEqual(again.code, 0)
      assert.include(again.stderr, `Already signed in to ${url} as grace`)
      assert.strictEqual((yield* control.counts).logins, 1)
      const wrong = yield* mls(["login", "--force", "--user", "grace", "--password-stdin"], { stdin: "wrong" })
      assert.strictEqual(wrong.code, 5)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual((yield* login("--force")).code, 0)
      const counts = yield* control.counts
      assert.deepStrictEqual({ logins: counts.logins, revocations: counts.revocations }, { logins: 2, revocations: 1 })
    })
  )
})
