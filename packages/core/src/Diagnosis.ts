/**
 * What an authority said of its refusal, in its own codes: for people and for the administrators they ask. Its
 * description is not kept, since it may name the user.
 */
import * as Schema from "effect/Schema"

/** The parts of an error answer that tell nobody's name. Sources: RFC 6749 5.2; Azure's error reference. */
export const Diagnosis = Schema.Struct({
  /** The OAuth error code: `invalid_grant`, `interaction_required`, … */
  error: Schema.String,
  /** Azure's second word: `bad_token`, `consent_required`, `basic_action`, … */
  suberror: Schema.optional(Schema.String),
  /** Azure's numbers, as in AADSTS50076. */
  codes: Schema.Array(Schema.Int),
  /** What happened, as half a sentence. */
  says: Schema.optional(Schema.String),
  /** What to do next. */
  fix: Schema.optional(Schema.String),
  /** What administrators find the sign-in by. */
  correlationId: Schema.optional(Schema.String),
  traceId: Schema.optional(Schema.String),
  /** When, by the authority's clock, as it wrote it: `2026-11-22 12:00:03Z`. */
  timestamp: Schema.optional(Schema.String)
})
/** The parts of an error answer that tell nobody's name. */
export type Diagnosis = typeof Diagnosis.Type

/** The codes in one line, for the end of a message; an empty string where there is nothing to tell. */
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
