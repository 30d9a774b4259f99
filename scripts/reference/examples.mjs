/** Which public values an example shows: docs/design/decisions/0005-own-reference.md has the rule. */

/** Packages in which every public value is shown: the tests refuse a new one without. */
export const COMPLETE = ["browser", "client", "core", "dev-server", "node", "redis", "services", "sql"]

/** A type is shown where its value is. */
const isValue = ({ sort }) => sort !== "type" && sort !== "interface" && sort !== "namespace"

const IMPORT = /^import (?:type )?([^"]*?) from "([^"]+)"$/gm

/** The names that an example has from packages of ours by themselves: `import { make } from "@mlserver-auth/…"`. */
const importedBy = (example) =>
  [...example.matchAll(IMPORT)]
    .filter(([, , from]) => from.startsWith("@mlserver-auth/"))
    .flatMap(([, names]) => names.replaceAll(/[{}]/g, "").split(","))
    .map((name) => name.trim().replace(/^type /, ""))

const withoutImports = (example) => example.replaceAll(IMPORT, "").replaceAll(/\/\/.*$/gm, "")

/**
 * Whether an example uses a name: as `Module.name`, by itself where it is imported so, and an error by its tag
 * (`catchTag("Name", …)`, `catchTags({ Name: … })`).
 * @param {string} example
 * @param {{ readonly module: string, readonly name: string, readonly sort: string }} of
 */
export const uses = (example, { module, name, sort }) => {
  const code = withoutImports(example)
  if (new RegExp(`\\b${module}\\.${name}\\b`).test(code)) return true
  if (importedBy(example).includes(name) && new RegExp(`(?<![.\\w])${name}\\b`).test(code)) return true
  return sort === "error" && new RegExp(`(?<!\\w)(?:"${name}"|${name}:)`).test(code)
}

/** What makes a class, where its comment says so: "Made by `name`". */
const makerIn = (doc) => /\bMade by\s+`(\w+)`/.exec(doc)?.[1]

/** Where a comment sends its reader: "see `Module.name`". */
const namedIn = (doc) => [...doc.matchAll(/\b[Ss]ee\s+`(\w+)\.(\w+)`/g)].map(([, module, name]) => ({ module, name }))

/**
 * Where a value is shown: the module and the name whose example uses it, without a name where that is the example of a whole
 * module; `undefined` where none does.
 * @param {ReadonlyArray<object>} modules of its package
 */
export const shownBy = (modules, module, each) => {
  if (each.example !== "") return { module, name: each.name }
  const of = { module: module.name, name: each.name, sort: each.sort }
  if (uses(module.example, of)) return { module, name: undefined }
  const sibling = module.exported.find(({ example }) => uses(example, of))
  if (sibling !== undefined) return { module, name: sibling.name }
  const maker = module.exported.find(({ name }) => name === makerIn(each.doc))
  if (maker !== undefined) return shownBy(modules, module, maker)
  for (const named of namedIn(each.doc)) {
    const other = modules.find(({ name }) => name === named.module)
    if (uses(other?.exported.find(({ name }) => name === named.name)?.example ?? "", of)) {
      return { module: other, name: named.name }
    }
  }
  return undefined
}

/** The values of a package that no example shows: `Module.name`. */
export const missing = ({ modules }) =>
  modules.flatMap((module) =>
    module.exported
      .filter((each) => isValue(each) && shownBy(modules, module, each) === undefined)
      .map(({ name }) => `${module.name}.${name}`)
  )

/** One package in figures. */
export const figures = ({ modules, name }) => {
  const names = modules.flatMap((module) => module.exported)
  const values = names.filter(isValue)
  const own = values.filter(({ example }) => example !== "").length
  const not = missing({ modules }).length
  return { package: name, names: names.length, values: values.length, own, shown: values.length - not, missing: not }
}
