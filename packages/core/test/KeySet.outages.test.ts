import { describe, expect, it } from "@effect/vitest"
import { KeySet } from "@mlserver-auth/core/verifier"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as TestClock from "effect/TestClock"
import * as Served from "./support/served.js"
import * as Signer from "./support/signer.js"
import { client, type Plan } from "./support/wire.js"

const { accepted, set } = Served
const rsa = await Signer.make("RS256", "rsa-1")
const stranger = await Signer.make("RS256", "stranger")

const PAGE = "<!DOCTYPE html><title>Sign in to the network</title>"

/** How a token fares with an authority that always does this. */
const failure = (plan: Plan) =>
  Effect.gen(function* () {
    const { http, sent } = client([plan])
    const keys = Effect.provideService(KeySet.fromUrl(Served.KEYS_URL), HttpClient.HttpClient, http)
    const verifier = yield* Signer.verifier(keys)
    const error = yield* Effect.flip(Effect.flatMap(rsa.token(), verifier.verify))
    return { error, sent }
  })

describe("an authority that cannot be had", () => {
  it.effect.each<{ readonly name: string; readonly plan: Plan; readonly shows: object }>([
    {
      name: "refuses connections",
      plan: { breaks: "ECONNREFUSED" },
      shows: { reason: "Transport", code: "ECONNREFUSED" }
    },
    {
      name: "breaks off",
      plan: { breaks: "ECONNRESET", at: "body" },
      shows: { reason: "Transport", code: "ECONNRESET" }
    },
    { name: "has no name", plan: { breaks: "ENOTFOUND" }, shows: { reason: "Transport", code: "ENOTFOUND" } },
    { name: "answers 500", plan: { status: 500 }, shows: { reason: "Status", status: 500 } },
    { name: "answers 503 with a page", plan: { status: 503, body: PAGE }, shows: { reason: "Status", status: 503 } },
    { name: "answers 429", plan: { status: 429 }, shows: { reason: "Status", status: 429 } }
  ])("and $name says nothing about the token: try again", ({ plan, shows }) =>
    Effect.gen(function* () {
      const { error } = yield* failure(plan)
      expect(error).toMatchObject({
        _tag: "ServerUnavailable",
        operation: "verification",
        server: "https://login.microsoftonline.com",
        retryable: true,
        ...shows
      })
    })
  )

  it.effect("and is silent has ten seconds; a hundred who wait are told together, and it is asked once", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make(["silence"])
      expect(yield* reasons(rsa, 100, "10 seconds")).toEqual(new Set(["ServerUnavailable"]))
      expect(sent).toHaveLength(1)
    })
  )

  it.effect("is asked again after a second, not by everybody who comes before", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([{ status: 503 }, set(rsa)])
      expect(yield* reasons(rsa, 100, "1 second")).toEqual(new Set(["ServerUnavailable"]))
      yield* TestClock.adjust(999)
      expect(yield* reasons(rsa, 100, "0 seconds")).toEqual(new Set(["ServerUnavailable"]))
      expect(sent).toHaveLength(1)
      yield* TestClock.adjust(1)
      expect(yield* reasons(rsa, 100, "1 second")).toEqual(accepted)
      expect(sent).toHaveLength(2)
    })
  )
})

describe("an authority that was had before", () => {
  it.effect.each<{ readonly name: string; readonly plan: Plan }>([
    { name: "is down", plan: { breaks: "ECONNREFUSED" } },
    { name: "answers 503", plan: { status: 503 } },
    { name: "serves a page", plan: { body: PAGE } },
    { name: "serves no keys", plan: { body: '{"keys":[]}' } },
    { name: "has moved", plan: { status: 301, headers: { location: "https://evil.example/keys" } } }
  ])("and now $name: its keys go on being used, and it is asked once in five minutes", ({ plan }) =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(rsa), plan])
      yield* reasons(rsa, 1, "1 second")
      yield* TestClock.adjust("25 hours")
      expect(yield* reasons(rsa, 100, "1 second")).toEqual(accepted)
      yield* TestClock.adjust("299 seconds")
      expect(yield* reasons(rsa, 100, "0 seconds")).toEqual(accepted)
      expect(yield* reasons(stranger, 100, "0 seconds")).toEqual(new Set(["UnknownKey"]))
      expect(sent).toHaveLength(2)
      yield* TestClock.adjust("1 second")
      expect(yield* reasons(rsa, 100, "1 second")).toEqual(accepted)
      expect(sent).toHaveLength(3)
    })
  )
})

