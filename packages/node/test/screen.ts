/** A screen as a person sees it: what was written, with what was written over it. */
import type { Screen } from "../src/internal/terminal/deviceView.js"

export interface Recorded extends Screen {
  /** The lines that can be seen. */
  readonly lines: () => ReadonlyArray<string>
  /** Everything that was written. */
  readonly written: () => string
}

/** `columns`: how wide it is; without them nothing can be written over. */
export const make = (columns?: number): Recorded => {
  let text = ""
  return {
    write: (more) => void (text += more),
    columns: () => columns,
    written: () => text,
    lines: () => seen(text)
  }
}

/** Understands what this package writes: CR, LF, erasing the rest of a line, and nothing else. */
export const seen = (text: string): ReadonlyArray<string> => {
  const lines = [""]
  let column = 0
  for (const part of text.split(/(\r|\n|\p{Cc}\[K)/u)) {
    const line = lines.at(-1) ?? ""
    if (part === "\r") column = 0
    else if (part === "\n") column = lines.push("") * 0
    else if (part.endsWith("[K")) lines[lines.length - 1] = line.slice(0, column)
    else {
      lines[lines.length - 1] = line.slice(0, column) + part + line.slice(column + part.length)
      column += part.length
    }
  }
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}
