/**
 * What the authority refuses with: the codes, the `error` and `suberror` that go with them, and the body that carries
 * them.
 */
import * as Reply from "../http/Reply.js"

/** A refusal, before it is given its identifiers and its moment. */
export interface Failure {
  /** The number after `AADSTS`. */
  readonly code: number
  readonly error: string
  readonly suberror?: string
  /** A JSON text that must be sent along with the sign-in that follows. */
  readonly claims?: string
  /** Default: 400. */
  readonly status?: number
  readonly text: string
}

/** A refusal by its number, its words of the protocol, and its text. */
export const failure =
  (code: number, error: string, more: Pick<Failure, "suberror" | "status"> = {}) =>
  (text: string): Failure => ({ code, error, text, ...more })

export const unknownUser = (username: string, tenant: string): Failure =>
  failure(50034, "invalid_grant")(`The user account ${username} does not exist in the ${tenant} directory.`)

export const locked = failure(
  50053,
  "invalid_grant"
)("The account is locked: too many sign-ins were tried with an incorrect user ID or password.")

export const passwordExpired = failure(50055, "invalid_grant", { suberror: "user_password_expired" })(
  "The password is expired."
)

export const disabled = failure(50057, "invalid_grant")("The user account is disabled.")

const SECOND_FACTOR =
  "Due to a configuration change made by your administrator, or because you moved to a new location, you must use " +
  "multi-factor authentication to access the resource."

/** v2 calls it an invalid grant that simple interaction overcomes. */
export const secondFactor = (wire: "v1" | "v2"): Failure =>
  wire === "v1"
    ? failure(50076, "interaction_required")(SECOND_FACTOR)
    : failure(50076, "invalid_grant", { suberror: "basic_action" })(SECOND_FACTOR)

/** A claims challenge that only a person can meet. */
export const interactionRequired = (claims: string): Failure => ({
  ...failure(50076, "interaction_required", { suberror: "basic_action" })(SECOND_FACTOR),
  claims
})

export const notAssigned = (username: string, client: string): Failure =>
  failure(
    50105,
    "invalid_grant"
  )(`Your administrator has blocked ${client} for ${username}, who is not a direct member of a group with access.`)

export const wrongPassword = failure(
  50126,
  "invalid_grant"
)("Error validating credentials due to invalid username or password.")

export const conditionalAccess = failure(
  53003,
  "access_denied"
)("Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.")

export const noConsent = (client: string): Failure =>
  failure(65001, "invalid_grant", { suberror: "consent_required" })(
    `The user or administrator has not consented to use the application with ID '${client}'. Send an interactive authorization request for this user and resource.`
  )

export const refreshRevoked = failure(50173, "invalid_grant", { suberror: "bad_token" })(
  "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password."
)

export const signInOver = failure(70043, "invalid_grant", { suberror: "token_expired" })(
  "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access."
)

export const refreshExpired = failure(700082, "invalid_grant", { suberror: "bad_token" })(
  "The refresh token has expired due to inactivity."
)

export const refreshUnknown = failure(70000, "invalid_grant", { suberror: "bad_token" })(
  "The provided value for the input parameter 'refresh_token' is not valid."
)

export const pending = failure(
  70016,
  "authorization_pending"
)("OAuth 2.0 device flow error. Authorization is pending. Continue polling.")

export const slowDown = failure(70016, "slow_down")("OAuth 2.0 device flow error. Polling is too frequent.")

export const declined = failure(
  70018,
  "authorization_declined"
)("OAuth 2.0 device flow error. The user declined the authorization.")

export const codeExpired = failure(
  70020,
  "expired_token"
)("The provided value for the input parameter 'device_code' is not valid. Device code has expired.")

export const codeUnknown = failure(
  70018,
  "bad_verification_code"
)("Invalid verification code. The device code is unknown.")

export const codeRedeemed = failure(54005, "invalid_grant")("OAuth2 Authorization code was already redeemed.")

export const unknownClient = (client: string, tenant: string): Failure =>
  failure(
    700016,
    "unauthorized_client"
  )(`Application with identifier '${client}' was not found in the directory '${tenant}'.`)

