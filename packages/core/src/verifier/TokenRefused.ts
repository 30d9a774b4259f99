/** The refusal of a token, and the answer that tells a client so. */
import * as Schema from "effect/Schema"

/**
 * The token is not accepted. `reason` says why. Never quotes it.
 *
 * @example
 * import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
 * import type { TokenVerifier } from "@mlserver-auth/core/verifier"
 *
 * // The 401 of a server of your own, which tells a client what to do.
 * const unauthorized = ({ challenge }: TokenVerifier.TokenRefused) =>
 *   HttpServerResponse.empty({ status: 401, headers: { "www-authenticate": challenge } })
 */
export class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", {
  /** `Missing`: there was no bearer token at all. */
  reason: Schema.Literal(
    "Missing",
    "Malformed",
    "AlgorithmNotAllowed",
    "UnknownKey",
    "SignatureInvalid",
    "Expired",
    "NotYetValid",
    "WrongAudience",
    "WrongIssuer",
    "ClaimMissing"
  )
}) {
  override get message(): string {
    return {
      Missing: "There is no bearer token",
      Malformed: "This is no signed JSON Web Token",
      AlgorithmNotAllowed: "It is signed with an algorithm that is not accepted here",
      UnknownKey: "It is signed with a key that is not known here",
      SignatureInvalid: "Its signature is wrong",
      Expired: "It has expired",
      NotYetValid: "It is not valid yet",
      WrongAudience: "It was meant for another audience",
      WrongIssuer: "It came from another issuer",
      ClaimMissing: "It does not say for whom, from whom or until when it is"
    }[this.reason]
  }
  get fix(): string {
    return "Sign in again, for this very application; and compare the clocks if it is said to be too old or too young."
  }
  get retryable(): boolean {
    return false
  }
  /** The `WWW-Authenticate` value of the 401 that tells a client so (RFC 6750 3). */
  get challenge(): string {
    return this.reason === "Missing" ? "Bearer" : 'Bearer error="invalid_token"'
  }
}
