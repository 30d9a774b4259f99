/** Failures that a sign-in ends: no credential, a refused one, a person is needed, the end of a session. */
import * as Schema from "effect/Schema"
import { Diagnosis } from "../../Diagnosis.js"
import { Refusal, Rejection } from "../words/refusals.js"
import { messageOf, wordsOf } from "../words/words.js"

/**
 * There is no token, and no credential to get one with. A person must give one.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * // A person is asked only where there is no other way.
 * const token = Effect.flatMap(Session.Session, (session) =>
 *   Effect.catchTag(session.token, "CredentialRequired", () => session.signIn())
 * )
 */
export class CredentialRequired extends Schema.TaggedError<CredentialRequired>()("CredentialRequired", {
  /**
   * `WindowBlocked`: the browser did not let the page open a window for the sign-in. `Framed`: the page is in a frame, where the
   * sign-in could not come back.
   */
  reason: Schema.Literal("NotSignedIn", "SignedOut", "NotInteractive", "Cancelled", "WindowBlocked", "Framed"),
  /** What could not be had, and how to pass it instead; empty where `reason` says it all. */
  detail: Schema.String
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return false
  }
}

/**
 * The issuer looked at the credential and refused it. It is never sent again by itself: accounts lock.
 * `HTTP/1.1 401` from `POST /login`; `invalid_grant` and its kin from an authority (RFC 6749 5.2, RFC 8628 3.5).
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * const signIn = Effect.flatMap(Session.Session, (session) => session.signIn()).pipe(
 *   Effect.catchTag("CredentialRejected", ({ message, reason }) =>
 *     Effect.fail(reason === "AccountLocked" ? "wait, and do not try again" : message)
 *   )
 * )
 */
export class CredentialRejected extends Schema.TaggedError<CredentialRejected>()("CredentialRejected", {
  /**
   * `AlreadyRejected`: an identical credential was refused before, so this one was not tried. `SignIn…`: of a sign-in in the
   * browser. `CallbackMismatch`: what the browser came back with belongs to no sign-in of ours; nothing was sent.
   */
  reason: Rejection,
  server: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return false
  }
}

/**
 * The issuer requires a person before it renews: multi-factor sign-in, consent, or a new password. The session is kept as
 * it was, and its token is served for as long as it lives. `interaction_required` and its kin (RFC 6749 5.2 and Azure's),
 * also where a sign-in in the browser was answered so.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Credential, CredentialPrompt, Session } from "@mlserver-auth/core"
 *
 * const token = Effect.gen(function* () {
 *   const { device: prompt } = yield* CredentialPrompt.CredentialPrompt
 *   const session = yield* Session.Session
 *   return yield* Effect.catchTag(session.token, "InteractionRequired", ({ claims }) =>
 *     session.signIn(Credential.deviceCode({ prompt, claims }))
 *   )
 * })
 */
export class InteractionRequired extends Schema.TaggedError<InteractionRequired>()("InteractionRequired", {
  reason: Refusal,
  server: Schema.String,
  /** What the sign-in must satisfy (OpenID Connect Core 5.5): pass it on as `claims` of the credential. */
  claims: Schema.optional(Schema.String),
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return false
  }
}

/**
 * The session is over: the server refused its refresh token, or there is no refresh token. `HTTP/1.1 401` from `POST
 * /login/refreshToken`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * const token = Effect.flatMap(Session.Session, (session) =>
 *   Effect.catchTag(session.token, "SessionExpired", () => session.signIn())
 * )
 */
export class SessionExpired extends Schema.TaggedError<SessionExpired>()("SessionExpired", {
  /**
   * `Idle`, `ChainEnded`: the server refused after its documented time without use, or at its full age. `LostAnswer`: it renewed
   * before, and that answer was lost. `NotRenewable`: there is no refresh token. `Refused`: for another reason.
   */
  reason: Schema.Literal("Refused", "Idle", "ChainEnded", "LostAnswer", "NotRenewable"),
  server: Schema.String,
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return false
  }
}
