/** The checks of files that no linter has: doors (`exports`), and the names that documents mention. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as rules from "./rules.mjs"
import { filesBelow, lineAt } from "./sources.mjs"

const sourceCondition = `${rules.scope}source`

/** One door: its source exists, what is built from it is what is published, and the conditions come in a working order. */
const door = (pkg, key, value) => {
  if (typeof value === "string") return value.endsWith(".json") ? [] : [`"${key}" has no types`]
  const source = value[sourceCondition] ?? ""
  const stem = source.replace(/^\.\/src\//, "").replace(/\.ts$/, "")
  const wanted = [
    [sourceCondition, `./src/${stem}.ts`],
    ["types", `./dist/${stem}.d.ts`],
    ["default", `./dist/${stem}.js`]
  ]
  const problems = []
  if (!pkg.modules.some((module) => `./src/${module.inside}` === source)) {
    problems.push(`"${key}" leads to ${source || "nothing"}, which does not exist`)
  }
  if (JSON.stringify(Object.entries(value)) !== JSON.stringify(wanted)) {
    problems.push(`"${key}" must have, in this order, ${wanted.map(([name, to]) => `${name}: ${to}`).join(", ")}`)
  }
  if (key.includes("*")) problems.push(`"${key}": list each module, or the packed package cannot be checked`)
  if (stem.startsWith("internal/")) problems.push(`"${key}" opens an internal module`)
  return problems
}

/** `exports` against the modules there are. */
export const doors = (pkg) => {
  const file = `packages/${pkg.name}/package.json`
  const problems = Object.entries(pkg.manifest.exports ?? {}).flatMap(([key, value]) => door(pkg, key, value))
  if (rules.whollyPublic.includes(pkg.name)) {
    const index = pkg.modules.find((module) => module.inside === "index.ts")?.text ?? ""
    for (const { inside } of pkg.modules) {
      if (inside === "index.ts" || inside.includes("/")) continue
      const name = inside.replace(/\.ts$/, "")
      if (!(`./${name}` in (pkg.manifest.exports ?? {}))) problems.push(`src/${inside} is public and not in "exports"`)
      if (!index.includes(`export * as ${name} from "./${name}.js"`))
        problems.push(`src/index.ts does not export ${name}`)
    }
  }
  return problems.map((problem) => ({ file, line: 1, problem }))
}

const folders = "packages|scripts|examples|benchmarks|docs|\\.ci"
/** Code spans; what holds a wildcard, a placeholder or an ellipsis is not one file. */
const mentioned = [new RegExp(`\`((?:${folders})/[^\`\\s]+)\``, "g"), /`([A-Z]\w+\.tsx?)`/g]

const documents = (root) => [
  ...["README.md", "CONTRIBUTING.md"].filter((name) => existsSync(join(root, name))),
  ...filesBelow(root, "docs", [".md"]),
  ...filesBelow(root, "packages", [".md"])
]

/** The files that documents name exist. */
export const mentions = (root) => {
  const names = new Set(
    ["packages", "examples", "benchmarks", "scripts"]
      .flatMap((folder) => filesBelow(root, folder, [".ts", ".tsx"]))
      .map((path) => path.split("/").at(-1))
  )
  const exists = (name) => {
    // What is built comes and goes.
    if (/[*{}<>…]|\.\.\.|NAME|(^|\/)dist\//.test(name)) return true
    return name.includes("/") ? existsSync(join(root, name.replace(/:\d+$/, ""))) : names.has(name)
  }
  return documents(root).flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8")
    return mentioned.flatMap((pattern) =>
      [...text.matchAll(pattern)]
        .filter(([, name]) => !exists(name))
        .map((match) => ({ file, line: lineAt(text, match.index), problem: `names ${match[1]}, which does not exist` }))
    )
  })
}
