import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const LAB = "https://lab.example.com:12800"
const CLOUD = ["--tenant", "contoso.com", "--clientid", "client", "--resource", "resource"]

const fileOf = (profile: object) => JSON.stringify({ mlsProfiles: 1, profiles: [profile] })

interface Profile {
  readonly name: string
  readonly url: string
  readonly session: string
  readonly store?: string
  readonly loginPath?: string
}

/** A profile as the settings have it, with the mark of its session. */
const shown = ({ home }: Sandbox.Sandbox, name: string) =>
  Effect.promise(async () => {
    const text = await Fs.readFile(Path.join(home, "config", "mls", "config.json"), "utf8")
    const { profiles } = JSON.parse(text) as { readonly profiles: ReadonlyArray<Profile> }
    const found = profiles.find((profile) => profile.name === name)
    assert(found !== undefined)
    return found
  })

/** A place with the profiles `lab` and `cloud`. */
const makeTwo = Effect.gen(function* () {
  const sandbox = yield* Sandbox.make
  for (const args of [
    ["lab", LAB, "--login-path", "/user/login", "--store", "encrypted", "--cacert", "/etc/hosts"],
    ["cloud", "https://cloud.example.com", ...CLOUD]
  ]) {
    const { code, stderr } = yield* sandbox.mls(["profile", "add", ...args])
    assert.strictEqual(code, 0, stderr)
  }
  return sandbox
})

