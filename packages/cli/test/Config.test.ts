import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

interface Setting {
  readonly name: string
  readonly value: string | null
  readonly origin: string
}

const settingsOf = ({ code, stderr, stdout }: Sandbox.Ended) => {
  assert.strictEqual(code, 0, stderr)
  const { settings } = Sandbox.jsonOf(stdout) as { readonly settings: ReadonlyArray<Setting> }
  return new Map(settings.map(({ name, origin, value }) => [name, [value, origin] as const]))
}

describe("mls config show", () => {
  it.scopedLive("tells every setting and what it comes from: option, variable, profile, default", () =>
    Effect.gen(function* () {
      const { control, home, mls } = yield* Servers.make()
      const url = "https://lab.example.com"
      const azure = ["--tenant", "contoso.com", "--clientid", "c", "--resource", "r"]
      yield* mls(["profile", "add", "lab", url, ...azure, "--store", "encrypted"])
      const plain = settingsOf(yield* mls(["config", "show", "--json", "-p", "lab"]))
      assert.deepStrictEqual(plain.get("profile"), ["lab", "--profile"])
      assert.deepStrictEqual(plain.get("server"), [url, "profile lab"])
      assert.deepStrictEqual(plain.get("tenant"), ["contoso.com", "profile lab"])
      assert.deepStrictEqual(plain.get("store"), ["encrypted", "profile lab"])
      assert.deepStrictEqual(plain.get("login-path"), ["/login", "default"])
      assert.deepStrictEqual(plain.get("credential"), ["stored", "default"])
      assert.deepStrictEqual(plain.get("tokens"), [Path.join(home, "state", "mls"), "XDG_STATE_HOME"])
      const env = { MLS_PROFILE: "lab", MLS_TENANT: "other", MLS_STORE: "file", MLS_ACCESS_TOKEN: "t", CI: "1" }
      const varied = settingsOf(yield* mls(["config", "show", "--json", "--timeout", "5s"], { env }))
      assert.deepStrictEqual(varied.get("profile"), ["lab", "MLS_PROFILE"])
      assert.deepStrictEqual(varied.get("tenant"), ["other", "MLS_TENANT"])
      assert.deepStrictEqual(varied.get("store"), ["file", "MLS_STORE"])
      assert.deepStrictEqual(varied.get("timeout"), ["5s", "--timeout"])
      assert.deepStrictEqual(varied.get("asks"), ["never", "CI"])
      assert.deepStrictEqual(varied.get("credential"), [
        "of the environment (fingerprint e3b98a4d)",
        "MLS_ACCESS_TOKEN"
      ])
      assert.strictEqual((yield* control.counts).requests, 0)
    })
  )

  it.scopedLive("says it to people in a table, with the origins only where they are asked for", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.makeSignedIn()
      const plain = yield* mls(["config", "show"])
      assert.include(plain.stdout.split("\n"), `server        ${url}`)
      const { stdout } = yield* mls(["config", "show", "--origin"])
      assert.match(stdout, /^profile +127\.0\.0\.1 +\S+config\.json$/m)
      assert.match(stdout, /^server +http\S+ +profile 127\.0\.0\.1$/m)
      assert.match(stdout, /^store +encrypted +profile 127\.0\.0\.1$/m)
    })
  )
})
