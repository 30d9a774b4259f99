// `mls` command lines and variables in the documentation: each parses, each is read. Wants `tsc -b` before.
import { fileURLToPath } from "node:url"
import { check, variables } from "./commands/commands.mjs"
import { pages } from "./commands/markdown.mjs"

const root = fileURLToPath(new URL("../", import.meta.url))
const all = pages(root)
const { problems, shown } = check(all)
const found = [...problems, ...variables(root, all)]
for (const { file, line, problem } of found) console.error(`${file}:${line}  ${problem}`)
console.log(`documentation: ${shown} mls command lines, ${found.length} out of place`)
process.exitCode = found.length === 0 && shown > 0 ? 0 : 1
