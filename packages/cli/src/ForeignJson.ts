/** JSON of others: of a server, of a token, of a person. */

/** Deeper than any honest document. What prints JSON calls itself for each level, and breaks at some thousands of them. */
const DEPTH_LIMIT = 500

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** `JSON.parse` that throws for what is nested too deeply too. */
export const parse = (text: string): unknown => {
  const json: unknown = JSON.parse(text)
  let level = [json].filter(isObject)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_LIMIT) throw new SyntaxError("nested too deeply")
    level = level.flatMap((value): ReadonlyArray<unknown> => Object.values(value)).filter(isObject)
  }
  return json
}
