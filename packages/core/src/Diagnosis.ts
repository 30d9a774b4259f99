/**
 * The codes with which an authority explained its refusal, for people and for administrators. Its description is not kept,
 * because it may name the user.
 */
import * as Schema from "effect/Schema"

/**
 * The sign-in that helps: `SignIn` in the same way as before, or `SignInInteractively` with a device code or in the
 * browser, because a password is not enough.
 *
 * @example
 * import { Diagnosis } from "@mlserver-auth/core"
 * import * as Schema from "effect/Schema"
 *
 * // What an API of your own answers its page with, so that the page can offer the right sign-in.
 * const Problem = Schema.Struct({ message: Schema.String, remedy: Schema.optional(Diagnosis.Remedy) })
 */
export const Remedy = Schema.Literal("SignIn", "SignInInteractively")
/** The sign-in that is the next step. */
export type Remedy = typeof Remedy.Type

const REMEDIES: { readonly [remedy in Remedy]: string } = {
  SignIn: "Sign in again.",
  SignInInteractively: "Sign in with a device code or in the browser."
}

/**
 * What to do: `fix`, and then the sign-in of `remedy`.
 *
 * @example
 * import { Diagnosis } from "@mlserver-auth/core"
 *
 * const fix = Diagnosis.fixOf({ fix: "Register at https://aka.ms/mfasetup.", remedy: "SignInInteractively" })
 * // "Register at https://aka.ms/mfasetup. Sign in with a device code or in the browser."
 */
export const fixOf = (advice: { readonly fix?: string | undefined; readonly remedy?: Remedy | undefined }): string =>
  [advice.fix ?? "", advice.remedy === undefined ? "" : REMEDIES[advice.remedy]].filter((text) => text !== "").join(" ")

/**
 * The parts of an error answer that name no person. Sources: RFC 6749 5.2; Azure's error reference.
 *
 * @example
 * import { type AuthError, Diagnosis } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * // For the log that administrators read: no name, no token, and the id under which Azure lists the sign-in.
 * const noted = ({ diagnosis }: AuthError.CredentialRejected) =>
 *   diagnosis === undefined ? Effect.void : Effect.logInfo(Schema.encodeSync(Diagnosis.Diagnosis)(diagnosis))
 */
export const Diagnosis = Schema.Struct({
  /** The OAuth error code: `invalid_grant`, `interaction_required`, … */
  error: Schema.String,
  /** Azure's second word: `bad_token`, `consent_required`, `basic_action`, … */
  suberror: Schema.optional(Schema.String),
  /** Azure's numbers, as in AADSTS50076. */
  codes: Schema.Array(Schema.Int),
  /** What happened, as half a sentence. */
  says: Schema.optional(Schema.String),
  /** What to do next; before the remedy, if there is one. */
  fix: Schema.optional(Schema.String),
  /** The sign-in that helps, where one does. */
  remedy: Schema.optional(Remedy),
  /** What administrators find the sign-in by. */
  correlationId: Schema.optional(Schema.String),
  traceId: Schema.optional(Schema.String),
  /** When, by the authority's clock, as it wrote it: `2026-11-22 12:00:03Z`. */
  timestamp: Schema.optional(Schema.String)
})
/** The parts of an error answer that name no person. */
export type Diagnosis = typeof Diagnosis.Type

/**
 * The codes in one line, for the end of a message. An empty string if there are none.
 *
 * @example
 * import { Diagnosis } from "@mlserver-auth/core"
 *
 * const end = Diagnosis.trail({ error: "invalid_grant", codes: [50126], timestamp: "2026-11-22 12:00:03Z" })
 * // " (AADSTS50126, 2026-11-22 12:00:03Z)"
 */
export const trail = (diagnosis: Diagnosis | undefined): string => {
  if (diagnosis === undefined) return ""
  const { codes, correlationId, error, timestamp } = diagnosis
  const parts = [
    codes.length === 0 ? error : codes.map((code) => `AADSTS${code}`).join(", "),
    ...(correlationId === undefined ? [] : [`correlation id ${correlationId}`]),
    ...(timestamp === undefined ? [] : [timestamp])
  ]
  return ` (${parts.join(", ")})`
}
