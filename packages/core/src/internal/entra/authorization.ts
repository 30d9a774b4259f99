/** What Azure says of a sign-in in the browser: in the address that the person comes back to. */
import * as AuthError from "../../AuthError.js"
import { type Authority, preferredHost } from "../../Authority.js"
import type { Parameters } from "../../AuthorizationCode.js"
import * as EntraAnswer from "./answer.js"
import type { Answer } from "../issuer/exchange.js"

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Whether an answer names the authority that was asked (RFC 9207 2.4). Where the application says what that must be, it
 * is compared letter by letter and must be there. Azure promises none, and its name for a tenant is a GUID that may not
 * be known here: what is named must then be of this cloud, and this tenant if that is known by its GUID.
 */
export const isIssuer =
  (authority: Authority, expected: string | undefined) =>
  (iss: string | undefined): boolean => {
    if (expected !== undefined) return iss === expected
    if (iss === undefined) return true
    const url = URL.canParse(iss) ? new URL(iss) : undefined
    if (url === undefined || `${url.protocol}//${preferredHost(url.host)}` !== authority.network) return false
    return !GUID.test(authority.tenant) || url.pathname.split("/")[1]?.toLowerCase() === authority.tenant
  }

/** For errors that a redirect cannot carry a status for (RFC 6749 4.1.2.1). */
const STATUS: ReadonlyMap<string, number> = new Map([
  ["server_error", 500],
  ["temporarily_unavailable", 503]
])

/** Answers to a request without a prompt; here they mean that the person must do more. */
const NEEDS_MORE = new Set(["interaction_required", "login_required", "consent_required", "account_selection_required"])

/**
 * Why there is no code. The description is looked at for its numbers and ids alone, which Azure puts nowhere else here,
 * and they only choose words.
 */
export const refused =
  (server: string) =>
  (parameters: Parameters): AuthError.AuthError => {
    const error = parameters.get("error") ?? ""
    const answer = asAnswer(error, parameters)
    const otherwise = error === "access_denied" ? "SignInDeclined" : "Refused"
    const refusal = EntraAnswer.refusal(answer)
    if (refusal?.suberror === "cancel") {
      // Azure's number for it says that they did not consent, which is only one of the places to cancel at.
      return new AuthError.CredentialRejected({ reason: "SignInDeclined", server, diagnosis: refusal.diagnosis })
    }
    if (refusal === undefined || !NEEDS_MORE.has(error)) return EntraAnswer.signInError(server, answer, otherwise)
    const { claims, diagnosis } = refusal
    const reason = EntraAnswer.reasonOf(refusal, "MultiFactorRequired")
    return new AuthError.InteractionRequired({ reason, server, diagnosis, ...(claims === undefined ? {} : { claims }) })
  }

/** The answer as the token endpoint would give it. */
const asAnswer = (error: string, parameters: Parameters): Answer => {
  const description = parameters.get("error_description") ?? ""
  const found = (pattern: RegExp) => pattern.exec(description)?.[1]
  const code = found(/^AADSTS(\d{4,9})\b/)
  const body = {
    error,
    suberror: parameters.get("error_subcode"),
    error_codes: code === undefined ? [] : [code],
    claims: parameters.get("claims"),
    trace_id: found(/\bTrace ID: ([0-9a-f-]{36})/i),
    correlation_id: found(/\bCorrelation ID: ([0-9a-f-]{36})/i),
    timestamp: found(/\bTimestamp: ([\d-]{10}[ T][\d:]{8}Z)/)
  }
  return {
    status: STATUS.get(error) ?? 400,
    headers: {},
    body: JSON.stringify(body),
    receivedAt: 0,
    clockDifference: undefined
  }
}
