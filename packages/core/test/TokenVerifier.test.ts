import { describe, expect, it } from "@effect/vitest"
import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Signer from "./support/signer.js"

const { accepted, AUDIENCE, ISSUER, NOW, refusal, verifier } = Signer

const rsa = await Signer.make("RS256", "rsa-1")
const keys = KeySet.fromJwks({ keys: [rsa.jwk] })
const atNow = TestClock.setTime(NOW)

describe("TokenVerifier.verify", () => {
  it.effect("says who a token is from, whom it is for, whose it is, until when, and all it claims", () =>
    Effect.gen(function* () {
      yield* atNow
      const { verify } = yield* verifier(keys)
      expect(yield* verify(yield* rsa.token({ scp: "user_impersonation" }))).toEqual({
        issuer: ISSUER,
        audience: [AUDIENCE],
        subject: "ada",
        expiresAt: NOW + 3_600_000,
        claims: Signer.claims({ scp: "user_impersonation" })
      })
    })
  )

  it.effect.each([
    { name: "one audience of several", fields: { aud: ["other", AUDIENCE] }, shows: { audience: ["other", AUDIENCE] } },
    { name: "no subject", fields: { sub: undefined }, shows: { subject: undefined } },
    { name: "a subject that is no text", fields: { sub: 5 }, shows: { subject: undefined } },
    {
      name: "an audience that is no text beside ours",
      fields: { aud: [5, AUDIENCE] },
      shows: { audience: [AUDIENCE] }
    },
    { name: "no beginning", fields: { nbf: undefined }, shows: {} },
    { name: "an end within a second", fields: { exp: NOW / 1000 + 0.5 }, shows: { expiresAt: NOW + 500 } }
  ])("accepts $name", ({ fields, shows }) =>
    Effect.gen(function* () {
      yield* atNow
      const { verify } = yield* verifier(keys)
      expect(yield* verify(yield* rsa.token(fields))).toMatchObject(shows)
    })
  )

  it.effect.each([
    { name: "no audience", fields: { aud: undefined }, reason: "ClaimMissing" },
    { name: "no issuer", fields: { iss: undefined }, reason: "ClaimMissing" },
    { name: "no end", fields: { exp: undefined }, reason: "ClaimMissing" },
    { name: "an end in words", fields: { exp: "never" }, reason: "ClaimMissing" },
    { name: "null for an end", fields: { exp: null }, reason: "ClaimMissing" },
    { name: "another audience", fields: { aud: "other" }, reason: "WrongAudience" },
    { name: "other audiences", fields: { aud: ["other", "another"] }, reason: "WrongAudience" },
    { name: "an audience that begins like ours", fields: { aud: `${AUDIENCE}0` }, reason: "WrongAudience" },
    { name: "our audience in capitals", fields: { aud: AUDIENCE.toUpperCase() }, reason: "WrongAudience" },
    { name: "an empty list of audiences", fields: { aud: [] }, reason: "WrongAudience" },
    { name: "an audience within an object", fields: { aud: { [AUDIENCE]: true } }, reason: "WrongAudience" },
    { name: "an audience in two lists", fields: { aud: [[AUDIENCE]] }, reason: "WrongAudience" },
    { name: "another issuer", fields: { iss: "https://evil.example" }, reason: "WrongIssuer" },
    { name: "an empty issuer", fields: { iss: "" }, reason: "WrongIssuer" },
    { name: "an issuer in a list", fields: { iss: [ISSUER] }, reason: "WrongIssuer" },
    { name: "a number for an issuer", fields: { iss: 5 }, reason: "WrongIssuer" }
  ])("refuses $name: $reason", ({ fields, reason }) =>
    Effect.gen(function* () {
      yield* atNow
      expect(yield* refusal(yield* verifier(keys), yield* rsa.token(fields))).toBe(reason)
    })
  )

  it.effect("accepts any of several audiences and issuers", () =>
    Effect.gen(function* () {
      yield* atNow
      const both = yield* verifier(keys, { audience: ["api://other", AUDIENCE], issuer: ["https://other", ISSUER] })
      expect(yield* refusal(both, yield* rsa.token())).toBeUndefined()
      expect(yield* refusal(both, yield* rsa.token({ aud: "api://other", iss: "https://other" }))).toBeUndefined()
      expect(yield* refusal(both, yield* rsa.token({ aud: "api://others" }))).toBe("WrongAudience")
    })
  )

  it.effect.each([
    { tolerance: undefined, seconds: 30 },
    { tolerance: "5 minutes", seconds: 300 },
    { tolerance: 0, seconds: 0 }
  ] as const)("clocks may be $seconds s apart with a tolerance of $tolerance", ({ seconds, tolerance }) =>
    Effect.gen(function* () {
      const tolerant = yield* verifier(keys, { clockTolerance: tolerance })
      const token = yield* rsa.token({ nbf: NOW / 1000, exp: NOW / 1000 + 3600 })
      const at = (millis: number) => Effect.zipRight(TestClock.setTime(millis), refusal(tolerant, token))
      expect(yield* at(NOW - seconds * 1000 - 1000)).toBe("NotYetValid")
      expect(yield* at(NOW - seconds * 1000)).toBeUndefined()
      expect(yield* at(NOW + (3600 + seconds) * 1000 - 1)).toBeUndefined()
      expect(yield* at(NOW + (3600 + seconds) * 1000)).toBe("Expired")
      expect(yield* at(NOW + 365 * 86_400_000)).toBe("Expired")
    })
  )
})

