/**
 * What each package exports: a list to look things up in, and a page for each module with signatures and whole comments. By a
 * script of ours: docs/design/decisions/0005-own-reference.md says which tools were tried.
 */
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { format } from "oxfmt"
import { filesBelow } from "../boundaries/sources.mjs"
import { declarationsOf } from "../docs/declarations.mjs"
import { exportsOf, firstSentence, inOneLine, moduleDoc, moduleExample } from "../docs/docComments.mjs"
import { table } from "../docs/table.mjs"
import { shownBy } from "./examples.mjs"

const SOURCE = "@mlserver-auth/source"

const read = (root, path) => readFileSync(join(root, path), "utf8")

/** Modules that an index hands on: `export * as Name from "./Name.js"`. */
const handedOn = (source) =>
  [...source.matchAll(/^export \* as (\w+) from "(\.[^"]+)\.js"/gm)].map(([, name, path]) => ({
    name,
    path: `${path}.ts`
  }))

/** The modules behind one door of a package: `{ entry, name, file }`, where `entry` is what is imported. */
const behind = (root, entry, file) => {
  const modules = handedOn(read(root, file))
  return modules.length === 0
    ? [{ entry, name: entry.split("/").at(-1), file }]
    : modules.map(({ name, path }) => ({
        entry: `${entry}`,
        name,
        file: join(dirname(file), path).replaceAll("\\", "/")
      }))
}

/** Every public module of a package once, by the shortest way to it. */
export const modulesOf = (root, folder, manifest) => {
  const found = new Map()
  for (const [key, door] of Object.entries(manifest.exports ?? {})) {
    const source = typeof door === "object" ? door[SOURCE] : undefined
    if (source === undefined) continue
    const entry = `${manifest.name}${key.slice(1)}`
    for (const each of behind(root, entry, join(folder, source).replaceAll("\\", "/"))) {
      if (!found.has(each.file)) found.set(each.file, each)
    }
  }
  return [...found.values()].toSorted((a, b) =>
    a.entry === b.entry ? (a.name < b.name ? -1 : 1) : a.entry < b.entry ? -1 : 1
  )
}

/** `export { Name, type Other } from "./Module.js"` or from another package of ours, or without either where the name came by an import. */
const reexport = /^export (?:type )?\{([^}]+)\}(?: from "([^"]+)")?/gm

const importedFrom = (source, name) =>
  new RegExp(`^import (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from "(\\.[^"]+)"`, "m").exec(source)?.[1]

/** The source behind what a module of ours imports; none for what is not ours. */
const sourceOf = (root, file, specifier) => {
  if (specifier.startsWith(".")) return join(dirname(file), specifier.replace(/\.js$/, ".ts"))
  const [, name, door] = /^@mlserver-auth\/([^/]+)(\/.+)?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  const { exports } = JSON.parse(read(root, `packages/${name}/package.json`))
  return join("packages", name, exports[`.${door ?? ""}`][SOURCE])
}

/** Where the compiler writes of a source, by the settings of its package. */
const builtOf = (root, file) => {
  const [, folder, path] = /^(packages\/[^/]+)\/src\/(.*)\.ts$/.exec(file)
  const { outDir } = JSON.parse(read(root, `${folder}/tsconfig.json`)).compilerOptions
  return `${folder}/${outDir}/${path}.d.ts`
}

/** Everything that a module exports, also what it has from others, however they came by it. */
const allOf = (root, file) => {
  const source = read(root, file)
  const signatures = declarationsOf(read(root, builtOf(root, file)))
  const own = exportsOf(source).map((each) => ({ ...each, signature: signatures.get(each.name) }))
  const others = [...source.matchAll(reexport)].flatMap(([, names, from]) =>
    names.split(",").flatMap((text) => {
      const name = text.replace(/^\s*type /, "").trim()
      const specifier = from ?? importedFrom(source, name)
      const path = name === "" || specifier === undefined ? undefined : sourceOf(root, file, specifier)
      return path === undefined ? [] : allOf(root, path).filter((each) => each.name === name)
    })
  )
  return [...own, ...others]
}

/** As the house writes code, in lines that fit beside a site's sidebar. */
const formatted = async (signature = "") => {
  const { code, errors } = await format("signature.d.ts", signature, {
    semi: false,
    trailingComma: "none",
    printWidth: 74
  })
  if (errors.length > 0) throw new Error(`not to be formatted: ${signature}: ${errors[0].message}`)
  return code.trim()
}

/** A module with what its pages tell: `id` is that of a name's heading, which is numbered where another heading, the page's own too, differs in case alone. */
const told = (root, module) => {
  const ids = new Map([[module.name.toLowerCase(), 1]])
  const exported = allOf(root, module.file).map((each) => {
    const id = each.name.toLowerCase()
    const before = ids.get(id) ?? 0
    ids.set(id, before + 1)
    return { ...each, id: before === 0 ? id : `${id}-${before}` }
  })
  const source = read(root, module.file)
  return { ...module, about: moduleDoc(source), example: moduleExample(source), exported }
}

