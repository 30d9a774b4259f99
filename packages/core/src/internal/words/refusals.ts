/** The kinds of refusal, and what is said of each. */
import * as Schema from "effect/Schema"
import { type Diagnosis, trail } from "../../Diagnosis.js"
import { type Advice, type Words, words } from "./wording.js"

/**
 * Why an issuer refuses a sign-in. Machine Learning Server says no more than `InvalidCredentials` and `Forbidden`; Azure
 * Active Directory tells the others apart. For words and remedies; no call is ever repeated or left out because of one.
 *
 * @example
 * import * as Schema from "effect/Schema"
 * import { AuthError } from "@mlserver-auth/core"
 *
 * const texts: { readonly [reason in AuthError.Refusal]?: string } = { AccountLocked: "Le compte est verrouillé" }
 * const untranslated = AuthError.Refusal.literals.filter((reason) => texts[reason] === undefined)
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
export type Refusal = typeof Refusal.Type

type Row = readonly [says: string, ...Advice]

/** What happened and what to do, where an authority does not say it better: Azure's numbers have words in `EntraAdvice`. */
const REFUSALS = {
  InvalidCredentials: [
    "the user name or the password is wrong",
    "Check both (is it DOMAIN\\user or user@domain? is `admin` disabled because a directory is on?) and sign in once more."
  ],
  MultiFactorRequired: ["this account needs multi-factor sign-in", "", "SignInInteractively"],
  Federated: ["this account is federated: its password is checked elsewhere", "", "SignInInteractively"],
  Refused: ["it was refused", "Try a device code or the browser, or ask the tenant's administrator."]
} as const satisfies { readonly [reason in Refusal]?: Row }

/** For other reasons the name is what is said: "account locked". */
const rowOf = (reason: Refusal): Row =>
  reason in REFUSALS
    ? REFUSALS[reason as keyof typeof REFUSALS]
    : [reason.replace(/\B[A-Z]/g, " $&").toLowerCase(), "Ask the tenant's administrator."]

/** The authority's own case, else the general one. */
const refusalOf = (reason: Refusal, diagnosis: Diagnosis | undefined): Words => {
  const [says, ...general] = rowOf(reason)
  const own = diagnosis?.fix !== undefined || diagnosis?.remedy !== undefined
  return words(diagnosis?.says ?? says, own ? [diagnosis.fix ?? "", diagnosis.remedy] : general)
}

/** Why else a credential was refused. */
const REJECTIONS = Schema.Literal(
  "Forbidden",
  "AlreadyRejected",
  "DeviceCodeDeclined",
  "DeviceCodeExpired",
  "DeviceCodeUnknown",
  "SignInDeclined",
  "SignInExpired",
  "SignInUnknown",
  "CallbackMismatch"
)

/** Why a credential may be refused. */
export const Rejection = Schema.Literal(...Refusal.literals, ...REJECTIONS.literals)

const rejections = (server: string): { readonly [reason in typeof REJECTIONS.Type]: Row } => ({
  Forbidden: [
    `${server} knows this user but lets them do nothing`,
    "Ask the administrator of the server for a role (Reader, Contributor or Owner)."
  ],
  AlreadyRejected: [
    `${server} refused this user name and password before; they were not sent again, because accounts lock`,
    REFUSALS.InvalidCredentials[1]
  ],
  DeviceCodeDeclined: [`The sign-in with this code was declined at ${server}`, "", "SignIn"],
  DeviceCodeExpired: [`The code was not entered in time at ${server}`, "", "SignIn"],
  DeviceCodeUnknown: [`${server} does not know this device code (any more)`, "", "SignIn"],
  SignInDeclined: [`The sign-in was declined at ${server}`, "", "SignIn"],
  SignInExpired: [`The sign-in was not finished in time at ${server}`, "", "SignIn"],
  SignInUnknown: [`${server} does not know this sign-in (any more)`, "", "SignIn"],
  CallbackMismatch: [`The browser came back with an answer that is none of ${server} to this sign-in`, "", "SignIn"]
})

/** What the words of a refusal are made from. */
export interface Refused<Reason> {
  readonly reason: Reason
  readonly server: string
  readonly diagnosis?: Diagnosis | undefined
}

export const credentialRejected = ({ diagnosis, reason, server }: Refused<typeof Rejection.Type>): Words => {
  const other: { readonly [reason in string]?: Row } = rejections(server)
  const row = other[reason]
  if (row !== undefined) {
    const [says, ...advice] = row
    return words(says + trail(diagnosis), advice)
  }
  const { first, headline, remedy } = refusalOf(reason as Refusal, diagnosis)
  const plainly = reason === "InvalidCredentials" && diagnosis?.says === undefined
  const what = plainly ? "user name and password" : `sign-in: ${headline}`
  return words(`${server} refused this ${what}${trail(diagnosis)}`, [first, remedy])
}

/** Its remedy is always a sign-in with a person there, whatever has to be done before. */
export const interactionRequired = ({ diagnosis, reason, server }: Refused<Refusal>): Words => {
  const { first, fix, headline } = refusalOf(reason, diagnosis)
  const says = `${server} wants a person to sign in before it goes on: ${headline}${trail(diagnosis)}`
  return words(says, [first, "SignInInteractively"], fix)
}
