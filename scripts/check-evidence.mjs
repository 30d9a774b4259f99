// Every test that these pages name must exist: `file.test.ts`: "title", "title"; …
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))
const files = readdirSync(`${root}packages`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.includes("node_modules") && !file.includes("dist/"))
  .map((file) => `packages/${file}`)

const pages = ["docs/design/security.md", "docs/how-to/cloud.md"]
let named = 0
const missing = []
for (const page of pages) {
  const text = readFileSync(root + page, "utf8")
  for (const [, name, titles] of text.matchAll(/`([\w.]+\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)) {
    const texts = files.filter((file) => file.endsWith(`/${name}`)).map((file) => readFileSync(root + file, "utf8"))
    for (const [, title] of titles.matchAll(/"([^"]+)"/g)) {
      named++
      if (!texts.some((text) => text.includes(title))) missing.push(`${page}: ${name}: "${title}"`)
    }
  }
}

for (const each of missing) console.error(`a test is named that does not exist: ${each}`)
console.log(`tests named in ${pages.join(" and ")}: ${named}, ${missing.length} missing`)
process.exitCode = missing.length === 0 && named > 0 ? 0 : 1
