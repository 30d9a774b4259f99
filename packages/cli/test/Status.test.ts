import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const rob = ["--user", "CONTOSO\\rob", "--password-stdin"]

/** Grace in the default profile; `second` signed in as rob; `lab` where nobody is signed in. */
const makeThree = Effect.gen(function* () {
  const server = yield* Servers.makeSignedIn()
  const { mls, url } = server
  yield* mls(["login", url, "--profile", "second", ...rob], { stdin: Servers.passwords.rob })
  yield* mls(["profile", "add", "lab", "https://lab.example.com"])
  return server
})

const clock = (name: string) =>
  new RegExp(`^${name} .*in \\d+ (min|days) \\((\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d\\)`, "m")

describe("mls status", () => {
  it.scopedLive("tells three clocks, relative and absolute; to programs in RFC 3339 and in seconds", () =>
    Effect.gen(function* () {
      const { mls, state } = yield* Servers.makeSignedIn()
      const { stdout } = yield* mls(["status"])
      for (const name of ["Access token", "Idle end", "Session end"]) assert.match(stdout, clock(name))
      const json = Sandbox.jsonOf((yield* mls(["status", "--json"])).stdout) as Readonly<Record<string, unknown>>
      assert.hasAllKeys(json, [
        "signedIn",
        "profile",
        "chosenBy",
        "server",
        "user",
        "source",
        "fingerprint",
        "store",
        "method",
        "azure",
        "revocable",
        "accessToken",
        "renewable",
        "idleEnds",
        "chainEnds",
        "usable",
        "check"
      ])
      assert.deepStrictEqual(json["store"], { kind: "encrypted", directory: state })
      const { expires } = json["accessToken"] as { readonly expires: unknown }
      for (const instant of [expires, json["idleEnds"], json["chainEnds"]]) {
        const { at, epochSeconds } = instant as { readonly at: string; readonly epochSeconds: number }
        assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        assert.strictEqual(Math.floor(Date.parse(at) / 1000), epochSeconds)
      }
    })
  )

  it.scopedLive("--all tells of every profile on a line, without the network", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* makeThree
      yield* control.resetCounts
      const { code, stdout } = yield* mls(["status", "--all"])
      assert.strictEqual(code, 0)
      const [first, second, third] = stdout.split("\n")
      const clocks = "access 60 min \\(idle limit in 14 days, hard limit in 90 days\\)"
      assert.match(first ?? "", new RegExp(`^● 127.0.0.1  grace +password  ${clocks}  encrypted  default$`))
      assert.match(second ?? "", new RegExp(`^○ second     CONTOSO.rob  password  ${clocks}  encrypted$`))
      assert.match(third ?? "", /^○ lab {8}— +password {2}not signed in → mls login lab$/)
      const env = { MLS_PROFILE: "second" }
      assert.match((yield* mls(["status", "--all"], { env })).stdout, /^○ 127.*\n● second/)
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("--all is an object with an array for programs, and exit 4 where no session can be used", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeThree
      const all = yield* mls(["status", "--all", "--json"])
      assert.strictEqual(all.code, 0, all.stderr)
      const json = Sandbox.jsonOf(all.stdout) as {
        readonly profiles: ReadonlyArray<object>
        readonly environment: unknown
      }
      assert.isNull(json.environment)
      assert.deepInclude(json.profiles[0], { profile: "127.0.0.1", default: true, selected: true, usable: true })
      assert.deepInclude(json.profiles[1], { profile: "second", default: false, user: "CONTOSO\\rob" })
      const lab = { profile: "lab", default: false, selected: false, server: "https://lab.example.com" }
      assert.deepStrictEqual(json.profiles[2], { ...lab, signedIn: false, usable: false })
      for (const name of ["127.0.0.1", "second"]) yield* mls(["logout", "-p", name])
      assert.strictEqual((yield* mls(["status", "--all"])).code, 4)
      assert.strictEqual((yield* mls(["status", "--all", "--check"])).code, 2)
      assert.strictEqual((yield* mls(["status", "--all", "-p", "lab"])).code, 2)
    })
  )

  it.scopedLive("--all, and the list of profiles, tell why no profile is the one that is used here", () =>
    Effect.gen(function* () {
      const { mls } = yield* makeThree
      for (const args of [
        ["status", "--all"],
        ["profile", "list"]
      ]) {
        const { code, stderr, stdout } = yield* mls(args, { env: { MLS_PROFILE: "nope" } })
        assert.strictEqual(code, 0)
        assert.notInclude(stdout, "●")
        assert.match(stderr, /^! There is no profile of the name that MLS_PROFILE gives; there are: 127/)
      }
    })
  )

  it.scopedLive("--all where there is no profile is exit 4", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      assert.strictEqual((yield* mls(["status", "--all"])).code, 4)
    })
  )
})

describe("an access token of the environment", () => {
  it.scopedLive("is told with its fingerprint by status, login and logout, and left alone with --ignore-env", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* makeThree
      const token = "a-token-of-somebody-else"
      plant(token)
      const env = { MLS_ACCESS_TOKEN: token }
      const mark = `fingerprint ${createHash("sha256").update(token).digest("hex").slice(0, 8)}`
      const status = yield* mls(["status"], { env })
      assert.match(status.stdout, /^Overridden by MLS_ACCESS_TOKEN in the environment \(/)
      assert.include(status.stdout, mark)
      assert.deepInclude(Sandbox.jsonOf((yield* mls(["status", "--json"], { env })).stdout), {
        source: "MLS_ACCESS_TOKEN",
        fingerprint: mark.slice(-8),
        store: { kind: "memory", directory: null }
      })
      const all = yield* mls(["status", "--all", "--json"], { env })
      const environment = { variable: "MLS_ACCESS_TOKEN", fingerprint: mark.slice(-8) }
      assert.deepInclude(Sandbox.jsonOf(all.stdout), { environment })
      assert.include(all.stderr, mark)
      assert.include((yield* mls(["login"], { env })).stderr, mark)
      assert.include((yield* mls(["logout", "-p", "second"], { env })).stderr, mark)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 4)
      for (const args of [["status"], ["status", "--all"], ["login"], ["logout", "-p", "second"]]) {
        const { code, stderr, stdout } = yield* mls([...args, "--ignore-env"], { env })
        assert.strictEqual(code, 0, stderr)
        assert.notInclude(stderr + stdout, "MLS_ACCESS_TOKEN")
      }
      assert.strictEqual((yield* mls(["api", "services", "--ignore-env"], { env })).code, 0)
      const stored = yield* mls(["token", "--ignore-env", "--json"], { env, answersSecrets: true })
      assert.deepInclude(Sandbox.jsonOf(stored.stdout), { user: "grace" })
    })
  )
})
