/** Error answers of an authority: what they hold, and which error they are. Decided by `error`, `suberror` and status. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as AuthError from "../../AuthError.js"
import type { Diagnosis } from "../../Diagnosis.js"
import * as EntraAdvice from "../../EntraAdvice.js"
import type { Verdict } from "../issuer/deviceFlow.js"
import { type Answer, isSuccess, retryAfter } from "../issuer/exchange.js"
import * as IssuerError from "../issuer/issuerError.js"
import { oddity, parse } from "../issuer/tokenAnswer.js"

/** The error of an answer, without its description. */
export interface Refusal {
  readonly error: string
  readonly suberror: string | undefined
  /** Numbers, for words only. */
  readonly codes: ReadonlyArray<number>
  readonly claims: string | undefined
  readonly diagnosis: Diagnosis
  readonly advice: EntraAdvice.Advice | undefined
}

const Digits = Schema.compose(Schema.String.pipe(Schema.pattern(/^\d{1,9}$/)), Schema.NumberFromString)

const Body = Schema.Struct({ error: Schema.String })
const Codes = Schema.Array(Schema.Union(Schema.Int, Digits)).pipe(Schema.maxItems(16))
const decodeBody = Schema.decodeUnknownEither(Body)
const decodeCodes = Schema.decodeUnknownOption(Codes)

/** Words of the protocol, ids and times only: anything else in these places may be a user's data. */
const WORD = /^[A-Za-z0-9_.-]{1,64}$/
const TIME = /^\d{4}-\d\d-\d\d[ T][\d:.]{5,15}Z$/

const member = (json: object, name: string, form: RegExp): string | undefined => {
  const value = (json as Record<string, unknown>)[name]
  return typeof value === "string" && form.test(value) ? value : undefined
}

/** The refusal that an answer holds, whatever its status: some servers say it with 200. */
export const refusal = (answer: Answer): Refusal | undefined => {
  const json = parse(answer.body)
  const decoded = decodeBody(json)
  if (Either.isLeft(decoded) || typeof json !== "object" || json === null) return undefined
  const error = WORD.test(decoded.right.error) ? decoded.right.error : "unreadable"
  const found = decodeCodes((json as Record<string, unknown>)["error_codes"])
  const codes = found._tag === "Some" ? found.value : []
  const suberror = member(json, "suberror", WORD)
  const advice = EntraAdvice.lookup(codes)
  const words = advice ?? WORDS.get(suberror ?? error)
  const known = {
    suberror,
    says: words?.says,
    fix: words?.fix === "" ? undefined : words?.fix,
    remedy: advice?.remedy,
    correlationId: member(json, "correlation_id", WORD),
    traceId: member(json, "trace_id", WORD),
    timestamp: member(json, "timestamp", TIME)
  }
  const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
  return { error, suberror, codes, advice, diagnosis: { error, codes, ...given }, claims: claimsIn(json) }
}

/** What is said of an authority's own words that come without a number. */
const WORDS: ReadonlyMap<string, Pick<EntraAdvice.Advice, "says" | "fix">> = new Map([
  [
    "consent_required",
    {
      says: "the use of the resource by this application has not been consented to",
      fix: "Ask the tenant's administrator to consent, or consent while you sign in with a device code or in the browser."
    }
  ],
  ["user_password_expired", { says: "the password has expired", fix: "Change it in a browser, then sign in again." }]
])

/** A JSON object in a string; kept as it is, since it is sent back as it is. */
const claimsIn = (json: object): string | undefined => {
  const claims = member(json, "claims", /^[ -~]{2,8192}$/)
  const request = claims === undefined ? undefined : parse(claims)
  return typeof request === "object" && request !== null && !Array.isArray(request) ? claims : undefined
}

/** A person could satisfy these (Azure's own division). */
const NEEDS_PERSON = new Set(["interaction_required", "consent_required", "login_required", "access_denied"])
const NEEDS_PERSON_TOO = new Set([
  "basic_action",
  "additional_action",
  "message_only",
  "consent_required",
  "user_password_expired"
])
/** Only other settings satisfy these (RFC 6749 5.2, RFC 8707 2, Azure). */
const SETTINGS: ReadonlyMap<string, string> = new Map([
  ["invalid_client", "clientid"],
  ["unauthorized_client", "clientid"],
  ["unsupported_grant_type", "clientid"],
  ["invalid_resource", "resource"],
  ["invalid_target", "resource"],
  ["invalid_scope", "resource"],
  ["invalid_request", "authuri"],
  ["invalid_tenant", "tenant"],
  ["invalid_instance", "authuri"]
])
const NOT_NOW = new Set(["temporarily_unavailable", "server_error", "service_unavailable"])

/** What an answer that brings no token means. */
export type Meaning = "NotNow" | "NeedsPerson" | "Settings" | "Refused" | "Unreadable"

/** Which of them it is; an answer without a readable error is judged by its status alone. */
export const meaning = (answer: Answer, refused: Refusal | undefined): Meaning => {
  const { status } = answer
  if (IssuerError.isNotNow(status)) return "NotNow"
  if (refused === undefined) {
    // Some servers refuse without a word (glewlwyd: 403, no body); a page comes from a proxy in between.
    return (status === 401 || status === 403) && answer.body.trim() === "" ? "Refused" : "Unreadable"
  }
  if (NOT_NOW.has(refused.error)) return "NotNow"
  if (SETTINGS.has(refused.error)) return "Settings"
  const person = NEEDS_PERSON.has(refused.error) || NEEDS_PERSON_TOO.has(refused.suberror ?? "")
  return person ? "NeedsPerson" : "Refused"
}

