/** JSON that another program or a person wrote. */

/** Deeper than any honest document. What prints JSON calls itself for each level, and breaks at some thousands of them. */
const DEPTH_LIMIT = 500

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/**
 * `JSON.parse` that throws a `SyntaxError` also for a text that is nested deeper than 500 levels. A few kilobytes can be nested so
 * deep that the parser reads them, and `JSON.stringify` or a decoder then ends with a full stack.
 *
 * @example
 * import { JsonText } from "@mlserver-auth/core"
 *
 * const names = Object.keys(JsonText.parse('{"a":[1,2]}') as object)
 */
export const parse = (text: string): unknown => {
  const json: unknown = JSON.parse(text)
  let level = [json].filter(isObject)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_LIMIT) throw new SyntaxError("nested too deeply")
    level = level.flatMap((value): ReadonlyArray<unknown> => Object.values(value)).filter(isObject)
  }
  return json
}
