/** Removes what builds and tests leave behind; `node_modules` stays. */
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const homes = [
  "docs/.vitepress",
  "examples",
  "benchmarks",
  ...readdirSync(join(root, "packages")).map((name) => join("packages", name))
]

for (const home of ["", ...homes]) {
  for (const made of ["dist", "coverage", "node_modules/.vite", "node_modules/.vitest"]) {
    rmSync(join(root, home, made), { recursive: true, force: true })
  }
}
