/** JSON of others, read and laid out: of a server, of a token, of a person. */

export { parse } from "@mlserver-auth/core/JsonText"

/** Whether it is an object, and no list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A string, a bracket, a comma or colon, or what stands between them. */
const PIECE = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const OPENS: ReadonlySet<string> = new Set(["{", "["])
const CLOSES: ReadonlySet<string> = new Set(["}", "]"])

/** One value on each line, two blanks deeper inside each bracket; what is no JSON as it is. */
export const prettyJson = (text: string): string => {
  if (!isJson(text)) return text
  const pieces = text.match(PIECE) ?? []
  let depth = 0
  const line = () => `\n${"  ".repeat(depth)}`
  return pieces
    .map((piece, at) => {
      const [before = "", after = ""] = [pieces[at - 1], pieces[at + 1]]
      if (OPENS.has(piece)) {
        if (CLOSES.has(after)) return piece
        depth++
        return piece + line()
      }
      if (CLOSES.has(piece)) {
        if (OPENS.has(before)) return piece
        depth--
        return line() + piece
      }
      return piece === "," ? piece + line() : piece === ":" ? ": " : piece
    })
    .join("")
}
