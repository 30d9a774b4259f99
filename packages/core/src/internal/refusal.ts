/** The kinds of refusal, and their words. */
import * as Schema from "effect/Schema"
import type { Diagnosis } from "../Diagnosis.js"

const DEVICE_CODE = "Sign in with a device code: `mls login --method aad-device`, or Credential.deviceCode in code."

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
  MultiFactorRequired: ["this account needs multi-factor sign-in", DEVICE_CODE],
  Federated: ["this account is federated: its password is checked elsewhere", DEVICE_CODE],
  Blocked: ["a policy of the tenant blocks this sign-in", "Ask the tenant's administrator which policy it was."],
  AccountLocked: ["this account is locked", "Wait before you try again; every try may lock it for longer."],
  AccountDisabled: ["this account is disabled", "Ask the tenant's administrator to enable it."],
  AccountUnknown: ["this account is not in this tenant", "Check the user name and the tenant."],
  PasswordExpired: ["the password has expired", "Change it in a browser, then sign in again."],
  ConsentRequired: [
    "nobody has consented that this application uses the resource",
    "Ask the tenant's administrator to consent, or sign in with a device code and consent there."
  ],
  NotAssigned: ["this user is not assigned to the application", "Ask the tenant's administrator to assign you."],
  Refused: ["it was refused", "Try a device code (`mls login --method aad-device`), or ask the tenant's administrator."]
}

/** The words for a refusal: the authority's own case, else the general one. */
export const wordsOf = (reason: Refusal, diagnosis: Diagnosis | undefined) => ({
  says: diagnosis?.says ?? REFUSALS[reason][0],
  fix: diagnosis?.fix ?? REFUSALS[reason][1]
})