describe("mls profile export and import", () => {
  it.scopedLive("hand every profile to another machine, without what is of this one", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* makeTwo, yield* Sandbox.make]
      const exported = yield* here.mls(["profile", "export", "--json"])
      assert.deepInclude(exported, { code: 0 })
      assert.notMatch(exported.stdout, /session|store/)
      const imported = yield* there.mls(["profile", "import"], { stdin: exported.stdout })
      assert.deepInclude(imported, { code: 0, stdout: "" })
      assert.include(imported.stderr, `Passwords go to ${LAB}/user/login.`)
      assert.include(imported.stderr, "A server with a certificate of /etc/hosts is trusted to be it.")
      assert.include(imported.stderr, "Sign-ins go to https://login.microsoftonline.com, tenant contoso.com.")
      assert.deepInclude(yield* there.mls(["profile", "export", "--json"]), { stdout: exported.stdout })
      const [original, copy] = [yield* shown(here, "lab"), yield* shown(there, "lab")]
      assert.deepInclude(original, { store: "encrypted" })
      assert.notProperty(copy, "store")
      assert.notStrictEqual(copy.session, original.session)
      assert.deepInclude(Sandbox.jsonOf((yield* there.mls(["profile", "list", "--json"])).stdout), { default: "lab" })
    })
  )

  it.scopedLive("take one by its name, and a file", () =>
    Effect.gen(function* () {
      const { home, mls, shell } = yield* makeTwo
      const { code } = yield* (yield* shell(`mls profile export cloud --json > ${home}/cloud.json`)).ended
      assert.strictEqual(code, 0)
      assert.strictEqual((yield* mls(["profile", "remove", "cloud"])).code, 0)
      const { stdout } = yield* mls(["profile", "import", `${home}/cloud.json`, "--json"])
      const azure = { tenant: "contoso.com", clientid: "client", resource: "resource" }
      assert.deepStrictEqual(Sandbox.jsonOf(stdout), {
        profiles: [
          {
            outcome: "new",
            name: "cloud",
            url: "https://cloud.example.com",
            method: "aad-device",
            loginPath: null,
            allowHttp: false,
            caFile: null,
            azure: { authuri: "https://login.microsoftonline.com", ...azure, wire: "v1" },
            store: null
          }
        ]
      })
      assert.deepInclude(yield* mls(["profile", "export", "nobody"]), { code: 3, stdout: "" })
      assert.deepInclude(yield* mls(["profile", "import", `${home}/nothing.json`]), { code: 3, stdout: "" })
    })
  )

  it.scopedLive("replace no other profile of the name", () =>
    Effect.gen(function* () {
      const server = yield* Servers.makeSignedIn()
      const { control, mls, records, url } = server
      const before = yield* shown(server, "127.0.0.1")
      const same = yield* mls(["profile", "import"], { stdin: fileOf({ name: "127.0.0.1", url }) })
      assert.strictEqual(same.code, 0)
      assert.include(same.stderr, "Nothing new in profile 127.0.0.1")
      for (const other of [{ url: LAB }, { url, loginPath: "/other" }, { url, caFile: "/etc/hosts" }]) {
        const text = JSON.stringify({
          mlsProfiles: 1,
          profiles: [
            { name: "new", url: LAB },
            { name: "127.0.0.1", ...other }
          ]
        })
        const { code, stderr } = yield* mls(["profile", "import"], { stdin: text })
        assert.strictEqual(code, 2)
        assert.include(stderr, "other profiles of these names: 127.0.0.1")
      }
      assert.deepStrictEqual(yield* shown(server, "127.0.0.1"), before)
      assert.strictEqual((yield* mls(["profile", "show", "new"])).code, 3)
      assert.strictEqual((yield* control.counts).revocations, 0)
      assert.strictEqual((yield* mls(["profile", "remove", "127.0.0.1"])).code, 0)
      const stdin = fileOf({ name: "127.0.0.1", url: LAB })
      assert.strictEqual((yield* mls(["profile", "import", "-"], { stdin })).code, 0)
      assert.deepInclude(yield* shown(server, "127.0.0.1"), { url: LAB })
      assert.strictEqual((yield* control.counts).revocations, 1)
      assert.deepStrictEqual(yield* records, [])
    })
  )

  it.scopedLive("allow plain http only where the person does, whatever the file says", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const stdin = fileOf({ name: "lab", url: "http://lab.example.com", allowHttp: true })
      assert.deepInclude(yield* mls(["profile", "import"], { stdin }), { code: 3, stdout: "" })
      const { code, stderr } = yield* mls(["profile", "import", "--allow-http"], { stdin })
      assert.strictEqual(code, 0)
      assert.include(stderr, "The connection is not encrypted")
    })
  )

  it.scopedLive("say by which path a password goes, and that a file of certificates is none", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const stdin = fileOf({ name: "lab", url: LAB, loginPath: "/other/login", caFile: "/dev/zero" })
      const { code, stderr } = yield* mls(["profile", "import"], { stdin })
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, `Passwords go to ${LAB}/other/login`)
      assert.match(stderr, /certificate of \/dev\/zero[^]*That file is missing here/)
      // Not read until it ends, which it never does.
      const status = yield* mls(["status", "--check", "-p", "lab"])
      assert.strictEqual(status.code, 3)
      assert.include(status.stderr, "no file of certificates")
    })
  )

  it.scopedLive("refuse what cannot be used, and quote nothing of it: exit 3", () =>
    Effect.gen(function* () {
      const sandbox = yield* Sandbox.make
      const { mls, plant } = sandbox
      plant("hunter2")
      const azure = { tenant: "contoso.com", clientid: "client", resource: "resource" }
      for (const text of [
        "hunter2",
        '{"password":"hunter2"}',
        '{"mlsProfiles":2,"profiles":[]}',
        fileOf({ name: "lab", url: LAB, password: "hunter2" }),
        fileOf({ name: "lab", url: "https://ada:hunter2@lab.example.com" }),
        fileOf({ name: "../hunter2", url: LAB }),
        fileOf({ name: "lab", url: LAB, loginPath: "//hunter2/login" }),
        fileOf({ name: "lab", url: LAB, loginPath: "/login/../../hunter2" }),
        fileOf({ name: "lab", url: LAB, loginPath: "/login/%2e%2e/hunter2" }),
        fileOf({ name: "lab", url: LAB, caFile: "hunter2.pem" }),
        fileOf({ name: "lab", url: LAB, method: "aad-password" }),
        fileOf({ name: "lab", url: LAB, azure: { ...azure, authuri: "http://hunter2.example.com" } }),
        fileOf({ name: "lab", url: LAB, azure: { ...azure, tenant: "../hunter2" } }),
        JSON.stringify({
          mlsProfiles: 1,
          profiles: [
            { name: "a", url: LAB },
            { name: "a", url: LAB }
          ]
        })
      ]) {
        const { code, stderr, stdout } = yield* mls(["profile", "import"], { stdin: text })
        assert.deepStrictEqual({ code, stdout }, { code: 3, stdout: "" }, stderr)
      }
      assert.include((yield* mls(["profile", "list"])).stderr, "There is no profile yet")
    })
  )
})

