/** Figures as lines of a table, each with its spread and, where there is one, its target. A report, never an assertion. */
import { median } from "./measure.js"

/** A figure. */
export interface Row {
  readonly what: string
  readonly values: ReadonlyArray<number>
  readonly unit: "ns" | "us" | "ms" | "x" | "bytes" | ""
  /** At most this; the median is compared with it. */
  readonly atMost?: number | undefined
  /** Exactly this, in every run. */
  readonly always?: number | undefined
}

/** What one question brought. */
export interface Answer {
  readonly question: string
  readonly rows: ReadonlyArray<Row>
  /** What a reader must know to read the figures. */
  readonly notes?: ReadonlyArray<string> | undefined
}

const digits = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3).replace(/e.*/, "")

const figure = (value: number, unit: Row["unit"]): string => `${digits(value)}${unit === "" ? "" : ` ${unit}`}`

const verdict = ({ always, atMost, values }: Row): string => {
  if (always !== undefined) return values.every((value) => value === always) ? "met" : "NOT MET"
  if (atMost !== undefined) return median(values) <= atMost ? "met" : "NOT MET"
  return ""
}

const target = ({ always, atMost, unit }: Row): string =>
  always !== undefined ? `= ${figure(always, unit)}` : atMost !== undefined ? `<= ${figure(atMost, unit)}` : ""

const spread = ({ unit, values }: Row): string =>
  values.length < 2 ? "" : `${digits(Math.min(...values))} – ${figure(Math.max(...values), unit)}`

/** A question's answer as text. */
export const render = ({ notes = [], question, rows }: Answer): string => {
  const cells = rows.map((row) => [
    row.what,
    figure(median(row.values), row.unit),
    spread(row),
    target(row),
    verdict(row)
  ])
  const all = [["", "median", "min – max", "target", ""], ...cells]
  const width = (column: number) => Math.max(...all.map((line) => line[column]?.length ?? 0))
  const widths = [0, 1, 2, 3, 4].map(width)
  const line = (columns: ReadonlyArray<string>) =>
    columns
      .map((cell, at) => (at === 0 || at === 4 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd()
  return [question, ...all.map(line), ...notes.map((note) => `  ${note}`), ""].join("\n")
}

/** How many targets there were and how many were met. */
export const summary = (answers: ReadonlyArray<Answer>): string => {
  const judged = answers.flatMap(({ rows }) => rows).filter((row) => verdict(row) !== "")
  const missed = judged.filter((row) => verdict(row) !== "met")
  return [
    `${judged.length - missed.length} of ${judged.length} targets met`,
    ...missed.map((row) => `not met: ${row.what} (${figure(median(row.values), row.unit)}, ${target(row)})`)
  ].join("\n")
}
