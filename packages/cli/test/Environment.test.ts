import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const grace = { MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }

describe("the environment", () => {
  it.scopedLive("signs a program in without a log-in, once for many calls", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.make()
      const env = { ...grace, MLS_HOST: url }
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 0)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 0)
      assert.strictEqual((yield* control.counts).logins, 1)
    })
  )

  it.scopedLive("does not touch the stored session of somebody else", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      yield* mls(["login", url, "--user", "CONTOSO\\rob", "--password-stdin"], { stdin: Servers.passwords.rob })
      const env = { ...grace, MLS_HOST: url }
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 0)
      assert.include((yield* mls(["status"], { env })).stdout, "grace")
      assert.include((yield* mls(["status"])).stdout, "CONTOSO\\rob")
    })
  )

  it.scopedLive("has a token that beats what is stored, and is never stored; status, login and logout say so", () =>
    Effect.gen(function* () {
      const { mls, records, url } = yield* Servers.makeSignedIn()
      const { stdout } = yield* mls(["token"], { answersSecrets: true })
      const other = { env: { MLS_ACCESS_TOKEN: "someone.elses.token" } }
      assert.strictEqual((yield* mls(["api", "services"], other)).code, 4)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      const env = { MLS_ACCESS_TOKEN: stdout.trim(), MLS_HOST: url }
      assert.strictEqual((yield* mls(["logout"])).code, 0)
      const status = yield* mls(["status"], { env })
      assert.include(status.stdout, "MLS_ACCESS_TOKEN")
      assert.strictEqual(status.code, 0, status.stderr)
      assert.include((yield* mls(["logout"], { env })).stderr, "MLS_ACCESS_TOKEN is set and wins over what is stored")
      const login = yield* mls(["login", "--user", "grace", "--password-stdin"], {
        env,
        stdin: Servers.passwords.grace
      })
      assert.include(login.stderr, "MLS_ACCESS_TOKEN is set and wins over what is stored")
      assert.strictEqual(login.code, 0)
      assert.strictEqual((yield* records).length, 1)
    })
  )

  it.scopedLive("is refused where it is incomplete or cannot be: exit 2", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const run = (env: Record<string, string>) => mls(["api", "services"], { env: { MLS_HOST: url, ...env } })
      assert.strictEqual((yield* run({ MLS_PASSWORD: Servers.passwords.grace })).code, 2)
      assert.strictEqual((yield* run({ MLS_ACCESS_TOKEN: "with a space" })).code, 2)
      assert.strictEqual((yield* run({ MLS_TIMEOUT: "soon" })).code, 2)
      assert.strictEqual((yield* run({ MLS_CACERT: "/nonexistent.pem" })).code, 3)
    })
  )

  it.scopedLive("bounds a server that does not answer: MLS_TIMEOUT and --timeout are exit 7", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const gate = yield* control.hold("api")
      assert.strictEqual((yield* mls(["api", "services", "--timeout", "300ms"])).code, 7)
      assert.strictEqual((yield* mls(["api", "services"], { env: { MLS_TIMEOUT: "300ms" } })).code, 7)
      yield* gate.release
    })
  )

  it.scopedLive("can put settings and tokens elsewhere", () =>
    Effect.gen(function* () {
      const { home, mls, url } = yield* Servers.make()
      const env = { MLS_CONFIG_DIR: Path.join(home, "elsewhere") }
      const stdin = Servers.passwords.grace
      assert.strictEqual((yield* mls(["login", url, "--user", "grace", "--password-stdin"], { env, stdin })).code, 0)
      assert.strictEqual((yield* mls(["status"])).code, 4)
      assert.strictEqual((yield* mls(["status"], { env })).code, 0)
      assert.sameMembers(yield* Effect.promise(() => Fs.readdir(home)), ["elsewhere"])
      yield* mls(["logout"], { env })
    })
  )

  it.scopedLive("leaves two servers apart: the last sign-in is the default, --server picks", () =>
    Effect.gen(function* () {
      const first = yield* Servers.makeSignedIn()
      const second = yield* Servers.make()
      const options = { stdin: Servers.passwords.grace }
      yield* first.mls(["login", second.url, "--user", "grace", "--password-stdin"], options)
      const server = (run: Sandbox.Ended) => (Sandbox.jsonOf(run.stdout) as { readonly server: string }).server
      assert.strictEqual(server(yield* first.mls(["status", "--json"])), second.url)
      assert.strictEqual(server(yield* first.mls(["status", "--json", "--server", first.url])), first.url)
      yield* first.mls(["logout"])
      assert.strictEqual((yield* first.mls(["status", "--server", first.url])).code, 0)
    })
  )
})

describe("mls token", () => {
  it.scopedLive("prints the header for curl, and renews a token that lives too short", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      const header = yield* mls(["token", "--header"], { answersSecrets: true })
      assert.match(header.stdout, /^Authorization: Bearer [\w.-]+\n$/)
      assert.strictEqual((yield* control.counts).refreshes, 0)
      const lasting = yield* mls(["token", "--min-ttl", "1h"], { answersSecrets: true })
      assert.strictEqual(lasting.code, 0, lasting.stderr)
      assert.strictEqual((yield* control.counts).refreshes, 1)
      assert.notStrictEqual(`Authorization: Bearer ${lasting.stdout}`, header.stdout)
    })
  )
})

describe("mls status", () => {
  it.scopedLive("asks the server only with --check, and says when it no longer takes the session", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.revokeSessions()
      yield* control.resetCounts
      assert.strictEqual((yield* mls(["status"])).code, 0)
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["status", "--check"])).code, 4)
    })
  )

  it.scopedLive("answers programs also where nobody is signed in: exit 4", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const fresh = yield* mls(["status", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(fresh.stdout), {
        signedIn: false,
        usable: false,
        profile: null,
        chosenBy: null,
        server: null,
        source: "stored"
      })
      const { code, stdout } = yield* mls(["status", "--json", "--server", url])
      assert.strictEqual(code, 4)
      assert.deepStrictEqual(Sandbox.jsonOf(stdout), {
        signedIn: false,
        usable: false,
        profile: null,
        chosenBy: { by: "option", what: "--server" },
        server: url,
        source: "stored"
      })
    })
  )
})
