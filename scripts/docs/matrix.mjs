/** README's table of who signs in how, against what the packages and `mls login` have. */

const cellsOf = (row) =>
  row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim())
const codeIn = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code)

/** The table below that heading: its rows' cells, without the first two lines. */
const rowsBelow = (text, heading) => {
  const [, section = ""] = text.split(`\n## ${heading}\n`)
  const lines = section.split(/\n## /)[0].split("\n")
  return lines
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map(cellsOf)
}

const missing = (names, there, where) => names.filter((name) => !there.has(name)).map((name) => `${where}: no ${name}`)

/**
 * What is wrong with the table. `node` and `page` are the names (`Module.name`) that programs and pages can use, `credentials` those
 * of them that must be told, `methods` the values of `--method`, and `options` what else `mls login` knows.
 */
export const problemsOf = (text, { credentials, methods, node, options, page }) => {
  const rows = rowsBelow(text, "Who signs in how")
  const column = (at) => rows.flatMap((cells) => codeIn(cells[at] ?? ""))
  const [inNode, inPage, inMls] = [column(1), column(2), column(3)]
  const told = inMls.filter((code) => code.startsWith("--method ")).map((code) => code.slice("--method ".length))
  const others = inMls.filter((code) => code.startsWith("--") && !code.startsWith("--method "))
  return [
    ...missing(inNode, node, "Node.js"),
    ...missing(inPage, page, "a page"),
    ...missing(told, new Set(methods), "mls login --method"),
    ...missing(others, new Set(options), "mls login"),
    ...missing(credentials, new Set(inNode), "the column Node.js"),
    ...missing(methods, new Set(told), "the column of mls")
  ]
}