describe("mls profile edit", () => {
  it.scopedLive("changes what is named and nothing else, whatever the environment says", () =>
    Effect.gen(function* () {
      const sandbox = yield* makeTwo
      const before = yield* shown(sandbox, "lab")
      const env = { MLS_CACERT: "/env.pem", MLS_TENANT: "env.example.com", MLS_METHOD: "aad-device", MLS_STORE: "file" }
      const edit = yield* sandbox.mls(["profile", "edit", "lab", "--login-path", "/log/in", "--json"], { env })
      assert.deepInclude(Sandbox.jsonOf(edit.stdout), { name: "lab", loginPath: "/log/in", signedOut: false })
      assert.deepStrictEqual(yield* shown(sandbox, "lab"), { ...before, loginPath: "/log/in" })
      yield* sandbox.mls(["profile", "edit", "lab", "--unset", "cacert", "--unset", "login-path", "--unset", "store"])
      const after = yield* shown(sandbox, "lab")
      assert.hasAllKeys(after, ["name", "url", "session"])
      assert.strictEqual((yield* sandbox.mls(["profile", "edit", "lab", ...CLOUD, "--store", "file"])).code, 0)
      assert.deepInclude(yield* shown(sandbox, "lab"), { store: "file" })
      assert.nestedInclude(yield* shown(sandbox, "lab"), { "azure.tenant": "contoso.com" })
      yield* sandbox.mls(["profile", "edit", "lab", "--tenant", "fabrikam.com", "--method", "aad-browser"])
      const cloud = { "azure.tenant": "fabrikam.com", "azure.clientid": "client", method: "aad-browser" }
      assert.nestedInclude(yield* shown(sandbox, "lab"), cloud)
    })
  )

  it.scopedLive("refuses what could not be used afterwards", () =>
    Effect.gen(function* () {
      const sandbox = yield* makeTwo
      const before = yield* shown(sandbox, "lab")
      for (const [args, code] of [
        [["lab"], 2],
        [["lab", "--method", "aad-device"], 2],
        [["lab", "--method", "password", "--tenant", "contoso.com"], 2],
        [["lab", "--store", "memory"], 2],
        [["lab", "--login-path", "//elsewhere"], 3],
        [["nobody", "--store", "file"], 3]
      ] as const) {
        assert.deepInclude(yield* sandbox.mls(["profile", "edit", ...args]), { code, stdout: "" }, args.join(" "))
      }
      assert.deepStrictEqual(yield* shown(sandbox, "lab"), before)
    })
  )

  it.scopedLive("ends a session of another issuer, and keeps one of the same", () =>
    Effect.gen(function* () {
      const { control, mls, records } = yield* Servers.makeSignedIn()
      assert.strictEqual((yield* mls(["profile", "edit", "127.0.0.1", "--unset", "cacert"])).code, 0)
      assert.strictEqual((yield* mls(["status"])).code, 0)
      assert.strictEqual((yield* control.counts).revocations, 0)
      const { stderr } = yield* mls(["profile", "edit", "127.0.0.1", ...CLOUD])
      assert.include(stderr, "Its session belonged to another issuer, and mls ended it.")
      assert.strictEqual((yield* control.counts).revocations, 1)
      assert.deepStrictEqual(yield* records, [])
    })
  )
})
