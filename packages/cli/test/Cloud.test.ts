import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Person from "./Person.js"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

const { ada, olga } = AzureDirectory

/** The code and the page that a sign-in shows to a person. */
const SHOWN = { page: /To sign in, open +(\S+)\n/, code: /and enter +(\S+)\n/ }

describe("a sign-in with a device code", () => {
  it.scopedLive("shows page and code where there is no terminal, and the next commands find the session", () =>
    Effect.gen(function* () {
      const { azure, home, login, mls, start, url } = yield* Servers.makeCloud()
      const running = yield* start(login)
      const page = yield* running.awaitFound(SHOWN.page)
      const code = yield* running.awaitFound(SHOWN.code)
      assert.strictEqual(yield* Person.approve(page, code, AzureDirectory.withMfa), 200)
      const ended = yield* running.ended
      assert.deepStrictEqual({ code: ended.code, stdout: ended.stdout }, { code: 0, stdout: "" }, ended.stderr)
      assert.include(ended.stderr, "Only enter this code if you started this sign-in yourself.")
      assert.include(ended.stderr, `✓ Signed in`)
      assert.include(ended.stderr, "sign in again after 90 days without use")

      const services = yield* mls(["api", "services"])
      assert.strictEqual(services.code, 0, services.stderr)
      const config = JSON.parse(
        yield* Effect.promise(() => Fs.readFile(Path.join(home, "config", "mls", "config.json"), "utf8"))
      ) as unknown
      const profile = { name: "127.0.0.1", url, method: "aad-device", azure, store: "encrypted", storeAssumed: true }
      assert.deepStrictEqual(config, { version: 2, default: profile.name, profiles: [profile] })

      const status = yield* mls(["status"])
      assert.match(status.stdout, /^Method +device code, at Azure$/m)
      assert.match(status.stdout, /^Application +client 8b2c…e55, resource c5d7…a90$/m)
      assert.match(status.stdout, /^Idle end +in 90 days .*documented by Azure\)$/m)
      assert.match(status.stdout, /^Sign-out +only here/m)
    })
  )

  it.scopedLive("tells programs each step as a line of JSON: rides out a fault, gets a new code", () =>
    Effect.gen(function* () {
      const { control, login, start, url } = yield* Servers.makeCloud()
      yield* control.failNext({ on: "devicePoll", status: 503 })
      const running = yield* start([...login, "--json", "--no-input", "--new-codes", "1"])
      const page = yield* running.awaitFound(/"verificationUri":"([^"]+)"/)
      const first = yield* running.awaitFound(/"event":"code","userCode":"(\w+)"/)
      yield* running.awaitPrinted('"event":"fault"')
      assert.isTrue(yield* control.azure.expire(first))
      const second = yield* running.awaitFound(/"event":"reissued","userCode":"(\w+)"/)
      assert.notStrictEqual(second, first)
      yield* Person.approve(page, second, ada)
      const { code, stderr, stdout } = yield* running.ended
      assert.strictEqual(code, 0, stderr)
      const lines = stdout.trimEnd().split("\n")
      const events = lines.map((line) => jsonOf(`${line}\n`) as Readonly<Record<string, unknown>>)
      assert.deepStrictEqual(
        events.map(({ event }) => event),
        ["code", "fault", "reissued", "authorized"]
      )
      assert.hasAllKeys(events[0], ["event", "userCode", "verificationUri", "expiresAt"])
      assert.deepInclude(events[1], { reason: "Status", status: 503 })
      assert.deepInclude(events[3], { server: url, changed: true })
      assert.match(String(events[3]?.["expiresAt"]), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    })
  )

  it.scopedLive("asks less often when it is told to, and says so", () =>
    Effect.gen(function* () {
      const { control, login, start } = yield* Servers.makeCloud()
      yield* control.azure.slowDownNext(1)
      const running = yield* start([...login, "--json"])
      yield* running.awaitPrinted('{"event":"slowed","intervalSeconds":6}')
      yield* running.signal("SIGINT")
      assert.strictEqual((yield* running.ended).code, 130)
    })
  )

  it.scopedLive("that a person declines is exit 5, with the command to start again", () =>
    Effect.gen(function* () {
      const { login, start } = yield* Servers.makeCloud()
      const running = yield* start(login)
      const page = yield* running.awaitFound(SHOWN.page)
      yield* Person.decline(page, yield* running.awaitFound(SHOWN.code))
      const { code, stderr } = yield* running.ended
      assert.strictEqual(code, 5)
      assert.include(stderr, "declined")
      assert.match(stderr, /Do: mls login http\S+ --authuri .* --method aad-device\n/)
    })
  )

  it.scopedLive("that nobody entered in time is exit 5 where nobody can be asked", () =>
    Effect.gen(function* () {
      const { control, login, start } = yield* Servers.makeCloud()
      const running = yield* start([...login, "--json"])
      assert.isTrue(yield* control.azure.expire(yield* running.awaitFound(/"userCode":"(\w+)"/)))
      const { code, stderr, stdout } = yield* running.ended
      assert.strictEqual(code, 5)
      assert.match(stdout, /\n\{"event":"expired"\}\n$/)
      assert.include(stderr, "not entered in time")
    })
  )

  it.scopedLive("that a policy blocks says so, with what an administrator asks for first", () =>
    Effect.gen(function* () {
      const { login, start } = yield* Servers.makeCloud()
      const running = yield* start([...login, "--json"])
      const page = yield* running.awaitFound(/"verificationUri":"([^"]+)"/)
      const userCode = yield* running.awaitFound(/"userCode":"(\w+)"/)
      yield* Person.approve(page, userCode, AzureDirectory.blocked)
      const { code, stderr } = yield* running.ended
      assert.strictEqual(code, 5)
      const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as { readonly error: object }
      assert.deepInclude(error, { code: "CredentialRejected", reason: "Blocked", codes: [53003] })
      assert.match(stderr, /"correlationId":"[\da-f-]{36}","timestamp":"\d{4}-/)
    })
  )

  it.scopedLive("is cancelled by a signal at once, in the middle of a long wait: nothing is stored", () =>
    Effect.gen(function* () {
      const { home, login, records, start } = yield* Servers.makeCloud({ pollInterval: "10 minutes" })
      for (const [signal, code] of [
        ["SIGINT", 130],
        ["SIGTERM", 143]
      ] as const) {
        const running = yield* start(login)
        yield* running.awaitPrinted("Waiting…")
        yield* running.signal(signal)
        assert.deepInclude(yield* running.ended, { code, stdout: "" })
      }
      assert.deepStrictEqual(yield* records, [])
      assert.notInclude(yield* Effect.promise(() => Fs.readdir(home)), "config")
    })
  )

  it.scopedLive("is not begun where nobody is there, unless a program shows the code: exit 2", () =>
    Effect.gen(function* () {
      const { control, login, mls } = yield* Servers.makeCloud()
      for (const run of [mls([...login, "--no-input"]), mls(login, { env: { CI: "1" } })]) {
        const { code, stderr } = yield* run
        assert.strictEqual(code, 2)
        assert.include(stderr, "--json")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("learns that nothing can be stored before it shows a code: exit 3, nothing sent", () =>
    Effect.gen(function* () {
      const { control, home, login, mls } = yield* Servers.makeCloud()
      yield* Effect.promise(() => Fs.writeFile(Path.join(home, "state"), "a file in the way"))
      assert.strictEqual((yield* mls(login)).code, 3)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )
})

describe("a session from the cloud", () => {
  it.scopedLive("is left alone unless told, in the words of its method", () =>
    Effect.gen(function* () {
      const { control, login, mls, url } = yield* Servers.makeCloudSignedIn()
      const again = yield* mls([...login, "--json"])
      assert.strictEqual(again.code, 0, again.stderr)
      assert.deepInclude(jsonOf(again.stdout), { event: "authorized", server: url, changed: false })
      assert.include(again.stderr, `as ${ada.username}`)
      const { azure } = yield* control.counts
      assert.deepInclude(azure, { passwordGrants: 1, deviceCodes: 0 })
    })
  )

  it.scopedLive("is renewed by any command, and its end says that Azure cannot be told", () =>
    Effect.gen(function* () {
      const { control, mls, records, url } = yield* Servers.makeCloudSignedIn()
      yield* control.expireAccessTokens
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual((yield* control.counts).azure.refreshes, 1)
      const status = yield* mls(["status", "--json"])
      assert.deepInclude(jsonOf(status.stdout), { method: "aad-password", revocable: false, user: ada.username })
      const logout = yield* mls(["logout", "--json"])
      assert.deepStrictEqual(jsonOf(logout.stdout), {
        server: url,
        wasSignedIn: true,
        revocation: "not-supported",
        forgotten: null
      })
      assert.deepStrictEqual(yield* records, [])
      assert.strictEqual((yield* mls(["token"])).code, 4)
    })
  )

  it.scopedLive("whose renewal takes a person is kept, and the command told satisfies what was asked for", () =>
    Effect.gen(function* () {
      const { control, mls, shell } = yield* Servers.makeCloudSignedIn()
      yield* control.azure.requireClaims(ada.username, { interaction: true })
      const refused = yield* mls(["api", "services"])
      assert.strictEqual(refused.code, 5, refused.stderr)
      assert.include(refused.stderr, "wants a person")
      assert.strictEqual((yield* mls(["status"])).code, 0)
      const command = /(mls login --method aad-device --force --claims '.*')/.exec(refused.stderr)?.[1] ?? ""
      const running = yield* shell(command)
      const page = yield* running.awaitFound(SHOWN.page)
      yield* Person.approve(page, yield* running.awaitFound(SHOWN.code), ada)
      assert.strictEqual((yield* running.ended).code, 0)
      const served = yield* mls(["api", "services"])
      assert.strictEqual(served.code, 0, served.stderr)
    })
  )

  it.scopedLive("may be an access token that was given, which the server is asked about first", () =>
    Effect.gen(function* () {
      const { login, mls } = yield* Servers.makeCloudSignedIn()
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      const refused = yield* mls([...login, "--token-stdin"], { stdin: "not.a.token" })
      assert.strictEqual(refused.code, 5, refused.stderr)
      const given = yield* mls([...login, "--token-stdin"], { stdin: stdout })
      assert.strictEqual(given.code, 0, given.stderr)
      const status = yield* mls(["status", "--json"])
      assert.deepInclude(jsonOf(status.stdout), { method: null, user: null, renewable: false, revocable: false })
    })
  )

  it.scopedLive("takes the place of one with another tenant or user; the old tokens do not stay", () =>
    Effect.gen(function* () {
      const { azure, login, mls, records, url } = yield* Servers.makeCloudSignedIn()
      const domain = ["--tenant", AzureDirectory.domain, "--clientid", azure.clientid, "--resource", azure.resource]
      const other = yield* mls(
        ["login", url, "--authuri", azure.authuri, ...domain, "--user", olga.username, "--password-stdin"],
        { stdin: olga.password }
      )
      assert.strictEqual(other.code, 0, other.stderr)
      assert.strictEqual((yield* records).length, 1)
      assert.include((yield* mls(["status"])).stdout, olga.username)
      // Without settings it is the last sign-in's.
      const back = yield* mls([...login, "--user", ada.username, "--password-stdin"], { stdin: ada.password })
      assert.strictEqual(back.code, 0, back.stderr)
      assert.strictEqual((yield* records).length, 1)
    })
  )
})
