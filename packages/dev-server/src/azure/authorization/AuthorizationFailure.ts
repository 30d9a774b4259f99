/**
 * What a sign-in in the browser is refused with, on its page, on the way back, or when its code is redeemed.
 */
import { failure, type Failure } from "../Failure.js"

export const onlyCrossOrigin = failure(
  9002327,
  "invalid_request"
)("Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.")

export const otherRedirect = (redirectUri: string): Failure =>
  failure(
    50011,
    "invalid_request"
  )(
    `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application.`
  )

export const redirectOfAnother = failure(
  500112,
  "invalid_grant"
)("The reply address does not match the reply address provided when requesting the authorization code.")

export const cancelled = failure(65004, "access_denied", { suberror: "cancel" })(
  "The resource owner or authorization server denied the request: the user declined to consent."
)

export const unsupportedResponse = (type: string): Failure =>
  failure(700054, "unsupported_response_type")(`response_type '${type}' is not enabled for the application.`)

export const badChallenge = failure(50147, "invalid_request")("Invalid size or kind of Code_Challenge parameter.")

export const challengeMissing = failure(
  9002325,
  "invalid_request"
)("Proof Key for Code Exchange is required for cross-origin authorization code redemption.")

export const verifierMissing = failure(501471, "invalid_grant")("The Code_Verifier is missing.")

export const verifierWrong = failure(
  501481,
  "invalid_grant"
)("The Code_Verifier does not match the code_challenge supplied in the authorization request.")

export const authorizationUnknown = failure(
  9002313,
  "invalid_grant"
)("The provided value for the input parameter 'code' is malformed or unknown.")

export const authorizationExpired = failure(
  70008,
  "invalid_grant"
)("The provided authorization code has expired due to inactivity. Send a new interactive authorization request.")
