import { assert, describe, it } from "@effect/vitest"
import { AzureDirectory } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { jsonOf } from "./Sandbox.js"
import * as Servers from "./Servers.js"

const inspected = (stdout: string) => jsonOf(stdout) as Readonly<Record<string, Readonly<Record<string, unknown>>>>

const encode = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url")

describe("mls token --inspect", () => {
  it.scopedLive("shows what is written in the token, never the token, and says that nobody has verified it", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeCloudSignedIn()
      const { code, stderr, stdout } = yield* mls(["token", "--inspect"])
      assert.strictEqual(code, 0)
      assert.match(stdout, /^Header\n {2}alg +RS256\n/)
      assert.match(stdout, /^ {2}exp +\d+, in 60 min \(/m)
      assert.match(stdout, new RegExp(`^ {2}aud +${AzureDirectory.resource}$`, "m"))
      assert.include(stderr, "! Not verified: the signature was not checked")
      const json = inspected((yield* mls(["token", "--inspect", "--json"])).stdout)
      assert.propertyVal(json, "verified", false)
      assert.propertyVal(json["claims"], "upn", AzureDirectory.ada.username)
      assert.match(String(json["times"]?.["exp"]), /Z$/)
    })
  )

  it.scopedLive("verifies it with the tenant's keys on demand", () =>
    Effect.gen(function* () {
      const { azure, mls } = yield* Servers.makeCloudSignedIn()
      const good = yield* mls(["token", "--verify", "--json"])
      assert.strictEqual(good.code, 0, good.stderr)
      assert.propertyVal(inspected(good.stdout), "verified", true)
      // The same token, looked at by a program that expects another one.
      const token = yield* mls(["token"], { answersSecrets: true })
      const env = { MLS_ACCESS_TOKEN: token.stdout.trim() }
      const wrong = yield* mls(["token", "--verify", "--json"], { env: { ...env, MLS_RESOURCE: azure.clientid } })
      assert.strictEqual(wrong.code, 3)
      assert.propertyVal(inspected(wrong.stdout), "verified", false)
      assert.include(wrong.stderr, '"reason":"WrongAudience"')
      const [head = "", , signature = ""] = env.MLS_ACCESS_TOKEN.split(".")
      const forged = [head, encode({ aud: azure.resource, iss: azure.authuri, exp: 9_999_999_999 }), signature].join(
        "."
      )
      const lie = yield* mls(["token", "--verify", "--json"], { env: { MLS_ACCESS_TOKEN: forged } })
      assert.strictEqual(lie.code, 3)
      assert.include(lie.stderr, '"reason":"SignatureInvalid"')
    })
  )

  it.scopedLive("says so where there is nothing to read, or nothing to verify with", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.makeSignedIn({ tokenFormat: "opaque" })
      const opaque = yield* mls(["token", "--inspect"])
      assert.deepStrictEqual({ code: opaque.code, stdout: opaque.stdout }, { code: 0, stdout: "" })
      assert.include(opaque.stderr, "The token is opaque")
      const json = yield* mls(["token", "--inspect", "--json"])
      assert.deepStrictEqual(jsonOf(json.stdout), { verified: false, format: "opaque" })
      assert.strictEqual((yield* mls(["token", "--verify"])).code, 2)
      assert.strictEqual((yield* mls(["token", "--inspect", "--header"])).code, 2)
    })
  )

  it.scopedLive("lets nothing in a token move the cursor, nor pass for more than it is", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const inspect = (token: string, ...more: ReadonlyArray<string>) =>
        mls(["token", "--inspect", ...more], { env: { MLS_ACCESS_TOKEN: token, MLS_HOST: url } })
      const hostile = `${encode({ alg: "none" })}.${encode({ "a\u001b[2J": "\u009b31mred\nClaims", exp: 1e300 })}.x`
      const { stdout } = yield* inspect(hostile)
      assert.strictEqual(stdout, "Header\n  alg  none\nClaims\n  a[2J  31mred Claims\n  exp   1e+300\n")
      for (const token of ["a.b.c", `${encode([1])}.${encode({})}.x`, `${encode({})}.${encode({})}`]) {
        const { code, stderr } = yield* inspect(token)
        assert.strictEqual(code, 0)
        assert.include(stderr, "opaque")
      }
      const encrypted = yield* inspect(`${encode({ enc: "A256GCM" })}.a.b.c.d`, "--json")
      assert.include(encrypted.stderr, "encrypted")
      const header = { enc: "A256GCM" }
      assert.deepStrictEqual(jsonOf(encrypted.stdout), { verified: false, format: "encrypted", header })
    })
  )
})
