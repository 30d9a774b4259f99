import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const configOf = ({ home }: Sandbox.Sandbox) => Path.join(home, "config", "mls", "config.json")

interface Config {
  readonly default?: string
  readonly profiles: ReadonlyArray<{ readonly name: string; readonly url: string }>
}

const configIn = (sandbox: Sandbox.Sandbox) =>
  Effect.promise(async () => JSON.parse(await Fs.readFile(configOf(sandbox), "utf8")) as Config)

/** Grace in the default profile, rob in `second`, and before them one whose address cannot be used. */
const makeThree = Effect.gen(function* () {
  const server = yield* Servers.makeSignedIn()
  const rob = ["login", server.url, "-p", "second", "--user", "CONTOSO\\rob", "--password-stdin"]
  assert.strictEqual((yield* server.mls(rob, { stdin: Servers.passwords.rob })).code, 0)
  const { profiles, ...config } = yield* configIn(server)
  const broken = { name: "broken", url: "http://mlserver.example.com" }
  const text = JSON.stringify({ ...config, profiles: [broken, ...profiles] })
  yield* Effect.promise(() => Fs.writeFile(configOf(server), text))
  return server
})

describe("mls logout --all", () => {
  it.scopedLive("ends the session of every profile; one that fails stops no other, and is the exit code", () =>
    Effect.gen(function* () {
      const { control, mls, records, url } = yield* makeThree
      const { code, stderr, stdout } = yield* mls(["logout", "--all", "--json"])
      assert.strictEqual(code, 3, stderr)
      assert.strictEqual((yield* control.counts).revocations, 2)
      assert.deepStrictEqual(yield* records, [])
      const answer = Sandbox.jsonOf(stdout)
      const common = { server: url, wasSignedIn: true, revocation: "revoked" }
      assert.deepInclude(answer, { remaining: 0 })
      assert.nestedPropertyVal(answer, "profiles[0].profile", "broken")
      assert.nestedPropertyVal(answer, "profiles[0].error.code", "ConfigurationInvalid")
      assert.nestedPropertyVal(answer, "profiles[0].wasSignedIn", null)
      const { profiles } = answer as { readonly profiles: ReadonlyArray<object> }
      assert.deepStrictEqual(profiles.slice(1), [
        { profile: "127.0.0.1", ...common },
        { profile: "second", ...common }
      ])
      const again = Sandbox.jsonOf((yield* mls(["logout", "--all", "--json"])).stdout)
      assert.nestedInclude(again, { "profiles[2].wasSignedIn": false, "profiles[2].revocation": "nothing-to-revoke" })
    })
  )

  it.scopedLive("tells people of each, and of token files that are no profile's", () =>
    Effect.gen(function* () {
      const { control, mls, records, state, url } = yield* makeThree
      const foreign = `${"0".repeat(64)}.json`
      yield* Effect.promise(() => Fs.writeFile(Path.join(state, foreign), "{}"))
      yield* control.failNext({ on: "revoke", status: 503 })
      const { code, stderr, stdout } = yield* mls(["logout", "--all"])
      assert.deepStrictEqual({ code, stdout }, { code: 3, stdout: "" })
      assert.match(stderr, /^✗ Not signed out of broken \(http:\/\/mlserver\.example\.com\): /m)
      assert.match(stderr, new RegExp(`^✓ Signed out of (127.0.0.1|second) \\(${url}\\): the session is revoked`, "m"))
      assert.include(stderr, "the server was not reached")
      assert.include(stderr, `Token files that remain: 1 in ${state}`)
      assert.deepStrictEqual(yield* records, [foreign])
    })
  )

  it.scopedLive("is about no profile in particular: exit 2", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* makeThree
      for (const more of [
        ["-p", "second"],
        ["--server", url]
      ]) {
        assert.strictEqual((yield* mls(["logout", "--all", ...more])).code, 2)
      }
      assert.strictEqual((yield* control.counts).revocations, 0)
    })
  )

  it.scopedLive("has nothing to do where there is no profile", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { code, stdout } = yield* mls(["logout", "--all", "--json"])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(Sandbox.jsonOf(stdout), { profiles: [], remaining: 0, forgotten: [] })
      assert.strictEqual((yield* mls(["logout", "--all"])).code, 0)
    })
  )
})

describe("mls logout --forget", () => {
  it.scopedLive("removes the profile too, and no other", () =>
    Effect.gen(function* () {
      const sandbox = yield* makeThree
      const { control, mls, url } = sandbox
      const { code, stdout } = yield* mls(["logout", "--forget", "--json"])
      assert.strictEqual(code, 0)
      const answer = { server: url, wasSignedIn: true, revocation: "revoked", forgotten: "127.0.0.1" }
      assert.deepStrictEqual(Sandbox.jsonOf(stdout), answer)
      assert.strictEqual((yield* control.counts).revocations, 1)
      const config = yield* configIn(sandbox)
      assert.deepStrictEqual(
        config.profiles.map(({ name }) => name),
        ["broken", "second"]
      )
      assert.notProperty(config, "default")
      assert.include((yield* mls(["logout", "-p", "second", "--forget"])).stderr, "The profile second is removed.")
    })
  )

  it.scopedLive("with --all, of those whose session is over", () =>
    Effect.gen(function* () {
      const sandbox = yield* makeThree
      const { stdout } = yield* sandbox.mls(["logout", "--all", "--forget", "--json"])
      assert.deepInclude(Sandbox.jsonOf(stdout), { forgotten: ["127.0.0.1", "second"] })
      assert.deepStrictEqual(
        (yield* configIn(sandbox)).profiles.map(({ name }) => name),
        ["broken"]
      )
    })
  )
})
