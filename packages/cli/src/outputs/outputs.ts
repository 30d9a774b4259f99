/**
 * Everything that `mls` prints as JSON: what a command may print is checked against the types of these schemas, and the
 * published schemas and docs/reference/json.md are made from them. `mls` itself takes the types only, and loads none of it.
 */
import type * as Schema from "effect/Schema"
import { CALLS } from "./calls.js"
import { PROBLEM } from "./problem.js"
import { SESSION } from "./session.js"
import { SETTINGS } from "./settings.js"

/** Each by the name of its schema, in the order of the commands' help. */
export const OUTPUTS = { ...PROBLEM, ...SESSION, ...CALLS, ...SETTINGS } as const

/** The name of a schema. */
export type Name = keyof typeof OUTPUTS

/** What is printed under a name. */
export type Of<N extends Name> = Schema.Schema.Type<(typeof OUTPUTS)[N]["schema"]>
