/** Which module each byte of a minified script came from, by its source map (ECMA-426). */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** The numbers of a segment: base 64, the lowest five bits first, the sign in the lowest bit of all. */
const numbersIn = (segment) => {
  const numbers = []
  let [value, shift] = [0, 0]
  for (const character of segment) {
    const digit = DIGITS.indexOf(character)
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    numbers.push((value & 1) === 1 ? -(value >> 1) : value >> 1)
    ;[value, shift] = [0, 0]
  }
  return numbers
}

const nameOf = (source) =>
  source === undefined
    ? "(glue of the bundler)"
    : source.includes("node_modules/")
      ? source.replace(/^.*node_modules\//, "")
      : source.replace(/^(\.\.\/)*(packages\/)?(src\/)?/, (_, _up, _packages, src) => (src ? "browser/src/" : ""))

/** Bytes by module. A byte belongs to the mapping before it. */
export const bytesByModule = (code, { mappings, sources }) => {
  const weights = new Map()
  const lines = code.split("\n")
  let source = 0
  for (const [line, segments] of mappings.split(";").entries()) {
    let [column, at, name] = [0, 0, nameOf(undefined)]
    const add = (end) => {
      const bytes = Buffer.byteLength((lines[line] ?? "").slice(at, end))
      weights.set(name, (weights.get(name) ?? 0) + bytes)
      at = end
    }
    for (const segment of segments === "" ? [] : segments.split(",")) {
      const [toColumn, toSource] = numbersIn(segment)
      column += toColumn
      add(column)
      if (toSource !== undefined) name = nameOf(sources[(source += toSource)])
    }
    add(lines[line]?.length ?? 0)
  }
  return weights
}
