// Every test that docs/security.md names must exist: `file.test.ts`: "title", "title"; …
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))
const files = readdirSync(`${root}packages`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.includes("node_modules") && !file.includes("dist/"))
  .map((file) => `packages/${file}`)

const page = readFileSync(`${root}docs/security.md`, "utf8")
let named = 0
const missing = []
for (const [, name, titles] of page.matchAll(/`([\w.]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)) {
  const texts = files.filter((file) => file.endsWith(`/${name}`)).map((file) => readFileSync(root + file, "utf8"))
  for (const [, title] of titles.matchAll(/"([^"]+)"/g)) {
    named++
    if (!texts.some((text) => text.includes(title))) missing.push(`${name}: "${title}"`)
  }
}

for (const each of missing) console.error(`docs/security.md names a test that does not exist: ${each}`)
console.log(`tests named in docs/security.md: ${named}, ${missing.length} missing`)
process.exitCode = missing.length === 0 && named > 0 ? 0 : 1
