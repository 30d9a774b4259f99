/** The reference: nothing that can be imported is missing on it, and everything on it says what it is for. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { readdirSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { pages } from "./pages.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))
const made = pages(root)
const sections = Object.entries(made).flatMap(([path, page]) =>
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ path, text, import: /^`import \{? ?(?:\* as )?(\w+)[^"]*"([^"]+)"`/m.exec(text) }))
)

test("there is a page for each package that others import and one that leads to them, and none for the program", () => {
  const names = ["README", ...readdirSync(`${root}packages`).filter((name) => name !== "cli")]
  assert.deepEqual(Object.keys(made).toSorted(), names.map((name) => `docs/reference/${name}.md`).toSorted())
})

test("everything that a module exports when it runs has a row", async () => {
  assert.ok(sections.length > 30)
  for (const { import: found, path, text } of sections) {
    const [, name, entry] = found
    const module = await import(entry)
    const exported = Object.keys(entry.endsWith(`/${name}`) ? module : module[name])
    const missing = exported.filter((each) => !text.includes(`\n| \`${each}\` |`))
    assert.deepEqual(missing, [], `${path}, ${name}`)
  }
})

test("every row says what the thing is for, in a sentence", () => {
  for (const line of Object.values(made).join("\n").split("\n")) {
    if (line.startsWith("| `")) assert.match(line, /^\| `\w+` \| [a-z]+ \| .{8,}[.?:] \|$/)
  }
})

test("what is an error, a service or a layer is called that", () => {
  const core = made["docs/reference/core.md"]
  for (const row of ["`SessionExpired` | error", "`TokenStore` | service", "`layerMemory` | layer"]) {
    assert.ok(core.includes(`| ${row} |`), row)
  }
})
