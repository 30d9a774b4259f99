/** JSON laid out for people. Nothing of it is read as a value: a number of twenty digits stays as the server wrote it. */

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