describe("an answer that holds no keys", () => {
  it.effect.each<{ readonly name: string; readonly plan: Plan; readonly problem: string }>([
    { name: "a page", plan: { body: PAGE }, problem: "the body is HTML" },
    { name: "nothing", plan: { body: "" }, problem: "the body is empty" },
    { name: "text", plan: { body: "keys" }, problem: "the body is not JSON" },
    { name: "cut off", plan: { body: '{"keys":[' }, problem: "the body is not JSON" },
    { name: "a list", plan: { body: "[]" }, problem: "it is no key set" },
    { name: "null", plan: { body: "null" }, problem: "it is no key set" },
    { name: "an empty set", plan: { body: '{"keys":[]}' }, problem: "it is no key set" },
    { name: "a set of something else", plan: { body: '{"keys":["x"]}' }, problem: "it is no key set" },
    { name: "an OAuth error", plan: { status: 400, body: '{"error":"invalid_request"}' }, problem: "no such answer" },
    { name: "nobody there", plan: { status: 404, body: "{}" }, problem: "there are no keys at this path" },
    { name: "a moved authority", plan: { status: 302, headers: { location: "/x" } }, problem: "it redirects" },
    { name: "not for us", plan: { status: 403 }, problem: "the body is empty" },
    {
      name: "two megabytes",
      plan: { body: `{"keys":[],"x":"${"x".repeat(2_097_152)}"}` },
      problem: "larger than 1 MiB"
    }
  ])("$name: said, asked for once, followed nowhere", ({ plan, problem }) =>
    Effect.gen(function* () {
      const { error, sent } = yield* failure(plan)
      expect(error).toMatchObject({ _tag: "InvalidResponse", operation: "verification", from: "authority" })
      expect(error.message).toContain(problem)
      expect(error.message).toMatch(/is there a proxy or a sign-in page in between\?$/)
      expect(sent).toHaveLength(1)
    })
  )
})

describe("the address of keys", () => {
  const make = (url: string | globalThis.URL, http = client([set(rsa)]).http) =>
    Effect.either(Effect.provideService(KeySet.fromUrl(url), HttpClient.HttpClient, http))

  it.effect.each([
    Served.KEYS_URL,
    "https://contoso.b2clogin.com/contoso.example/discovery/v2.0/keys?p=b2c_1_signin",
    "https://login.microsoftonline.com/contoso.com/discovery/keys?appid=0c1a8e5e-1111-4222-8333-9a0000000001",
    "https://mls.example.com/keys/",
    "http://localhost:12800/jwks",
    new globalThis.URL("http://127.0.0.1:1/jwks?x=1")
  ])("%s is asked as it is", (url) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Signer.NOW)
      const { http, sent } = client([set(rsa)])
      const keys = Effect.flatten(make(url, http))
      expect(yield* Signer.refusal(yield* Signer.verifier(keys), yield* rsa.token())).toBeUndefined()
      expect(sent.map((each) => each.url)).toEqual([String(url)])
    })
  )

  it.effect.each([
    "",
    "keys",
    "login.microsoftonline.com/keys",
    "http://login.microsoftonline.com/keys",
    "http://localhost.evil.example/keys",
    "ftp://localhost/keys",
    "file:///etc/keys.json",
    "data:application/json,{}",
    "https://ada:Canary@login.microsoftonline.com/keys",
    "https://login.microsoftonline.com/keys#Canary",
    "https://login.microsoft\nonline.com/keys"
  ])("%j is refused", (url) =>
    Effect.gen(function* () {
      const error = Either.getOrThrow(Either.flip(yield* make(url)))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "keys" })
      expect(error.message).toContain("/discovery/keys.")
      expect(error.message).not.toContain("Canary")
    })
  )
})
