// Type-checks the code that the documentation shows: every `@example` in packages/*/src and every ```ts block of the READMEs.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))
// Below the root, so that imports resolve as in the packages themselves.
const folder = `${root}node_modules/.cache/doc-examples/`
/** Those that say they are for Effect 4, with that in the place of Effect 3. */
const folder4 = `${root}node_modules/.cache/doc-examples-effect-4/`
const MARK_4 = "<!-- with Effect 4 -->\n"

/** @type {(file: string) => Array<{ line: number, code: string }>} */
const inDocComments = (file) => {
  const text = readFileSync(root + file, "utf8")
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const [, shown] = comment[0].split(/^ *\* @example *$/m)
    if (shown === undefined) return []
    const body = shown.replace(/\*\/$/, "").split(/^ *\* @/m)[0]
    const code = body.replaceAll(/^ *\* ?/gm, "").replaceAll(/^```(ts)?$/gm, "")
    return [{ line: text.slice(0, comment.index).split("\n").length, code }]
  })
}

/** @type {(file: string) => Array<{ line: number, code: string, inEffect4: boolean }>} */
const inMarkdown = (file) => {
  const text = readFileSync(root + file, "utf8")
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((block) => ({
    line: text.slice(0, block.index).split("\n").length + 1,
    code: block[1],
    inEffect4: text.slice(0, block.index).endsWith(MARK_4)
  }))
}

const sources = readdirSync(`${root}packages`).flatMap((name) =>
  readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `packages/${name}/src/${file}`)
)
const pages = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".md") && !file.includes("node_modules") && !file.includes("dist/")
)
const found = [
  ...sources.flatMap((file) => inDocComments(file).map((example) => ({ file, ...example }))),
  ...pages.flatMap((file) => inMarkdown(file).map((example) => ({ file, ...example })))
]

const config = {
  extends: `${root}tsconfig.base.json`,
  compilerOptions: { composite: false, noEmit: true, noUnusedLocals: false, types: ["node"] },
  include: ["*.ts"]
}
for (const each of [folder, folder4]) {
  rmSync(each, { recursive: true, force: true })
  mkdirSync(each, { recursive: true })
  writeFileSync(`${each}tsconfig.json`, JSON.stringify(config))
  writeFileSync(`${each}package.json`, JSON.stringify({ type: "module" }))
}
mkdirSync(`${folder4}node_modules`)
symlinkSync(`${root}node_modules/effect-4`, `${folder4}node_modules/effect`, "junction")
const named = found.map(({ code, file, inEffect4, line }) => {
  const name = `${file.replaceAll(/[/\\.]/g, "_")}_${line}.ts`
  writeFileSync((inEffect4 ? folder4 : folder) + name, `${code}\nexport {}\n`)
  return { name, place: `${file}:${line}` }
})

const compiled = [folder, folder4].map((each) =>
  spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", each], { cwd: each, encoding: "utf8" })
)
const status = Math.max(...compiled.map((each) => each.status ?? 1))
const stdout = compiled.map((each) => each.stdout).join("")
const where = (line) => named.reduce((text, { name, place }) => text.replace(name, `the example at ${place} `), line)
if (status !== 0) console.error(stdout.split("\n").map(where).join("\n"))
console.log(`examples in the documentation: ${found.length}, ${status === 0 ? "all compile" : "not all compile"}`)
process.exitCode = status === 0 ? 0 : 1
