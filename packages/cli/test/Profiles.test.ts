import { assert, describe, it } from "@effect/vitest"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const grace = { args: ["--user", "grace", "--password-stdin"], stdin: Servers.passwords.grace }
const rob = { args: ["--user", "CONTOSO\\rob", "--password-stdin"], stdin: Servers.passwords.rob }

const signIn = ({ mls }: Sandbox.Sandbox, who: typeof grace, ...args: ReadonlyArray<string>) =>
  Effect.map(mls(["login", ...args, ...who.args], { stdin: who.stdin }), (ended) => {
    assert.strictEqual(ended.code, 0, ended.stderr)
    return ended
  })

/** Grace in the default profile, rob in the profile `second`, at one server. */
const makeTwo = Effect.gen(function* () {
  const server = yield* Servers.makeSignedIn()
  const login = yield* signIn(server, rob, server.url, "--profile", "second")
  return { ...server, login }
})

interface Status {
  readonly profile: string | null
  readonly user: string | null
  readonly chosenBy: { readonly by: string; readonly what: string }
}

const statusOf = ({ stdout }: Sandbox.Ended) => Sandbox.jsonOf(stdout) as Status

describe("two profiles of one server", () => {
  it.scopedLive("have a session each: neither a sign-in to one nor its end touches the other's", () =>
    Effect.gen(function* () {
      const { control, login, mls, records } = yield* makeTwo
      assert.include(login.stderr, "New profile second.")
      assert.include(login.stderr, "`mls profile use second` makes it the default")
      assert.strictEqual((yield* records).length, 2)
      assert.strictEqual((yield* control.counts).revocations, 0)
      assert.deepInclude(statusOf(yield* mls(["status", "--json"])), { profile: "127.0.0.1", user: "grace" })
      const second = statusOf(yield* mls(["status", "--json", "-p", "second"]))
      assert.deepInclude(second, { profile: "second", user: "CONTOSO\\rob" })
      assert.strictEqual((yield* mls(["logout", "-p", "second"])).code, 0)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      const over = yield* mls(["api", "services", "-p", "second"])
      assert.strictEqual(over.code, 4)
      assert.include(over.stderr, "Do: mls login second")
      assert.strictEqual((yield* mls(["login", "second", ...rob.args], { stdin: rob.stdin })).code, 0)
      assert.strictEqual((yield* control.counts).revocations, 1)
    })
  )

  it.scopedLive("are picked by option, then variable, then the default, and status says by which", () =>
    Effect.gen(function* () {
      const { home, mls, url } = yield* makeTwo
      const env = { MLS_PROFILE: "second" }
      const chosen = (args: ReadonlyArray<string>, options: Sandbox.Options = {}) =>
        Effect.map(mls(["status", "--json", ...args], options), statusOf)
      const config = Path.join(home, "config", "mls", "config.json")
      assert.deepInclude(yield* chosen([]), { chosenBy: { by: "configuration", what: config }, user: "grace" })
      const byVariable = { chosenBy: { by: "environment", what: "MLS_PROFILE" }, user: "CONTOSO\\rob" }
      assert.deepInclude(yield* chosen([], { env }), byVariable)
      const byOption = { chosenBy: { by: "option", what: "--profile" }, user: "grace" }
      assert.deepInclude(yield* chosen(["--profile", "127.0.0.1"], { env }), byOption)
      // The server alone is that of its default profile.
      assert.deepInclude(yield* chosen(["--server", url]), { profile: "127.0.0.1" })
      assert.deepInclude(yield* chosen(["--server", url, "-p", "second"]), { profile: "second" })
      assert.match((yield* mls(["status"], { env })).stdout, /^Profile +second, by MLS_PROFILE$/m)
    })
  )

  it.scopedLive("renew each for themselves", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* makeTwo
      yield* control.expireAccessTokens
      for (const name of ["127.0.0.1", "second"])
        assert.strictEqual((yield* mls(["api", "services", "-p", name])).code, 0)
      assert.strictEqual((yield* control.counts).refreshes, 2)
    })
  )
})

