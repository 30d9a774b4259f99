/**
 * The types of this package as files that name nothing but each other: those that the compiler wrote for it, and copies of
 * those of ours that they import. Fails where one leads to anything else, since a caller without Effect does not have it.
 */
import { readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

/** Where the compiler wrote the types of a door, by what is imported; and where their copy goes. */
const doorOf = (root, specifier) => {
  const [, name, door] = /^@mlserver-auth\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const { exports } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))
  const { types } = exports[door === undefined ? "." : `./${door}`]
  return { from: join(root, "packages", name, types), to: `types/${name}/${types.replace("./dist/", "")}` }
}

/** What a line of code imports; examples in comments are left alone. */
const SPECIFIER = /^(?! *\*)(.*?(?:from |import\())(["'])([^"']+)\2/gm

/** Each file of the closure of `entries`: its path below `dist`, and its text. */
export const flattened = (root, entries) => {
  const unbundled = join(root, "packages/client/dist/unbundled")
  const files = new Map()
  const add = ({ from, to }) => {
    if (files.has(to)) return
    files.set(to, "")
    const text = readFileSync(from, "utf8").replace(/^\/\/# sourceMappingURL=.*$\n?/m, "")
    const rewritten = text.replace(SPECIFIER, (_, before, quote, specifier) => {
      const target = targetOf(specifier, { from, to })
      if (target === undefined) throw new Error(`${from}: its types need ${specifier}, which callers do not have`)
      add(target)
      const path = relative(dirname(to), target.to)
        .replaceAll("\\", "/")
        .replace(/\.d\.ts$/, ".js")
      return `${before}${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`
    })
    files.set(to, rewritten)
  }
  const targetOf = (specifier, { from, to }) =>
    specifier.startsWith(".")
      ? {
          from: join(dirname(from), specifier.replace(/\.js$/, ".d.ts")),
          to: join(dirname(to), specifier.replace(/\.js$/, ".d.ts")).replaceAll("\\", "/")
        }
      : doorOf(root, specifier)
  for (const entry of entries) add({ from: join(unbundled, `${entry}.d.ts`), to: `${entry}.d.ts` })
  return files
}
