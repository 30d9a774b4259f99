import { assert, describe, it } from "@effect/vitest"
import { JsonText } from "@mlserver-auth/core"

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)

describe("JSON of another program", () => {
  it("is read as far as it can be printed again", () => {
    assert.deepStrictEqual(JsonText.parse('{"a":[1,null]}'), { a: [1, null] })
    assert.strictEqual(JSON.stringify(JsonText.parse(nested(500))), nested(500))
  })

  it("is refused as no JSON is where it is nested deeper, or is none", () => {
    for (const text of ["{", nested(502), nested(100_000), `{"a":`.repeat(5000) + "1" + "}".repeat(5000)]) {
      assert.throws(() => JsonText.parse(text), SyntaxError)
    }
  })
})
