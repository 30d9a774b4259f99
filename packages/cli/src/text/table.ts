/** Cells under each other, for people. Control and direction characters are dropped. */
import { plainLine } from "./sanitize.js"

/**
 * A line for each row, two blanks between columns. `most`: how wide a column is made, by its place; what is longer pushes
 * the rest of its line aside.
 */
export const table = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  most: Readonly<Record<number, number>> = {}
): string => {
  const clean = rows.map((cells) => cells.map(plainLine))
  const width = (at: number) =>
    Math.min(most[at] ?? Infinity, Math.max(...clean.map((cells) => cells[at]?.length ?? 0)))
  const widths = Array.from({ length: Math.max(0, ...clean.map(({ length }) => length)) }, (_, at) => width(at))
  const line = (cells: ReadonlyArray<string>) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")
  return clean.map((cells) => line(cells).trimEnd()).join("\n")
}

/** A label and what it says, where there is something. */
export type Fact = readonly [label: string, value: string | null | undefined]

const LABEL = 14

/** A line for each fact. */
export const facts = (rows: ReadonlyArray<Fact>): string =>
  rows
    .flatMap(([label, value]) => (value === undefined || value === null || value === "" ? [] : [[label, value]]))
    .map(([label = "", value = ""]) => plainLine(`${label.padEnd(LABEL)}${value}`).trimEnd())
    .join("\n")