export const secretRequired = failure(7000218, "invalid_client", { status: 401 })(
  "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
)

export const secretSent = failure(700025, "invalid_client", { status: 401 })(
  "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
)

export const unknownResource = (resource: string, tenant: string): Failure =>
  failure(
    500011,
    "invalid_resource"
  )(`The resource principal named ${resource} was not found in the tenant named ${tenant}.`)

export const invalidScope = (scope: string): Failure =>
  failure(70011, "invalid_scope")(`The provided value for the input parameter 'scope' is not valid: '${scope}'.`)

export const unknownTenant = (tenant: string): Failure =>
  failure(90002, "invalid_request")(`Tenant '${tenant}' not found. Check that the tenant ID and the cloud are right.`)

export const notForConsumers = failure(
  9002332,
  "invalid_request"
)("The application is configured for use by Azure Active Directory users only. Do not use the /consumers endpoint.")

export const notOverCommon = failure(
  9001023,
  "invalid_request"
)("The grant type is not supported over the /common or /consumers endpoints. Use /organizations or a tenant.")

export const missing = (parameter: string): Failure =>
  failure(900144, "invalid_request")(`The request body must contain the following parameter: '${parameter}'.`)

export const malformed = failure(9002313, "invalid_request")("Invalid request. Request is malformed or invalid.")

export const resourceOnV2 = failure(901002, "invalid_request")("The 'resource' request parameter is not supported.")

export const unsupportedGrant = (grant: string): Failure =>
  failure(70003, "unsupported_grant_type")(`The app requested an unsupported grant type '${grant}'.`)

export const crossOrigin = failure(
  9002326,
  "invalid_request"
)("Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.")

export const fixedLifeOver = failure(700084, "invalid_grant", { suberror: "bad_token" })(
  "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime, which can't be extended. It is now expired."
)

export const onlyPost = (method: string): Failure =>
  failure(900561, "invalid_request")(`The endpoint only accepts POST requests. Received a ${method} request.`)

/** What a planned failure looks like at an authority. */
export const planned = (status: number): Failure =>
  status === 429 || status >= 500
    ? { code: 90033, error: "temporarily_unavailable", text: "A transient error has occurred.", status }
    : { code: 9002313, error: "invalid_request", text: `The authority was told to answer ${status}.`, status }

/** The request's own identifier, the moment, and where the authority is. */
export interface Circumstances {
  readonly correlationId: string
  readonly now: number
  readonly origin: string
}

/** `2026-11-22 12:00:03Z`: with a blank where ISO 8601 has a `T`. */
export const timestamp = (now: number): string => new Date(now).toISOString().replace("T", " ").replace(/\.\d+/, "")

/** `error_description`, in lines as the real one's. */
export const description = (
  failure: Failure,
  { correlationId, now, trace = crypto.randomUUID() }: Pick<Circumstances, "correlationId" | "now"> & { trace?: string }
): string =>
  [
    `AADSTS${failure.code}: ${failure.text}`,
    `Trace ID: ${trace}`,
    `Correlation ID: ${correlationId}`,
    `Timestamp: ${timestamp(now)}`
  ].join("\r\n")

/** The body of a refusal. */
export const answer = (failure: Failure, { correlationId, now, origin }: Circumstances) => {
  const [trace_id, moment] = [crypto.randomUUID(), timestamp(now)]
  return Reply.json(
    failure.status ?? 400,
    {
      error: failure.error,
      error_description: description(failure, { correlationId, now, trace: trace_id }),
      error_codes: [failure.code],
      timestamp: moment,
      trace_id,
      correlation_id: correlationId,
      error_uri: `${origin}/error?code=${failure.code}`,
      ...(failure.suberror === undefined ? {} : { suberror: failure.suberror }),
      ...(failure.claims === undefined ? {} : { claims: failure.claims })
    },
    { "cache-control": "no-store, no-cache", pragma: "no-cache", "x-ms-request-id": trace_id }
  )
}