describe("TokenVerifier.make", () => {
  it.effect.each([
    { setting: "audience", options: { audience: "" } },
    { setting: "audience", options: { audience: [] } },
    { setting: "audience", options: { audience: [AUDIENCE, ""] } },
    { setting: "issuer", options: { issuer: "" } },
    { setting: "issuer", options: { issuer: [] } },
    { setting: "algorithms", options: { algorithms: [] } },
    { setting: "algorithms", options: { algorithms: ["HS256"] as unknown as [KeySet.Algorithm] } },
    { setting: "algorithms", options: { algorithms: ["RS256", "none"] as unknown as [KeySet.Algorithm] } },
    { setting: "clockTolerance", options: { clockTolerance: Infinity } }
  ])("refuses to check nothing: $setting of $options", ({ options, setting }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TokenVerifier.make({ ...accepted, keys: yield* keys, ...options }))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting })
      expect(error.fix).toMatch(/\.$/)
    })
  )

  it.effect("as a layer", () =>
    Effect.gen(function* () {
      yield* atNow
      const { subject } = yield* Effect.flatMap(TokenVerifier.TokenVerifier, ({ verify }) =>
        Effect.flatMap(rsa.token(), verify)
      )
      expect(subject).toBe("ada")
    }).pipe(Effect.provide(Layer.unwrapEffect(Effect.map(keys, (keys) => TokenVerifier.layer({ ...accepted, keys })))))
  )
})

describe("TokenVerifier.fromAuthorization", () => {
  it.each([
    ["Bearer a.b.c", "a.b.c"],
    ["bearer a.b.c", "a.b.c"],
    ["BEARER   a.b.c  ", "a.b.c"]
  ])("%j holds %s", (header, token) => {
    expect(Either.map(TokenVerifier.fromAuthorization(header), Redacted.value)).toEqual(Either.right(token))
  })

  it.each([undefined, "", "Bearer", "Bearer ", "a.b.c", "Basic YTpi", "Bearera.b.c", "Bearer a b", "x Bearer a.b.c"])(
    "%j holds none",
    (header) => {
      const error = Either.getOrThrow(Either.flip(TokenVerifier.fromAuthorization(header)))
      expect(error).toMatchObject({ _tag: "TokenRefused", reason: "Missing", challenge: "Bearer", retryable: false })
    }
  )

  it("a very long header is answered as quickly as a short one", () => {
    const header = `Bearer ${"a ".repeat(500_000)}`
    expect(Either.isLeft(TokenVerifier.fromAuthorization(header))).toBe(true)
  })
})

describe("TokenRefused", () => {
  const reasons = TokenVerifier.TokenRefused.fields.reason.literals

  it.each(reasons)("%s has a sentence of its own, a next step, and the challenge for the client", (reason) => {
    const error = new TokenVerifier.TokenRefused({ reason })
    expect(error.message).toMatch(/^[A-Z][^.]+[a-z]$/)
    expect(error.fix).toMatch(/\.$/)
    expect(error.challenge).toBe(reason === "Missing" ? "Bearer" : 'Bearer error="invalid_token"')
  })

  it("no two sound alike", () => {
    expect(new Set(reasons.map((reason) => new TokenVerifier.TokenRefused({ reason }).message)).size).toBe(
      reasons.length
    )
  })
})
