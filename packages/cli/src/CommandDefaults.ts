/**
 * What options come to that are not given. The parser tells that nowhere but in the shape of its descriptors, which it
 * does not publish: so each step is looked at before it is taken, and what has another shape has no default.
 */

/** A default that can be told. */
export type Default = string | number | boolean

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "_tag" in value

const isTold = (value: unknown): value is Default => ["string", "number", "boolean"].includes(typeof value)

/** Where a node has others. */
const BELOW = ["command", "options", "argumentOption", "left", "right"] as const

const visit = (value: unknown, fallback: unknown, found: Map<string, Default>): void => {
  if (!isNode(value)) return
  const { fullName, _tag: tag } = value
  if (tag === "Single" && typeof fullName === "string" && isTold(fallback)) found.set(fullName, fallback)
  const next = tag === "WithDefault" ? value["fallback"] : fallback
  for (const name of BELOW) visit(value[name], next, found)
}

/** By the names of options: `--port`. */
export const of = (descriptor: unknown): ReadonlyMap<string, Default> => {
  const found = new Map<string, Default>()
  visit(descriptor, undefined, found)
  return found
}
