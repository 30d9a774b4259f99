/**
 * Text as wide as a terminal: broken between words, and what follows stands below the text that it goes on from.
 */

/** Fewer columns than this are not worth an indentation: what would leave less hangs below the beginning of its line. */
const NARROW = 24

/** A word and the blanks before it; what stands in backquotes is one word, so that it can be copied whole. */
const WORD = /(\s*)((?:`[^`]*`|\S)+)/g

/** Where the text of a line begins: behind the last wide gap that leaves room for it, and behind `Do:`. */
const hangOf = (line: string, columns: number): number => {
  const lead = /^\s*/.exec(line)?.[0].length ?? 0
  const gaps = [...line.matchAll(/\S {2,}(?=\S)/g)].map((gap) => gap.index + gap[0].length)
  const column = gaps.filter((at) => at <= columns - NARROW).at(-1) ?? (gaps.length === 0 ? lead : lead + 2)
  return line.startsWith("Do: ", column) ? column + "Do: ".length : column
}

const widthOf = (text: string): number => Array.from(text).length

const wrapLine = (line: string, columns: number): string => {
  if (widthOf(line) <= columns) return line
  const hang = " ".repeat(Math.min(hangOf(line, columns), Math.max(0, columns - NARROW)))
  const rows: Array<string> = []
  let row = ""
  for (const [, blanks = "", word = ""] of line.matchAll(WORD)) {
    const longer = `${row}${row === hang ? "" : blanks}${word}`
    if (row.trim() === "" || widthOf(longer) <= columns) row = longer
    else {
      rows.push(row)
      row = `${hang}${word}`
    }
  }
  return [...rows, row].join("\n")
}

/** The text for so many columns; as it is where that is not known. A word that is longer than a line stays whole. */
export const wrap = (text: string, columns: number | undefined): string =>
  columns === undefined || columns < NARROW
    ? text
    : text
        .split("\n")
        .map((line) => wrapLine(line, columns))
        .join("\n")
