import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as CertifiedProvider from "./counterparts/CertifiedProvider.js"
import * as Program from "./counterparts/Program.js"

const ADA = "ada@contoso.test"
const resource = CertifiedProvider.RESOURCE

const signedIn = (life = 3600) =>
  Effect.gen(function* () {
    const provider = yield* CertifiedProvider.make({ accessTokenFormat: "jwt", accessTokenLife: life })
    const program = yield* Program.make({ ...provider, clientid: CertifiedProvider.CLIENT, resource, wire: "v1" })
    const { accessToken } = yield* program.session.signIn(Program.password(ADA, CertifiedProvider.users.get(ADA) ?? ""))
    const keys = yield* KeySet.fromUrl(`${provider.issuer}/jwks`).pipe(
      Effect.provideService(HttpClient.HttpClient, program.bare)
    )
    return { issuer: provider.issuer, accessToken, keys }
  })

const refusal = (verifier: TokenVerifier.Service, token: Redacted.Redacted<string>) =>
  Effect.map(Effect.flip(verifier.verify(token)), (error) => ("reason" in error ? error.reason : error._tag))

const accepted = { algorithms: ["ES256"], audience: resource } as const

describe("tokens that nobody here signed, checked by whoever receives them", () => {
  it.scopedLive("a token of the provider for us, with the keys that it serves", () =>
    Effect.gen(function* () {
      const { accessToken, issuer, keys } = yield* signedIn()
      const verifier = yield* TokenVerifier.make({ ...accepted, keys, issuer })
      const verified = yield* verifier.verify(accessToken)
      assert.strictEqual(verified.subject, ADA)
      assert.deepStrictEqual(verified.audience, [resource])
      assert.strictEqual(verified.claims["scope"], "user_impersonation")
    })
  )

  it.scopedLive("the same token for somebody else, from somebody else, or by an algorithm that is not accepted", () =>
    Effect.gen(function* () {
      const { accessToken, issuer, keys } = yield* signedIn()
      const reasonOf = (options: Partial<TokenVerifier.Options>) =>
        Effect.flatMap(TokenVerifier.make({ ...accepted, keys, issuer, ...options }), (verifier) =>
          refusal(verifier, accessToken)
        )
      assert.strictEqual(yield* reasonOf({ audience: "https://other.contoso.test/" }), "WrongAudience")
      assert.strictEqual(yield* reasonOf({ issuer: "http://127.0.0.1:1" }), "WrongIssuer")
      assert.strictEqual(yield* reasonOf({ algorithms: ["RS256"] }), "AlgorithmNotAllowed")
    })
  )

  it.scopedLive("a token signed by a provider that we do not know, and one whose content was exchanged", () =>
    Effect.gen(function* () {
      const [ours, theirs] = [yield* signedIn(), yield* signedIn()]
      const verifier = yield* TokenVerifier.make({ ...accepted, keys: ours.keys, issuer: [ours.issuer, theirs.issuer] })
      assert.strictEqual(yield* refusal(verifier, theirs.accessToken), "UnknownKey")
      const [header, , signature] = Redacted.value(ours.accessToken).split(".")
      const [, payload] = Redacted.value(theirs.accessToken).split(".")
      const forged = Redacted.make([header, payload, signature].join("."))
      assert.strictEqual(yield* refusal(verifier, forged), "SignatureInvalid")
      assert.strictEqual((yield* verifier.verify(ours.accessToken)).subject, ADA)
    })
  )

  it.scopedLive("a token whose time is over", () =>
    Effect.gen(function* () {
      const { accessToken, issuer, keys } = yield* signedIn(1)
      yield* Effect.sleep("1 second")
      const verifier = yield* TokenVerifier.make({ ...accepted, keys, issuer, clockTolerance: 0 })
      assert.strictEqual(yield* refusal(verifier, accessToken), "Expired")
    })
  )
})
