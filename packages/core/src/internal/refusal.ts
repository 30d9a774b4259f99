/** The kinds of refusal, and their words. */
import * as Schema from "effect/Schema"
import type { Diagnosis } from "../Diagnosis.js"

/** Advice that comes down to a sign-in ends with one of these. */
export const AGAIN = "Sign in again."
export const NEW_CODE = "Sign in again for a new code."
export const INTERACTIVELY = "Sign in with a device code or in the browser."

/** Whether advice ends with a sign-in the same way as before. */
export const isAgain = (fix: string): boolean => fix.endsWith(AGAIN) || fix.endsWith(NEW_CODE)

/** Whether advice ends with a sign-in that a password will not do for. */
export const isInteractive = (fix: string): boolean => fix.endsWith(INTERACTIVELY)

/**
 * Why an issuer lets a person not in, or not yet. Machine Learning Server says no more than `InvalidCredentials` and
 * `Forbidden`; Azure Active Directory tells the others apart. For words and remedies; no call is ever repeated or left
 * out because of one.
 */
export const Refusal = Schema.Literal(
  "InvalidCredentials",
  "MultiFactorRequired",
  "Federated",
  "Blocked",
  "AccountLocked",
  "AccountDisabled",
  "AccountUnknown",
  "PasswordExpired",
  "ConsentRequired",
  "NotAssigned",
  "Refused"
)
/** Why an issuer lets a person not in, or not yet. */
export type Refusal = typeof Refusal.Type

/** What happened and what to do, where an authority does not say it better. */
export const REFUSALS: { readonly [reason in Refusal]: readonly [says: string, fix: string] } = {
  InvalidCredentials: [
    "the user name or the password is wrong",
    "Check both (is it DOMAIN\\user or user@domain? is `admin` disabled because a directory is on?) and sign in once more."
  ],
  MultiFactorRequired: ["this account needs multi-factor sign-in", INTERACTIVELY],
  Federated: ["this account is federated: its password is checked elsewhere", INTERACTIVELY],
  Blocked: ["a policy of the tenant blocks this sign-in", "Ask the tenant's administrator which policy it was."],
  AccountLocked: ["this account is locked", "Wait before you try again; every try may lock it for longer."],
  AccountDisabled: ["this account is disabled", "Ask the tenant's administrator to enable it."],
  AccountUnknown: ["this account is not in this tenant", "Check the user name and the tenant."],
  PasswordExpired: ["the password has expired", "Change it in a browser, then sign in again."],
  ConsentRequired: [
    "nobody has consented that this application uses the resource",
    "Ask the tenant's administrator to consent, or consent while you sign in with a device code or in the browser."
  ],
  NotAssigned: ["this user is not assigned to the application", "Ask the tenant's administrator to assign you."],
  Refused: ["it was refused", "Try a device code or the browser, or ask the tenant's administrator."]
}

/** What is said of a failure. */
export interface Words {
  /** What happened, as half a sentence. */
  readonly says: string
  readonly fix: string
}

/** The words for a refusal: the authority's own case, else the general one. */
export const wordsOf = (reason: Refusal, diagnosis: Diagnosis | undefined): Words => {
  const [says, fix] = REFUSALS[reason]
  return { says: diagnosis?.says ?? says, fix: diagnosis?.fix ?? fix }
}

/** Why else a credential was refused. */
export const REJECTIONS = [
  "Forbidden",
  "NotSentAgain",
  "DeviceCodeDeclined",
  "DeviceCodeExpired",
  "DeviceCodeUnknown",
  "SignInDeclined",
  "SignInExpired",
  "SignInUnknown",
  "AnswerForeign"
] as const

const rejections = (server: string): { readonly [reason in (typeof REJECTIONS)[number]]: Words } => ({
  Forbidden: {
    says: `${server} knows this user but lets them do nothing`,
    fix: "Ask the administrator of the server for a role (Reader, Contributor or Owner)."
  },
  NotSentAgain: {
    says: `${server} refused this user name and password before; they were not sent again, because accounts lock`,
    fix: REFUSALS.InvalidCredentials[1]
  },
  DeviceCodeDeclined: { says: `The sign-in was declined at ${server}`, fix: NEW_CODE },
  DeviceCodeExpired: { says: `The code was not entered in time at ${server}`, fix: NEW_CODE },
  DeviceCodeUnknown: { says: `${server} does not know this device code (any more)`, fix: NEW_CODE },
  SignInDeclined: { says: `The sign-in was declined at ${server}`, fix: AGAIN },
  SignInExpired: { says: `The sign-in was not finished in time at ${server}`, fix: AGAIN },
  SignInUnknown: { says: `${server} does not know this sign-in (any more)`, fix: AGAIN },
  AnswerForeign: {
    says: `The browser came back with an answer that is none of ${server} to this sign-in`,
    fix: AGAIN
  }
})

/** The words for a refused credential. */
export const rejectionOf = (
  reason: Refusal | (typeof REJECTIONS)[number],
  server: string,
  diagnosis: Diagnosis | undefined
): Words => {
  if (!Schema.is(Refusal)(reason)) return rejections(server)[reason]
  const { fix, says } = wordsOf(reason, diagnosis)
  const plainly = reason === "InvalidCredentials" && diagnosis?.says === undefined
  return { says: `${server} refused this ${plainly ? "user name and password" : `sign-in: ${says}`}`, fix }
}
