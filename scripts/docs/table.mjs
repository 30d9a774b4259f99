/** Tables of Markdown. */
import { inOneLine } from "./docComments.mjs"

const cell = (text) => (text === "" ? " " : ` ${inOneLine(text).replaceAll("|", "\\|")} `)
const row = (cells) => `|${cells.map(cell).join("|")}|`

/** A head, and a line for each row. */
export const table = (head, rows) => [row(head), `|${"---|".repeat(head.length)}`, ...rows.map(row)]

/** As code; nothing where there is none. */
export const code = (text) => (text === "" ? "" : `\`${text}\``)
