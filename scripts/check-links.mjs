// Links, `mls` command lines and variables in the documentation: each leads somewhere, parses, is read.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundle } from "../packages/cli/bundle.mjs"
import * as Commands from "./links/commands.mjs"
import { linksOf, pages } from "./links/markdown.mjs"
import * as Targets from "./links/targets.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
// Bundled, each of some thirty starts takes a tenth of the time.
const folder = mkdtempSync(join(tmpdir(), "mls-help-"))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
const { entry: program } = await bundle(folder)

const helpOf = (path) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...path, "--help"], { encoding: "utf8" })
  if (status === 0) return stdout
  if (status === 2) return undefined
  throw new Error(`mls ${path.join(" ")} --help ended with ${status}: ${stderr}`)
}

const all = pages(root)
const commands = await Commands.check(all, helpOf)
const problems = [...Targets.links(root, all), ...Targets.variables(root, all), ...commands.problems]
for (const { file, line, problem } of problems) console.error(`${file}:${line}  ${problem}`)
const links = all.reduce((sum, { text }) => sum + linksOf(text).length, 0)
console.log(`documentation: ${links} links, ${commands.shown} mls command lines, ${problems.length} out of place`)
process.exitCode = problems.length === 0 && commands.shown > 0 ? 0 : 1
