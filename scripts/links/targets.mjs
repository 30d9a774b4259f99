/** Where links lead, and names of the environment: what documents say is there must be there. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { filesBelow, lineAt } from "../boundaries/sources.mjs"
import { anchorsOf, linksOf } from "./markdown.mjs"

const isElsewhere = (target) => /^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)

/** Links to files that do not exist, and to headings that no page has. */
export const links = (root, pages) => {
  const anchors = new Map(pages.map(({ file, text }) => [file, anchorsOf(text)]))
  const problemOf = (file, target) => {
    const [path, fragment] = target.split("#")
    const to = path === "" ? file : normalize(join(dirname(file), decodeURI(path))).replaceAll("\\", "/")
    if (to.startsWith("..")) return `leads out of the house: ${target}`
    if (!existsSync(join(root, to))) return `leads to ${target}, which does not exist`
    if (fragment === undefined || fragment === "" || statSync(join(root, to)).isDirectory()) return undefined
    const there = anchors.get(to.replace(/\/$/, ""))
    return there === undefined || there.has(fragment) ? undefined : `leads to ${target}, and there is no such heading`
  }
  return pages.flatMap(({ file, text }) =>
    linksOf(text)
      .filter(({ target }) => !isElsewhere(target))
      .flatMap(({ line, target }) => {
        const problem = problemOf(file, target)
        return problem === undefined ? [] : [{ file, line, problem }]
      })
  )
}

const variable = /\bMLS_[A-Z][A-Z_]*\b/g

/** Variables of the environment that pages name and no code reads. */
export const variables = (root, pages) => {
  const code = ["packages", "scripts", "examples", ".ci"].flatMap((folder) =>
    filesBelow(root, folder, [".ts", ".mjs", "run"])
  )
  const read = new Set(code.flatMap((file) => readFileSync(join(root, file), "utf8").match(variable) ?? []))
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(variable)]
      .filter(([name]) => !read.has(name))
      .map((match) => ({ file, line: lineAt(text, match.index), problem: `names ${match[0]}, which nothing reads` }))
  )
}
