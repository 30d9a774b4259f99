import * as AuthorizationCode from "@mlserver-auth/core/AuthorizationCode"
import * as Credential from "@mlserver-auth/core/Credential"
import { LoopbackRedirect } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as CertifiedProvider from "./counterparts/CertifiedProvider.js"
import * as Program from "./counterparts/Program.js"
import * as Visitor from "./visitor.js"

const Request = AuthorizationCode.AuthorizationRequest
const OLGA = "olga@contoso.test"
const clientid = CertifiedProvider.CLIENT
const resource = CertifiedProvider.RESOURCE

/** A way through a browser that does this with the address, and lives on by itself. */
const by = (visit: (url: string) => Effect.Effect<unknown>) =>
  LoopbackRedirect.make({
    show: () => Effect.void,
    browser: (url) => Effect.as(Effect.forkDaemon(visit(url)), true)
  })

const olga = by((url) => CertifiedProvider.signIn(url, OLGA))

// The provider gives a refresh token only to whom the person consented.
const consenting = { ask: "consent" } as const

describe.each(Program.wires)("oidc-provider over the %s wire: authorization code", (wire) => {
  const programOf = (provider: CertifiedProvider.CertifiedProvider, issuer = provider.issuer) =>
    Effect.zipRight(Visitor.allowed, Program.make({ ...provider, issuer, clientid, resource, wire }))

  it.scopedLive("a person walks through the provider's pages: a token of theirs, which is renewed and revoked", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { issuer, session } = yield* programOf(provider)
      const token = yield* session.signIn(Credential.authorizationCode({ redirect: olga, ...consenting }))
      const claims = yield* provider.introspect(Redacted.value(token.accessToken))
      assert.deepInclude(claims, { sub: OLGA, aud: resource })
      const next = yield* session.renew(token)
      assert.strictEqual(next.generation, 2)
      assert.deepInclude(yield* session.signOut, { revocation: "Revoked" })
      assert.strictEqual((yield* Effect.flip(issuer.renew(next)))._tag, "SessionExpired")
      const { granted, refused } = yield* provider.counts
      assert.deepInclude(granted, { authorization_code: 1, refresh_token: 1 })
      assert.deepStrictEqual(refused, ["refresh_token: invalid_grant"])
    })
  )

  it.scopedLive("the person goes away by the provider's link: declined", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider)
      const redirect = by(CertifiedProvider.cancel)
      const error = yield* Effect.flip(session.signIn(Credential.authorizationCode({ redirect })))
      assert.strictEqual(Program.told(error), "CredentialRejected SignInDeclined")
    })
  )

  it.scopedLive("the provider names itself in the answer: with another name expected, its code is not redeemed", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider, "http://127.0.0.1:1")
      const error = yield* Effect.flip(session.signIn(Credential.authorizationCode({ redirect: olga })))
      assert.strictEqual(Program.told(error), "CredentialRejected CallbackMismatch")
      assert.isUndefined((yield* provider.counts).granted["authorization_code"])
    })
  )

  it.scopedLive("a code with the verifier of another sign-in: the provider gives nothing for it", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider)
      const swapped = Effect.map(olga, (way): AuthorizationCode.Redirect => ({
        ...way,
        visit: (request) =>
          Effect.gen(function* () {
            const callback = yield* way.visit(request)
            Object.defineProperty(request, "verifier", { value: Redacted.make("v".repeat(43)) })
            return callback
          })
      }))
      const error = yield* Effect.flip(session.signIn(Credential.authorizationCode({ redirect: swapped })))
      assert.strictEqual(Program.told(error), "CredentialRejected SignInUnknown")
      assert.deepStrictEqual((yield* provider.counts).refused, ["authorization_code: invalid_grant"])
    })
  )

  it.scopedLive("a code that is used again: the provider refuses it, and ends what it gave for it", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { issuer } = yield* programOf(provider)
      const kept: Array<readonly [AuthorizationCode.AuthorizationRequest, Redacted.Redacted<string>]> = []
      const keeping = Effect.map(olga, (way): AuthorizationCode.Redirect => ({
        ...way,
        visit: (request) => Effect.tap(way.visit(request), (callback) => void kept.push([request, callback]))
      }))
      const token = yield* issuer.grant(Credential.authorizationCode({ redirect: keeping, ...consenting }))
      const [request, callback] = yield* Effect.fromNullable(kept[0])
      // A thief has the address and, as no thief would, the verifier: another program, so nothing here remembers the code.
      const stolen = yield* Effect.flatMap(Schema.encode(Request)(request), Schema.decode(Request))
      const { redirectUri, responseMode } = request
      const redirect = { redirectUri, responseMode, visit: () => Effect.succeed(callback) }
      const error = yield* Effect.flip(issuer.grant(Credential.authorizationCode({ redirect, resume: stolen })))
      assert.strictEqual(Program.told(error), "CredentialRejected SignInUnknown")
      assert.isUndefined(yield* provider.introspect(Redacted.value(token.accessToken)))
    })
  )
})
