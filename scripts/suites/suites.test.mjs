/** Which test files `npm test` runs. */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

const written = readdirSync(join(root, "packages")).flatMap((name) => {
  const folder = join(root, "packages", name, "test")
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file))
})

test("each test file that is written is run, and once, where packages run together", () => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs")
  const env = { ...process.env, MLS_TEST_TOGETHER: "1" }
  const printed = execFileSync(process.execPath, [vitest, "list", "--filesOnly", "--json"], {
    cwd: root,
    env,
    encoding: "utf8"
  })
  const run = JSON.parse(printed).map(({ file }) => file)
  assert.deepEqual(run.toSorted(), written.toSorted())
})
