import * as Credential from "@mlserver-auth/core/Credential"
import type * as DeviceAuthorization from "@mlserver-auth/core/DeviceAuthorization"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as CertifiedProvider from "./counterparts/CertifiedProvider.js"
import * as Program from "./counterparts/Program.js"

const ADA = "ada@contoso.test"
const OLGA = "olga@contoso.test"

const clientid = CertifiedProvider.CLIENT
const resource = CertifiedProvider.RESOURCE

const credentialOf = (user: string) => Program.password(user, CertifiedProvider.users.get(user) ?? "")

const approvedBy = (user: string) => (shown: DeviceAuthorization.DeviceAuthorization) =>
  CertifiedProvider.approve(shown.verificationUri, shown.userCode, user)

const declined = (shown: DeviceAuthorization.DeviceAuthorization) =>
  CertifiedProvider.decline(shown.verificationUri, shown.userCode)

describe.concurrent.each(Program.wires)("oidc-provider over the %s wire: device code", (wire) => {
  const programOf = (provider: CertifiedProvider.CertifiedProvider) =>
    Program.make({ ...provider, clientid, resource, wire })

  it.scopedLive("pending until a person walks through the provider's pages, then a token of that person", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ interval: 1 })
      const { session } = yield* programOf(provider)
      const { names, prompt } = Program.watched(Program.onceOn("Pending", 2, approvedBy(OLGA)))
      const token = yield* session.signIn(Credential.deviceCode({ prompt }))
      assert.deepStrictEqual(names(), ["Issued", "Pending", "Pending", "Approved"])
      const claims = yield* provider.introspect(Redacted.value(token.accessToken))
      assert.deepInclude(claims, { sub: OLGA, aud: resource })
      assert.deepInclude(yield* session.peek, { _tag: "SignedIn", renewable: true, generation: 1 })
      const { granted, refused } = yield* provider.counts
      assert.deepStrictEqual(refused, [`${CertifiedProvider.DEVICE_GRANT}: authorization_pending`])
      assert.strictEqual(granted[CertifiedProvider.DEVICE_GRANT], 1)
    })
  )

  it.scopedLive("declined: a typed end, and not one more poll", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ interval: 1 })
      const { session } = yield* programOf(provider)
      const { prompt } = Program.watched(Program.onceOn("Issued", 1, declined))
      const error = yield* Effect.flip(session.signIn(Credential.deviceCode({ prompt })))
      assert.strictEqual(Program.told(error), "CredentialRejected DeviceCodeDeclined")
      assert.deepStrictEqual((yield* provider.counts).refused, [`${CertifiedProvider.DEVICE_GRANT}: access_denied`])
      assert.strictEqual((yield* session.peek)._tag, "SignedOut")
    })
  )

  it.scopedLive("nobody came before the first poll was due: expired by our own count of its life", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ deviceCodeLife: 2 })
      const { session } = yield* programOf(provider)
      const { names, prompt } = Program.watched()
      const error = yield* Effect.flip(session.signIn(Credential.deviceCode({ prompt })))
      assert.strictEqual(Program.told(error), "CredentialRejected DeviceCodeExpired")
      assert.deepStrictEqual([names().at(0), names().at(-1)], ["Issued", "Expired"])
      assert.deepStrictEqual((yield* provider.counts).refused, [])
    })
  )

  it.scopedLive("an expired code is followed by another, if that was asked for, and that one works", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ interval: 1, deviceCodeLife: [1, 600] })
      const { session } = yield* programOf(provider)
      const { events, prompt } = Program.watched(Program.onceOn("Reissued", 1, approvedBy(ADA)))
      const token = yield* session.signIn(Credential.deviceCode({ prompt, newCodes: 1 }))
      assert.deepInclude(yield* provider.introspect(Redacted.value(token.accessToken)), { sub: ADA })
      const codes = events.flatMap((event) =>
        event._tag === "Issued" || event._tag === "Reissued" ? [event.authorization.userCode] : []
      )
      assert.strictEqual(new Set(codes).size, 2)
    })
  )

  it.scopedLive("expired by the provider's count: its word ends the flow, though we believed it alive", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ deviceCodeLife: 1 })
      const { session } = yield* programOf(provider)
      const resume = yield* Program.codeOfAnother({ ...provider, clientid, resource }, { interval: 1, expires_in: 900 })
      const { prompt } = Program.watched()
      const error = yield* Effect.flip(session.signIn(Credential.deviceCode({ prompt, resume })))
      assert.strictEqual(Program.told(error), "CredentialRejected DeviceCodeExpired")
      assert.strictEqual((yield* provider.counts).refused.at(-1), `${CertifiedProvider.DEVICE_GRANT}: expired_token`)
    })
  )

  it.scopedLive("a code the provider does not know: a typed end, with the provider's word for it", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider)
      const resume = yield* Program.codeOfAnother(
        { ...provider, clientid, resource },
        { interval: 1, expires_in: 900, device_code: "never-issued" }
      )
      const { prompt } = Program.watched()
      const error = yield* Effect.flip(session.signIn(Credential.deviceCode({ prompt, resume })))
      assert.strictEqual(Program.told(error), "CredentialRejected DeviceCodeUnknown")
      assert.strictEqual("diagnosis" in error ? error.diagnosis?.error : "", "invalid_grant")
    })
  )

  it.scopedLive("no interval in the answer: five seconds; and leaving in the middle of them is quick", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider)
      const waiting = yield* Deferred.make<number>()
      const { prompt } = Program.watched((event) =>
        event._tag === "Pending" ? Deferred.succeed(waiting, event.interval) : Effect.void
      )
      const signIn = yield* Effect.fork(session.signIn(Credential.deviceCode({ prompt })))
      assert.strictEqual(yield* Deferred.await(waiting), 5000)
      const [took] = yield* Effect.timed(Fiber.interrupt(signIn))
      assert.isBelow(Duration.toMillis(took), 1000)
      assert.strictEqual((yield* session.peek)._tag, "SignedOut")
    })
  )
})

