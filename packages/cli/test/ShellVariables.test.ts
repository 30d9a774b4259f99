import { assert, describe, it } from "@effect/vitest"
import { assignments } from "../src/text/shellQuote.js"

describe("variables for a shell", () => {
  it("run nothing that is in a value", () => {
    const value = String.raw`a'$(id)"\'b`
    assert.strictEqual(assignments("sh", { A: value }), String.raw`export A='a'\''$(id)"\'\''b'`)
    assert.strictEqual(assignments("pwsh", { A: value }), String.raw`$env:A = 'a''$(id)"\''b'`)
    assert.strictEqual(assignments("cmd", { A: `a&b|"c\r\n%20` }), `set "A=a&b|c%20"`)
    assert.strictEqual(assignments("fish", { A: value }), String.raw`set -gx A 'a\'$(id)"\\\'b'`)
  })
})
