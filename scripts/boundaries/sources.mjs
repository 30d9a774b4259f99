/** Reads what the checks look at: packages, their modules, the imports of a module. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

const statements = [
  /^import\s+(?:type\s+)?[\w*{][^"'();=]*?\sfrom\s*["']([^"']+)["']/gm,
  /^import\s*["']([^"']+)["']/gm,
  /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*["']([^"']+)["']/gm,
  /^(?!\s*(?:\*|\/\/|\/\*)).*?\bimport\(\s*["']([^"']+)["']\s*\)/gm
]

/**
 * The imports of a module, type-only ones too: they bind just as much. The formatter puts statements at the start of a
 * line, so the examples inside comments are not taken for imports.
 */
export const importsOf = (text) =>
  statements
    .flatMap((statement) => [...text.matchAll(statement)])
    .map((match) => ({ specifier: match[1], line: lineAt(text, match.index + match[0].lastIndexOf(match[1])) }))
    .toSorted((a, b) => a.line - b.line)

export const lineAt = (text, index) => text.slice(0, index).split("\n").length

/** Files below a folder whose name ends so, as paths relative to `root` with forward slashes. */
export const filesBelow = (root, folder, endings) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
        .map((entry) =>
          relative(root, join(entry.parentPath ?? entry.path, entry.name))
            .split(sep)
            .join("/")
        )
        .filter((path) => !/(^|\/)(node_modules|dist|coverage)\//.test(path))
        .toSorted()
    : []

/** A package of ours: its manifest, and its modules with their imports. */
export const readPackage = (root, name) => {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))
  const prefix = `packages/${name}/src/`
  const modules = filesBelow(root, prefix, [".ts"]).map((path) => {
    const text = readFileSync(join(root, path), "utf8")
    return { path, inside: path.slice(prefix.length), text, imports: importsOf(text) }
  })
  return { name, manifest, modules }
}

/** Every package of ours, by the folders there are. */
export const readPackages = (root) =>
  readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, "packages", entry.name, "package.json")))
    .map((entry) => readPackage(root, entry.name))

/** The path, from the root, of the module that a relative import means. */
export const target = (from, specifier) => {
  const parts = from.split("/").slice(0, -1)
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop()
    else if (part !== ".") parts.push(part)
  }
  return parts.join("/").replace(/\.js$/, ".ts")
}

/** `@scope/name/module` -> `@scope/name`. */
export const packageOf = (specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")

/** Whether a path fits one of the patterns, in which `*` stands for a name. */
export const fits = (path, patterns) =>
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, "[^/]*")}$`).test(path)
  )