describe.concurrent.each(Program.wires)("oidc-provider over the %s wire: password", (wire) => {
  const programOf = (provider: CertifiedProvider.CertifiedProvider) =>
    Program.make({ ...provider, clientid, resource, wire })

  it.scopedLive("the right one: a token of that user for that resource, which lives as long as the provider said", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make({ accessTokenLife: 1234 })
      const { session } = yield* programOf(provider)
      const token = yield* session.signIn(credentialOf(ADA))
      assert.deepInclude(yield* provider.introspect(Redacted.value(token.accessToken)), { sub: ADA, aud: resource })
      assert.strictEqual((token.expiresAt ?? 0) - token.obtainedAt, 1_234_000)
    })
  )

  it.scopedLive("a wrong one: typed, and sent once", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { session } = yield* programOf(provider)
      const error = yield* Effect.flip(session.signIn(Program.password(ADA, "ada-byron-1815")))
      assert.strictEqual(Program.told(error), "CredentialRejected InvalidCredentials")
      assert.deepStrictEqual((yield* provider.counts).refused, ["password: invalid_grant"])
    })
  )

  it.scopedLive("signed out: the provider has forgotten the whole family", () =>
    Effect.gen(function* () {
      const provider = yield* CertifiedProvider.make()
      const { issuer, session } = yield* programOf(provider)
      const token = yield* session.signIn(credentialOf(ADA))
      assert.deepInclude(yield* session.signOut, { wasSignedIn: true, revocation: "Revoked" })
      assert.isUndefined(yield* provider.introspect(Redacted.value(token.accessToken)))
      assert.strictEqual((yield* Effect.flip(issuer.renew(token)))._tag, "SessionExpired")
      // RFC 7009 2.2: revoking what is not known any more is no error.
      yield* issuer.revoke(token)
    })
  )
})
