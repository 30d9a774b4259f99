/** Who may import whom, sizes, doors and the names in documents: `node scripts/check-boundaries.mjs`. */
import { fileURLToPath } from "node:url"
import { check } from "./boundaries/check.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const problems = check(root)
for (const { file, line, problem } of problems) console.error(`${file}:${line}  ${problem}`)
console.error(
  problems.length === 0 ? "boundaries: nothing out of place" : `boundaries: ${problems.length} out of place`
)
process.exitCode = problems.length === 0 ? 0 : 1
