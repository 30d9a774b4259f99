import { describe, expect, it } from "@effect/vitest"
import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Canary from "./support/canary.js"
import * as Signer from "./support/signer.js"
import { client, type Plan } from "./support/wire.js"

const rsa = await Signer.make("RS256", "rsa-1")
const stranger = await Signer.make("RS256", "rsa-1")
const NAME = "canary.user.31c7@contoso.example"

/** Checks a token, with everything that comes of it shown to the canary, which knows the token and its parts. */
const watched = (plan: Plan, token: Effect.Effect<Redacted.Redacted<string>>) =>
  Effect.gen(function* () {
    const canary = yield* Canary.watch
    yield* TestClock.setTime(Signer.NOW)
    const { http } = client([plan])
    const verifier = yield* Signer.verifier(
      Effect.provideService(KeySet.fromUrl("https://mls.example.com/keys?p=1"), HttpClient.HttpClient, http)
    )
    const given = yield* token
    const text = Redacted.value(given)
    for (const part of [text, ...text.split(".")]) if (part.length > 8) canary.plant(part)
    const exit = yield* Effect.exit(verifier.verify(given))
    if (Exit.isFailure(exit)) {
      canary.plant(NAME)
      canary.show(exit)
      canary.show(Cause.pretty(exit.cause, { renderErrorCause: true }))
      canary.show(Cause.squash(exit.cause))
    } else canary.show(exit.value)
    canary.show(given)
    return { canary, exit }
  })

const keys: Plan = { body: JSON.stringify({ keys: [rsa.jwk] }) }
const named = { sub: NAME, upn: NAME }
const changed = (token: Redacted.Redacted<string>) => Redacted.make(`${Redacted.value(token)}!canary-rest`)

describe("a token is seen nowhere: in no span, log, error, answer or metric", () => {
  it.scoped.each<{
    readonly name: string
    readonly plan?: Plan
    readonly token: Effect.Effect<Redacted.Redacted<string>>
    readonly tag: string
  }>([
    { name: "not a token", token: Effect.map(rsa.token(named), changed), tag: "Malformed" },
    {
      name: "with a wrong header",
      token: Effect.succeed(Signer.raw("{canary-header", named, "canary-signature")),
      tag: "Malformed"
    },
    {
      name: "by another algorithm",
      token: Effect.succeed(Signer.raw({ alg: NAME }, named)),
      tag: "AlgorithmNotAllowed"
    },
    { name: "by another key", token: rsa.token(named, { kid: NAME }), tag: "UnknownKey" },
    { name: "by a stranger", token: stranger.token(named), tag: "SignatureInvalid" },
    { name: "expired", token: rsa.token({ ...named, exp: 1 }), tag: "Expired" },
    { name: "too young", token: rsa.token({ ...named, nbf: 1e10 }), tag: "NotYetValid" },
    { name: "for somebody else", token: rsa.token({ ...named, aud: NAME }), tag: "WrongAudience" },
    { name: "from somebody else", token: rsa.token({ ...named, iss: NAME }), tag: "WrongIssuer" },
    { name: "without an end", token: rsa.token({ ...named, exp: NAME }), tag: "ClaimMissing" },
    { name: "while keys cannot be had", plan: { status: 503 }, token: rsa.token(named), tag: "ServerUnavailable" },
    { name: "while a page is served", plan: { body: "<html>" }, token: rsa.token(named), tag: "InvalidResponse" }
  ])("refused: $name", ({ plan = keys, tag, token }) =>
    Effect.gen(function* () {
      const { canary, exit } = yield* watched(plan, token)
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      expect(error).toMatchObject(
        error instanceof TokenVerifier.TokenRefused ? { _tag: "TokenRefused", reason: tag } : { _tag: tag }
      )
      expect([...canary.seen]).toContain("TokenVerifier.verify")
      expect(canary.found()).toEqual([])
    })
  )

  it.scoped("accepted", () =>
    Effect.gen(function* () {
      const { canary, exit } = yield* watched(keys, rsa.token(named))
      expect(Exit.isSuccess(exit)).toBe(true)
      expect([...canary.seen].some((text) => text.includes(NAME))).toBe(true)
      expect(canary.found()).toEqual([])
    })
  )

  it("nor by whoever reads it from a header", () => {
    for (const header of ["Bearer Canary.token.here", "Canary.token.here"]) {
      const canary = Canary.make()
      canary.plant("Canary.token.here")
      canary.show(TokenVerifier.fromAuthorization(header))
      expect(canary.found()).toEqual([])
      expect(canary.seen.size).toBeGreaterThan(0)
    }
  })
})
