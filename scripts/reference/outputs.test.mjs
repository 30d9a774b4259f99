/** What an example of a doc comment says comes out of a line, comes out. Wants `tsc -b` before. */
import { transform } from "esbuild"
import assert from "node:assert/strict"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { fileURLToPath, pathToFileURL } from "node:url"
import { instrumented, runsAlone } from "./outputs.mjs"
import { packages } from "./pages.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))
// Below the root, so that imports resolve as in the packages themselves.
const folder = `${root}node_modules/.cache/doc-outputs/`

test("a line that ends with a value is asked for it, and no other line", () => {
  const { code, count } = instrumented(
    [
      'const a: string = make("x") // "y": for a reason',
      "make(1) // [1, 2]",
      "make(2) // -60_000",
      "make(3) // true, mostly",
      "make(4) // 4 calls",
      'make(5) // "and so on …"',
      "// true",
      "  make(6) // 6",
      "const b = make(7)",
      "// 7"
    ].join("\n")
  )
  assert.equal(count, 4)
  assert.deepEqual(code.split("\n").slice(0, 4), [
    'const a: string = make("x"); told(a, "y")',
    "told(make(1), [1, 2])",
    "told(make(2), -60_000)",
    "make(3) // true, mostly"
  ])
  assert.ok(code.endsWith("const b = make(7)\ntold(b, 7)"))
  assert.throws(() => instrumented("const [a, b] = make(8) // 8"), /one name/)
})

const shown = packages(root)
  .flatMap(({ modules }) => modules)
  .flatMap((module) =>
    [module, ...module.exported].map(({ example, name }) => ({ example, name: [module.name, name] }))
  )
  .filter(({ example }) => runsAlone(example))
  .map(({ example, name }) => ({ ...instrumented(example), name: [...new Set(name)].join(".") }))
  .filter(({ count }) => count > 0)

const HEAD = `import assert from "node:assert/strict"
const told = (found, said) => assert.deepEqual(JSON.parse(JSON.stringify(found)), said)
`

test("there are such lines", () => assert.ok(shown.reduce((sum, { count }) => sum + count, 0) >= 20))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

for (const [at, { code, name }] of shown.entries()) {
  test(`what the example of ${name} says comes out`, async () => {
    const file = `${folder}${at}.mjs`
    const { code: script } = await transform(HEAD + code, { loader: "ts" })
    writeFileSync(file, script)
    await import(pathToFileURL(file).href)
  })
}
