/** The reference: nothing that can be imported is missing on it, and everything on it says what it is for. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { readdirSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { pages } from "./pages.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))
const made = await pages(root)
const isModule = (path) => path.split("/").length === 4
const ofPackages = Object.entries(made).filter(([path]) => !isModule(path))
const ofModules = Object.entries(made).filter(([path]) => isModule(path))
const sections = ofPackages.flatMap(([path, page]) =>
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ path, text, import: /^`import \{? ?(?:\* as )?(\w+)[^"]*"([^"]+)"`/m.exec(text) }))
)

test("there is a page for each package that others import and one that leads to them, and none for the program", () => {
  const names = ["README", ...readdirSync(`${root}packages`).filter((name) => name !== "cli")]
  assert.deepEqual(
    ofPackages.map(([path]) => path).toSorted(),
    names.map((name) => `docs/reference/${name}.md`).toSorted()
  )
})

/** What the compiler wrote of it: the client is published as one bundled file for each door, which takes longer to make. */
const built = (entry) =>
  entry.replace(
    /^@mlserver-auth\/client(?:\/(.*))?$/,
    (_, door = "index") => `${root}packages/client/dist/unbundled/${door}.js`
  )

test("everything that a module exports when it runs has a row", async () => {
  assert.ok(sections.length > 30)
  for (const { import: found, path, text } of sections) {
    const [, name, entry] = found
    const module = await import(built(entry))
    const exported = Object.keys(entry.endsWith(`/${name}`) ? module : module[name])
    const missing = exported.filter((each) => !text.includes(`\n| [\`${each}\`](`))
    assert.deepEqual(missing, [], `${path}, ${name}`)
  }
})

test("every row says what the thing is for, in a sentence", () => {
  for (const line of ofPackages
    .map(([, page]) => page)
    .join("\n")
    .split("\n")) {
    if (line.startsWith("| [`")) assert.match(line, /^\| \[`\w+`\]\(\S+\) \| [a-z]+ \| .{8,}[.?:] \|$/)
  }
})

test("what is an error, a service or a layer is called that", () => {
  const core = made["docs/reference/core.md"]
  for (const row of ["SessionExpired | error", "TokenStore | service", "layerMemory | layer"]) {
    const [name, sort] = row.split(" | ")
    assert.match(core, new RegExp(`\\| \\[\`${name}\`\\]\\([^)]+\\) \\| ${sort} \\|`))
  }
})

test("every name has its signature, of that name, and its comment", () => {
  assert.equal(ofModules.length, sections.length)
  for (const [path, page] of ofModules) {
    for (const text of page.split(/^## (?=\w+$)/m).slice(1)) {
      const [name] = text.split("\n")
      const [, signature = "", rest = ""] = /^```typescript\n([\s\S]*?)^```\n([\s\S]*)/m.exec(text) ?? []
      assert.match(signature, new RegExp(`^(?:abstract )?(?:class|const|function|interface|namespace|type) ${name}\\b`))
      assert.match(rest, /^\n[^`#\s]|^\n`\w/, `${path}: ${name} has no comment`)
      assert.doesNotMatch(signature, /_base\b/, `${path}: ${name}`)
    }
  }
})

test("a link from a row leads to a heading of its name", () => {
  for (const [, page] of ofPackages) {
    for (const [, name, path, id] of page.matchAll(/^\| \[`(\w+)`\]\(([^#)]+)#([^)]+)\)/gm)) {
      const headings = made[`docs/reference/${path}`].match(/^##? \w+$/gm).map((line) => line.replace(/^#+ /, ""))
      const ids = headings.map((each, index) => {
        const before = headings.slice(0, index).filter((other) => other.toLowerCase() === each.toLowerCase()).length
        return `${each.toLowerCase()}${before === 0 ? "" : `-${before}`}`
      })
      // The first heading is the page's own.
      assert.equal(ids[headings.indexOf(name, 1)], id)
    }
  }
})

test("no page is left of a module that is gone", () => {
  const files = readdirSync(`${root}docs/reference`, { recursive: true, encoding: "utf8" })
  const left = files
    .map((file) => `docs/reference/${file.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".md"))
  assert.deepEqual(
    left.filter((path) => isModule(path) && !(path in made)),
    []
  )
})