/** By an authority's own words: a Map, which knows no other than these (an object knows `constructor` too). */
const REASONS: ReadonlyMap<string, AuthError.Refusal> = new Map([
  ["consent_required", "ConsentRequired"],
  ["user_password_expired", "PasswordExpired"],
  ["basic_action", "MultiFactorRequired"]
])

/** The reason of a refusal, for words: the table's, else what the suberror says. */
export const reasonOf = <Otherwise extends string>(
  refused: Refusal | undefined,
  otherwise: Otherwise
): AuthError.Refusal | Otherwise => {
  if (refused?.advice !== undefined && refused.advice.setting === undefined) return refused.advice.reason
  return REASONS.get(refused?.suberror ?? refused?.error ?? "") ?? otherwise
}

/** The failures of an authority. */
export const failing = (server: string): IssuerError.IssuerError => IssuerError.make(server, "authority")

/** The errors that mean the same for every operation. */
export const common = (
  operation: AuthError.Operation,
  server: string,
  answer: Answer,
  refused: Refusal | undefined,
  is: "NotNow" | "Settings" | "Unreadable",
  problem: string
): AuthError.AuthError => {
  switch (is) {
    case "NotNow":
      return failing(server).notNow(operation, answer, refused?.diagnosis)
    case "Settings":
      return new AuthError.ConfigurationInvalid({
        setting: refused?.advice?.setting ?? SETTINGS.get(refused?.error ?? "") ?? "authuri",
        problem: `${server} refuses it: ${refused?.advice?.says ?? refused?.error ?? "no reason given"}`,
        fix: refused?.advice?.fix ?? "Check `authuri`, `tenant`, `clientid` and `resource`.",
        ...diagnosed(refused)
      })
    case "Unreadable":
      return failing(server).invalid(operation, answer, problem)
  }
}

const diagnosed = (refused: Refusal | undefined) => (refused === undefined ? {} : { diagnosis: refused.diagnosis })

/** Why an answer to a sign-in brought no token. */
export const signInError = (
  server: string,
  answer: Answer,
  otherwise: AuthError.CredentialRejected["reason"]
): AuthError.AuthError => {
  const refused = refusal(answer)
  const is = meaning(answer, refused)
  if (is !== "NeedsPerson" && is !== "Refused") return common("sign-in", server, answer, refused, is, oddity(answer))
  return new AuthError.CredentialRejected({ reason: reasonOf(refused, otherwise), server, ...diagnosed(refused) })
}

/** The words that end a session; anything else might be about this one call. */
const isProof = ({ error, suberror }: Refusal): boolean =>
  ["bad_token", "token_expired"].includes(suberror ?? error) || error === "invalid_grant"

/** Why an answer to a renewal brought no token. Only proof ends the session. */
export const renewalError = (server: string, answer: Answer): AuthError.AuthError => {
  const refused = refusal(answer)
  const is = meaning(answer, refused)
  if (is !== "NeedsPerson" && is !== "Refused") return common("renewal", server, answer, refused, is, oddity(answer))
  if (refused === undefined) return common("renewal", server, answer, refused, "Unreadable", "it gave no reason")
  const { claims, diagnosis, suberror } = refused
  const dead = suberror === "bad_token" || suberror === "token_expired"
  if (is === "NeedsPerson" && !dead) {
    const reason = reasonOf(refused, "MultiFactorRequired")
    return new AuthError.InteractionRequired({ reason, server, diagnosis, ...(claims === undefined ? {} : { claims }) })
  }
  return isProof(refused)
    ? new AuthError.SessionExpired({ reason: "Refused", server, diagnosis })
    : common("renewal", server, answer, refused, "Unreadable", `its error ${refused.error} is none of a renewal's`)
}

/** What an answer to a poll means (RFC 8628 3.5), in the words of v1, v2 and the standard. */
export const pollVerdict = (server: string, answer: Answer): Verdict => {
  const refused = refusal(answer)
  if (refused === undefined && isSuccess(answer) && parse(answer.body) instanceof Object) {
    return { _tag: "Granted", answer }
  }
  const rejected = (reason: AuthError.CredentialRejected["reason"]) =>
    new AuthError.CredentialRejected({ reason, server, ...diagnosed(refused) })
  switch (refused?.error) {
    case "authorization_pending":
      return { _tag: "Pending" }
    case "slow_down":
      return { _tag: "SlowDown" }
    case "expired_token":
    case "code_expired":
      return { _tag: "Expired", error: rejected("DeviceCodeExpired") }
    case "authorization_declined":
      return { _tag: "Failed", error: rejected("DeviceCodeDeclined") }
    case "access_denied":
      // The person's no (RFC 8628 3.5); Azure says it of a policy's no too, which its number tells apart in words.
      return { _tag: "Failed", error: rejected(refused.advice?.reason ?? "DeviceCodeDeclined") }
    // The standard's word for a code that is unknown or used up; Azure says it of a refused sign-in too.
    case "invalid_grant":
      if (meaning(answer, refused) !== "Refused") break
      return { _tag: "Failed", error: rejected(reasonOf(refused, "DeviceCodeUnknown")) }
    case "bad_verification_code":
      return { _tag: "Failed", error: rejected("DeviceCodeUnknown") }
  }
  const is = meaning(answer, refused)
  // A page, or a redirect to one, comes from a proxy in between: the code outlives it.
  const page = is === "Unreadable" && (answer.status < 400 || answer.body.trimStart().startsWith("<"))
  return is === "NotNow" || page
    ? {
        _tag: "NotNow",
        reason: is === "NotNow" ? "Status" : "Unreadable",
        status: answer.status,
        retryAfter: retryAfter(answer)
      }
    : { _tag: "Failed", error: signInError(server, answer, "Refused") }
}
