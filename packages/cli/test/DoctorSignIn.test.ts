import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { balanced } from "./Fronts.js"
import { assertFailed, check, those } from "./DoctorReading.js"
import * as Servers from "./Servers.js"

describe("mls doctor on an access token", () => {
  it.scopedLive("that the server takes: said, and nothing is renewed", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      assert.match(check(yield* mls(["doctor", "--json"]), "call").message, /^the server takes the access token/)
      assert.strictEqual((yield* control.counts).refreshes, 0)
    })
  )

  it.scopedLive("that was revoked, which nobody sees before it is used: exit 4, and the fix works", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn()
      yield* control.revokeAccessTokens()
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 4)
      assert.deepStrictEqual(those(ended, "FAIL"), ["call"])
      assertFailed(ended, "call", /refuses the access token \(401\).*revoked/, /^mls refresh --profile 127\.0\.0\.1$/)
      assert.strictEqual((yield* control.counts).refreshes, 0)
      const fix = (check(ended, "call").fix ?? "").split(" ").slice(1)
      assert.strictEqual((yield* mls(fix)).code, 0)
      assert.strictEqual((yield* mls(["doctor"])).code, 0)
    })
  )

  it.scopedLive("that has ended is not sent, and not renewed either", () =>
    Effect.gen(function* () {
      const { control, mls } = yield* Servers.makeSignedIn({ lifetimes: { accessToken: "1 second" } })
      // Another process has this clock too: nothing but time makes it later there.
      yield* Effect.sleep("1 second")
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 0, ended.stdout)
      assert.strictEqual(check(ended, "call").message, "needs an access token that has not ended")
      assert.strictEqual((yield* control.counts).refreshes, 0)
    })
  )

  it.scopedLive("that somebody gave, and the server does not take: told to be replaced", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Servers.makeSignedIn()
      const given = "a-token-of-somebody-else"
      plant(given)
      const refused = yield* mls(["doctor", "--json"], { env: { MLS_ACCESS_TOKEN: given } })
      assert.strictEqual(refused.code, 4)
      assertFailed(refused, "call", /401/, /^Set another MLS_ACCESS_TOKEN, or unset it\.$/)
    })
  )

  it.scopedLive("that only one of two web nodes takes: told what the nodes lack, exit 3", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const other = yield* Servers.make()
      const front = yield* balanced([new URL(url), new URL(other.url)])
      const stdin = Servers.passwords.grace
      const signedIn = yield* mls(["login", front, "--user", "grace", "--password-stdin"], { stdin })
      assert.strictEqual(signedIn.code, 0, signedIn.stderr)
      const ended = yield* mls(["doctor", "--json"])
      assert.strictEqual(ended.code, 3, ended.stdout)
      assert.deepStrictEqual(those(ended, "FAIL"), ["call"])
      assertFailed(ended, "call", /in 3 of 6 calls, and refuses it in 3 \(401\)/, /one JWT signing certificate/)
    })
  )
})

describe("mls doctor on an authority", () => {
  const doctor = ({ mls }: Servers.Cloud, ...more: ReadonlyArray<string>) => mls(["doctor", "--json", ...more])

  it.scopedLive("that does not know the tenant: exit 3, with what to ask for", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloudSignedIn()
      const ended = yield* cloud.mls(["doctor", "--json"], { env: { MLS_TENANT: "fabrikam.example" } })
      assert.strictEqual(ended.code, 3, ended.stdout)
      assertFailed(ended, "authority", /does not know the tenant fabrikam\.example/, /--tenant ID$/)
    })
  )

  it.scopedLive("that cannot be reached: exit 7, whatever is well with the server", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloudSignedIn()
      const env = { MLS_AUTHURI: "https://login.invalid" }
      const ended = yield* cloud.mls(["doctor", "--json", "--timeout", "20s"], { env })
      assert.strictEqual(ended.code, 7, ended.stdout)
      assertFailed(ended, "authority", /^https:\/\/login\.invalid, .* not reached/, /firewall or proxy/)
      assert.strictEqual(check(ended, "server").verdict, "ok")
    })
  )

  it.scopedLive("that is none: a page, or what breaks", () =>
    Effect.gen(function* () {
      const cloud = yield* Servers.makeCloudSignedIn()
      yield* cloud.control.htmlNext({ on: "azureMetadata" })
      assertFailed(yield* doctor(cloud), "authority", /without an OpenID configuration/, /--authuri URL$/)
      yield* cloud.control.failNext({ on: "azureMetadata", status: 503 })
      assertFailed(yield* doctor(cloud), "authority", /answers 503/, /later/)
      assert.strictEqual((yield* doctor(cloud)).code, 0)
      assert.strictEqual(check(yield* doctor(cloud, "--offline"), "authority").message, "offline")
    })
  )
})
