/** Reads what the checks look at: packages and their modules. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

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

/** A package of ours: its manifest, and its modules. */
export const readPackage = (root, name) => {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"))
  const prefix = `packages/${name}/src/`
  const modules = filesBelow(root, prefix, [".ts"]).map((path) => {
    const text = readFileSync(join(root, path), "utf8")
    return { path, inside: path.slice(prefix.length), text }
  })
  return { name, manifest, modules }
}

/** Every package of ours, by the folders there are. */
export const readPackages = (root) =>
  readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, "packages", entry.name, "package.json")))
    .map((entry) => readPackage(root, entry.name))

/** Whether a path fits one of the patterns, in which `*` stands for a name. */
export const fits = (path, patterns) =>
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, "[^/]*")}$`).test(path)
  )
