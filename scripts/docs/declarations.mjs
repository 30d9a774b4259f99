/** What the compiler wrote of a module (`.d.ts`), by name: the signature that others compile against. */

/** Statements and comments begin a line; what belongs to them is indented or closes a bracket. */
const BEGINS = /^(?=\/\*\*|export |declare |import |type |interface )/m

/** A class of Effect extends a constant that the compiler names `Name_base`: its type is what a reader wants to see. */
const BASE = /^declare const (\w+_base): ([\s\S]*);$/

/** What the compiler writes of the constructor of `Data.TaggedError("Name")`, said as it is in the source. */
const asWritten = (base) => {
  const [, tag] = /^new <[\s\S]*readonly _tag: ("\w+")/.exec(base) ?? []
  return tag === undefined ? base : `Data.TaggedError(${tag})`
}

const NAMED = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function|namespace) (\w+)/

/**
 * The signatures of what a module declares; a value and a type of one name are one text.
 * @param {string} source
 * @returns {ReadonlyMap<string, string>}
 */
export const declarationsOf = (source) => {
  const statements = source.split(BEGINS).map((each) => each.replace(/\/\/# sourceMappingURL.*/, "").trim())
  const bases = new Map(statements.flatMap((each) => (BASE.test(each) ? [BASE.exec(each).slice(1)] : [])))
  const found = new Map()
  for (const statement of statements) {
    const [, name] = NAMED.exec(statement) ?? []
    if (name === undefined || bases.has(name)) continue
    const text = statement
      .replace(/^export /, "")
      .replace(/^declare /, "")
      .replace(/(?<= extends )\w+_base\b/, (base) => asWritten(bases.get(base) ?? base))
      .replace(/\{\s*\}$/, "{}")
      .replaceAll(/^(?: {4})+/gm, (indent) => " ".repeat(indent.length / 2))
    found.set(name, [found.get(name), text].filter(Boolean).join("\n"))
  }
  return found
}
