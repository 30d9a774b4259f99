import assert from "node:assert/strict"
import { test } from "node:test"
import { bytesByModule } from "./weights.mjs"

test("each byte is counted for the module of the mapping before it, over lines and sources", () => {
  // Columns 0 and 4 of the first line: sources 0 and 1; column 0 of the second: source 0; nothing mapped before column 2.
  const map = { mappings: "AAAA,ICAA;EDAA", sources: ["../../core/src/A.ts", "../x/node_modules/effect/B.js"] }
  const weights = bytesByModule("aaaabbb\n::aaé", map)
  assert.deepEqual(Object.fromEntries(weights), {
    "(glue of the bundler)": 2,
    "core/src/A.ts": 8,
    "effect/B.js": 3
  })
})