describe("a profile that does not exist", () => {
  it.scopedLive("is exit 3 with those that do, and is not repeated: it may be a password", () =>
    Effect.gen(function* () {
      const { control, mls, plant } = yield* makeTwo
      plant("hunter2")
      yield* control.resetCounts
      for (const run of [
        mls(["status", "-p", "hunter2"]),
        mls(["login", "hunter2"]),
        mls(["login", "-p", "hunter2"]),
        mls(["profile", "use", "hunter2"]),
        mls(["token"], { env: { MLS_PROFILE: "hunter2" } })
      ]) {
        const { code, stderr, stdout } = yield* run
        assert.deepStrictEqual({ code, stdout }, { code: 3, stdout: "" }, stderr)
        assert.include(stderr, "there are: 127.0.0.1, second")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("nor may it be of another server than the one that is named: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeTwo
      for (const run of [
        mls(["login", "https://elsewhere.example", "--profile", "second"]),
        mls(["status", "--server", "https://elsewhere.example", "-p", "second"]),
        mls(["status"], { env: { MLS_HOST: "https://elsewhere.example", MLS_PROFILE: "second" } })
      ]) {
        const { code, stderr } = yield* run
        assert.strictEqual(code, 2, stderr)
        assert.include(stderr, "contradict each other")
      }
      const strange = yield* mls(["login", "https://elsewhere.example", "--profile", "../x"])
      assert.strictEqual(strange.code, 2)
    })
  )
})

describe("mls profile", () => {
  it.scopedLive("lists them, and makes another one the default", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* makeTwo
      const list = yield* mls(["profile", "list"])
      assert.strictEqual(list.stdout, `● 127.0.0.1  ${url}  password  default\n○ second     ${url}  password\n`)
      const use = yield* mls(["profile", "use", "second", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(use.stdout), { default: "second" })
      assert.deepInclude(statusOf(yield* mls(["status", "--json"])), { profile: "second" })
      const json = Sandbox.jsonOf((yield* mls(["profile", "list", "--json"])).stdout)
      assert.deepInclude(json, { default: "second" })
      assert.nestedInclude(json, { "profiles[1].name": "second", "profiles[1].selected": true, "profiles[1].url": url })
    })
  )

  it.scopedLive("renames one with its session, and removes one with its tokens", () =>
    Effect.gen(function* () {
      const { control, mls, records } = yield* makeTwo
      const rename = yield* mls(["profile", "rename", "second", "readers", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(rename.stdout), { profile: "readers", formerly: "second" })
      assert.deepInclude(statusOf(yield* mls(["status", "--json", "-p", "readers"])), { user: "CONTOSO\\rob" })
      assert.strictEqual((yield* mls(["profile", "rename", "readers", "127.0.0.1"])).code, 2)
      const remove = yield* mls(["profile", "remove", "readers", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(remove.stdout), { removed: "readers", revocation: "revoked" })
      assert.strictEqual((yield* records).length, 1)
      assert.strictEqual((yield* control.counts).revocations, 1)
      assert.strictEqual((yield* mls(["status", "-p", "readers"])).code, 3)
    })
  )

  it.scopedLive("makes one without signing in, shows it, and login takes its name", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make({ loginPath: "/user/login" })
      const { mls, url } = server
      const add = yield* mls(["profile", "add", "lab", url, "--login-path", "/user/login", "--store", "encrypted"])
      assert.strictEqual(add.code, 0, add.stderr)
      const show = yield* mls(["profile", "show", "lab", "--json"])
      const profile = Sandbox.jsonOf(show.stdout)
      assert.deepInclude(profile, { name: "lab", url, loginPath: "/user/login", store: "encrypted" })
      assert.notProperty(profile, "session")
      yield* signIn(server, grace, "lab")
      assert.deepInclude(statusOf(yield* mls(["status", "--json"])), { profile: "lab", user: "grace" })
    })
  )
})

describe("a profile of Azure without a method", () => {
  it.scopedLive("signs in with a device code, and every list says so", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const azure = ["--tenant", "contoso.com", "--clientid", "client", "--resource", "resource"]
      assert.strictEqual((yield* mls(["profile", "add", "lab", "https://lab.example.com", ...azure])).code, 0)
      assert.strictEqual((yield* mls(["profile", "edit", "lab", "--method", "auto"])).code, 0)
      assert.notInclude((yield* mls(["profile", "show", "lab"])).stdout, "method")
      assert.match((yield* mls(["profile", "list"])).stdout, /^. lab .* aad-device/m)
      assert.match((yield* mls(["status", "--all"])).stdout, /^. lab .* aad-device/m)
    })
  )
})

describe("the configuration", () => {
  it.scopedLive("is changed by one program at a time", () =>
    Effect.gen(function* () {
      const { mls, startProcess, state } = yield* Servers.makeSignedIn()
      const store = yield* FileTokenStore.make({ directory: state })
      const turn = TokenKey.make({ issuer: "mls", client: "configuration" })
      const second = yield* Effect.gen(function* () {
        const running = yield* startProcess(["profile", "add", "lab", "https://lab.example.com"])
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(running.ended, "2 seconds")))
        assert.notInclude((yield* mls(["profile", "list"])).stdout, "lab")
        return running
      }).pipe(store.exclusive(turn))
      assert.strictEqual((yield* second.ended).code, 0)
      assert.include((yield* mls(["profile", "list"])).stdout, "lab")
    })
  )

  it.scopedLive("remembers each of several sign-ins in the same moment, with a session each", () =>
    Effect.gen(function* () {
      const server = yield* Servers.make()
      const names = ["a", "b", "c", "d"]
      const processes = { ...server, mls: server.mlsProcess }
      const who = (name: string) => (name < "c" ? grace : rob)
      yield* Effect.forEach(names, (name) => signIn(processes, who(name), server.url, "--profile", name), {
        concurrency: 4
      })
      const all = Sandbox.jsonOf((yield* server.mls(["status", "--all", "--json"])).stdout)
      const { profiles } = all as {
        readonly profiles: ReadonlyArray<{ readonly profile: string; readonly user: string }>
      }
      const users = names.map((name) => [name, name < "c" ? "grace" : "CONTOSO\\rob"])
      assert.sameDeepMembers(
        profiles.map(({ profile, user }) => [profile, user]),
        users
      )
    })
  )
})
