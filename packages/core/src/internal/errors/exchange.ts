/** Failures of a call: to the API, or to an issuer that gave no usable answer. */
import * as Schema from "effect/Schema"
import { Diagnosis } from "../../Diagnosis.js"
import { messageOf, wordsOf } from "../words/words.js"

/**
 * Which operation at the issuer failed: a sign-in, a renewal, a revocation, or the fetch of keys for a verification.
 *
 * @example
 * import * as Schema from "effect/Schema"
 * import { AuthError } from "@mlserver-auth/core"
 *
 * // One row of a table of outages: what was tried, and at which server.
 * const Outage = Schema.Struct({ operation: AuthError.Operation, server: Schema.String, at: Schema.Number })
 */
export const Operation = Schema.Literal("sign-in", "renewal", "revocation", "verification")
/** The operation at the issuer that failed. */
export type Operation = typeof Operation.Type

/**
 * The server answered a call with 401, and the 401 policy did not try again. `HTTP/1.1 401` from any call but `/login`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const models = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
 *   Effect.catchTag("RequestUnauthorized", ({ challenge, fix }) =>
 *     Effect.fail(challenge === "insufficient_scope" ? "your account lacks the role for this" : fix)
 *   )
 * )
 */
export class RequestUnauthorized extends Schema.TaggedError<RequestUnauthorized>()("RequestUnauthorized", {
  /**
   * `NotReplayable`: the token was renewed, but the body of this request could be sent only once. `RenewedInVain`: a renewal
   * for this address did not help a moment ago, so none was made now.
   */
  reason: Schema.Literal("RejectedTwice", "NotReplayable", "RenewedInVain", "Refused"),
  method: Schema.String,
  /** Origin and path of the request, without its query. */
  url: Schema.String,
  /** The `error` code of the server's challenge (RFC 6750 3.1), or an empty string. */
  challenge: Schema.String
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return this.reason === "NotReplayable"
  }
}

/**
 * The library did not reach the issuer, or the issuer cannot answer now. The session is kept as it was.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * // Once more, after the time that the server asked for.
 * const token = Effect.flatMap(Session.Session, (session) =>
 *   Effect.catchTag(session.token, "ServerUnavailable", ({ retryAfter = 5000 }) =>
 *     Effect.delay(session.token, retryAfter)
 *   )
 * )
 */
export class ServerUnavailable extends Schema.TaggedError<ServerUnavailable>()("ServerUnavailable", {
  operation: Operation,
  server: Schema.String,
  reason: Schema.Literal("Transport", "Timeout", "Status"),
  /** The answer's HTTP status, where there was one. */
  status: Schema.optional(Schema.Number),
  /** The transport's code, where it named one: `ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`, … */
  code: Schema.optional(Schema.String),
  /** How long the server asked to be left alone, in milliseconds (RFC 9110 10.2.3). */
  retryAfter: Schema.optional(Schema.Number),
  diagnosis: Schema.optional(Diagnosis)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return true
  }
}

/**
 * A renewal was sent, and no usable answer came: it was lost, or a gateway answered 5xx while the server behind it
 * continued. The server may have replaced the tokens already. The old pair is kept, since only the server's refusal is
 * proof; the next call finds out.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * // The next call finds out whether the renewal was carried out.
 * const token = Effect.flatMap(Session.Session, (session) =>
 *   Effect.retry(session.token, { times: 1, while: ({ _tag }) => _tag === "RenewalUncertain" })
 * )
 */
export class RenewalUncertain extends Schema.TaggedError<RenewalUncertain>()("RenewalUncertain", {
  server: Schema.String,
  reason: Schema.Literal("Transport", "Timeout", "Status", "InvalidResponse", "Interrupted"),
  status: Schema.optional(Schema.Number),
  code: Schema.optional(Schema.String),
  /** How long the answer asked to be left alone, in milliseconds (RFC 9110 10.2.3). */
  retryAfter: Schema.optional(Schema.Number)
}) {
  override get message(): string {
    return messageOf(this)
  }
  get fix(): string {
    return wordsOf(this).fix
  }
  get retryable(): boolean {
    return true
  }
}

/**
 * The answer does not come from a Machine Learning Server or an authority: HTML, a redirect, missing fields, impossible values, or
 * too large. Mostly the address is that of something else, such as a proxy or a portal.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * const token = Effect.flatMap(Session.Session, (session) => session.token).pipe(
 *   Effect.tapErrorTag("InvalidResponse", ({ problem, server, status }) =>
 *     Effect.logError(`is ${server} a Machine Learning Server? It answered ${status}: ${problem}`)
 *   )
 * )
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>()("InvalidResponse", {
  operation: Operation,
  server: Schema.String,
  status: Schema.Number,
  /** What was wrong; names fields, never their values. */
  problem: Schema.String,
  /** Who should have answered. Default: Machine Learning Server. */
  from: Schema.optional(Schema.Literal("authority")),
  /** Absent for everything else. */
  reason: Schema.optional(Schema.Literal("ClientCertificateWanted"))
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