/** Every package that others may import, with what its modules export: `{ manifest, name, modules }`. */
export const packages = (root) =>
  filesBelow(root, "packages", ["package.json"])
    .filter((path) => path.split("/").length === 3)
    .map((path) => {
      const manifest = JSON.parse(read(root, path))
      const folder = dirname(path)
      const modules = modulesOf(root, folder, manifest).map((module) => told(root, module))
      return { manifest, name: folder.split("/").at(-1), modules }
    })
    .filter(({ manifest, modules }) => manifest.private !== true && modules.length > 0)

const MADE = "<!-- Made by scripts/reference-pages.mjs from the doc comments: change those, then run it. -->"

const importOf = ({ entry, name }) =>
  entry.endsWith(`/${name}`) ? `import * as ${name} from "${entry}"` : `import { ${name} } from "${entry}"`

const section = (folder, module) => {
  const { about, exported, file, name } = module
  const rows = exported.map((each) => [
    `[\`${each.name}\`](${folder}/${name}.md#${each.id})`,
    each.sort,
    firstSentence(each.doc)
  ])
  return [
    `## ${name}`,
    "",
    `\`${importOf(module)}\` · [signatures](${folder}/${name}.md) · [${file.split("/").at(-1)}](../../${file})`,
    "",
    ...(about === "" ? [] : [inOneLine(about.split(/\n\s*\n/)[0]), ""]),
    ...(rows.length === 0 ? [] : [...table(["name", "is a", ""], rows), ""])
  ]
}

/** Not `ts`: examples are compiled where they are written, and a signature alone is no program. */
const code = (text) => ["```typescript", text, "```", ""]

/** Leads to the example that uses a name which has none of its own. */
const elsewhere = (modules, module, each) => {
  const by = shownBy(modules, module, each)
  if (by === undefined) return []
  const page = by.module === module ? "" : `${by.module.name}.md`
  if (by.name === undefined) return [`Example: [above](#${module.name.toLowerCase()}).`, ""]
  const { id } = by.module.exported.find(({ name }) => name === by.name)
  return [`Example: [\`${page === "" ? "" : `${by.module.name}.`}${by.name}\`](${page}#${id}).`, ""]
}

const modulePage = async ({ manifest, modules, name: folder }, module) => {
  const sections = module.exported.map(async (each) => [
    `## ${each.name}`,
    "",
    ...code(await formatted(each.signature)),
    ...(each.doc === "" ? [] : [each.doc, ""]),
    ...(each.example === "" ? elsewhere(modules, module, each) : code(each.example))
  ])
  return [
    `# ${module.name}`,
    "",
    MADE,
    "",
    `\`${importOf(module)}\` · [${module.file.split("/").at(-1)}](../../../${module.file}) · [all of ${manifest.name}](../${folder}.md)`,
    "",
    ...(module.about === "" ? [] : [module.about, ""]),
    ...(module.example === "" ? [] : code(module.example)),
    ...(await Promise.all(sections)).flat()
  ].join("\n")
}

const pageOf = (manifest, folder, modules) =>
  [
    `# ${manifest.name}`,
    "",
    MADE,
    "",
    `${manifest.description}. What it exports, each with the first sentence of its doc comment. A name leads to its signature and the whole comment.`,
    "",
    modules.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · "),
    "",
    ...modules.flatMap((module) => section(folder, module))
  ]
    .join("\n")
    .trimEnd()

const indexOf = (found) =>
  [
    "# Reference",
    "",
    "<!-- Made by scripts/reference-pages.mjs. -->",
    "",
    "Every public name of each package, from its doc comment. The words of these pages: [glossary](glossary.md).",
    "",
    ...table(
      ["package", ""],
      found.map(({ manifest, name }) => [`[${manifest.name}](${name}.md)`, manifest.description])
    ),
    "",
    "[Errors](errors.md): what each one means, and what to do. The command line: [guide](../../packages/cli/README.md), [each flag](cli.md), or",
    "`mls COMMAND --help`. [JSON of `mls`](json.md): each field.",
    ""
  ].join("\n")

/** The pages by path: of every package that others may import, and what leads to them. */
export const pages = async (root) => {
  const found = packages(root)
  const ofModules = found.flatMap((each) =>
    each.modules.map(async (module) => [
      `docs/reference/${each.name}/${module.name}.md`,
      await modulePage(each, module)
    ])
  )
  return Object.fromEntries([
    ["docs/reference/README.md", indexOf(found)],
    ...found.map(({ manifest, modules, name }) => [
      `docs/reference/${name}.md`,
      `${pageOf(manifest, name, modules)}\n`
    ]),
    ...(await Promise.all(ofModules))
  ])
}
