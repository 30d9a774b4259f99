/** What examples say comes out of a line: `make(1) // 3` or `const a = make(1) // "text": and why`, also on a line of its own below that. */

const LITERAL = /^(-?\d[\d_]*(?:\.\d+)?|true|false|"[^"…]*"|'[^'…]*'|\[[^\]…]*\]|\{[^}…]*\})(?::\s|$)/

/** A whole statement in one line, and what comes out: `[statement, name of the constant or undefined, text]`. */
const SAYS = /^((?:const (\w+)(?:: [^=]+)? = )?\S.*?) \/\/ (.+)$/

/**
 * The code with each such line made into a call of `told(found, said)`, and how many there are.
 * @param {string} example
 */
export const instrumented = (example) => {
  let count = 0
  const lines = example.split("\n").map((line, at, all) => {
    const [, below] = /^const (\w+) = .*[^({=>]$/.exec(all[at - 1] ?? "") ?? []
    if (below !== undefined && line.startsWith("// ")) {
      const [, said] = LITERAL.exec(line.slice(3)) ?? []
      if (said !== undefined) count++
      return said === undefined ? line : `told(${below}, ${said})`
    }
    const [, statement, name, text = ""] = SAYS.exec(line) ?? []
    const [, said] = LITERAL.exec(text) ?? []
    if (said === undefined) return line
    if (name === undefined && statement.startsWith("const ")) throw new Error(`say of one name what comes out: ${line}`)
    count++
    return name === undefined ? `told(${statement}, ${said})` : `${statement}; told(${name}, ${said})`
  })
  return { code: lines.join("\n"), count }
}

/** Whether an example can run by itself: nothing is only declared or waited for, and all is there after `tsc -b`, as the client's bundle is not. */
export const runsAlone = (example) => !/\bawait\b|^declare |\bEffect\.run|"@mlserver-auth\/client/m.test(example)
