/**
 * What each package exports, with the first sentence of each doc comment: a list to look things up in. The editor shows the
 * rest. By a small script, since the documentation tools read programs with TypeScript's former API, which version 7 has not.
 */
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { filesBelow } from "../boundaries/sources.mjs"
import { exportsOf, firstSentence, inOneLine, moduleDoc } from "../docs/docComments.mjs"

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

/** `export { Name, type Other } from "./Module.js"`, or without a module where the name came by an import. */
const reexport = /^export (?:type )?\{([^}]+)\}(?: from "(\.[^"]+)\.js")?/gm

const importedFrom = (source, name) =>
  new RegExp(`^import (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from "(\\.[^"]+)\\.js"`, "m").exec(source)?.[1]

/** Everything that a module exports, also what it has from its neighbours. */
const allOf = (root, file) => {
  const source = read(root, file)
  const own = exportsOf(source)
  const others = [...source.matchAll(reexport)].flatMap(([, names, from]) =>
    names.split(",").flatMap((text) => {
      const name = text.replace(/^\s*type /, "").trim()
      const path = from ?? importedFrom(source, name)
      if (name === "" || path === undefined) return []
      return exportsOf(read(root, join(dirname(file), `${path}.ts`))).filter((each) => each.name === name)
    })
  )
  return [...own, ...others]
}

const cell = (text) => inOneLine(text).replaceAll("|", "\\|")

const section = (root, { entry, file, name }) => {
  const rows = allOf(root, file).map((each) => `| \`${each.name}\` | ${each.sort} | ${cell(firstSentence(each.doc))} |`)
  const [about = ""] = moduleDoc(read(root, file)).split(/\n\s*\n/)
  const how = entry.endsWith(`/${name}`) ? `import * as ${name} from "${entry}"` : `import { ${name} } from "${entry}"`
  return [
    `## ${name}`,
    "",
    `\`${how}\` · [${file.split("/").at(-1)}](../../${file})`,
    "",
    ...(about === "" ? [] : [inOneLine(about), ""]),
    ...(rows.length === 0 ? [] : ["| name | is a | |", "|---|---|---|", ...rows, ""])
  ]
}

const pageOf = (root, manifest, modules) =>
  [
    `# ${manifest.name}`,
    "",
    "<!-- Made by scripts/reference-pages.mjs from the doc comments: change those, then run it. -->",
    "",
    `${manifest.description}. What it exports, each with the first sentence of its doc comment; the whole comment is in the source and in the editor.`,
    "",
    modules.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · "),
    "",
    ...modules.flatMap((module) => section(root, module))
  ]
    .join("\n")
    .trimEnd()

const indexOf = (found) =>
  [
    "# Reference",
    "",
    "<!-- Made by scripts/reference-pages.mjs. -->",
    "",
    "What the packages export, from their doc comments.",
    "",
    "| package | |",
    "|---|---|",
    ...found.map(({ manifest, name }) => `| [${manifest.name}](${name}.md) | ${cell(manifest.description)} |`),
    "",
    "The errors one by one: [errors.md](../errors.md). The command line: [packages/cli](../../packages/cli/README.md), or",
    "`mls COMMAND --help`; its JSON field by field: [json.md](../json.md).",
    ""
  ].join("\n")

/** The pages by path: of every package that others may import, and what leads to them. */
export const pages = (root) => {
  const manifests = filesBelow(root, "packages", ["package.json"]).filter((path) => path.split("/").length === 3)
  const found = manifests
    .map((path) => {
      const manifest = JSON.parse(read(root, path))
      const folder = dirname(path)
      return { manifest, name: folder.split("/").at(-1), modules: modulesOf(root, folder, manifest) }
    })
    .filter(({ manifest, modules }) => manifest.private !== true && modules.length > 0)
  return Object.fromEntries([
    ["docs/reference/README.md", indexOf(found)],
    ...found.map(({ manifest, modules, name }) => [`docs/reference/${name}.md`, `${pageOf(root, manifest, modules)}\n`])
  ])
}
