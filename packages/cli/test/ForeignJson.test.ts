import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as ForeignJson from "../src/text/json.js"
import * as JsonField from "../src/api/field.js"
import { inspect } from "../src/auth/tokenInspection.js"

/** Some kilobytes, which a parser reads and a printer does not survive. */
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)

describe("JSON of others", () => {
  it("is read as far as it can be printed again, however it is nested", () => {
    assert.strictEqual(JSON.stringify(ForeignJson.parse(nested(500))), nested(500))
    for (const text of [nested(502), nested(5000), nested(100_000), `{"a":`.repeat(5000) + "1" + "}".repeat(5000)]) {
      assert.throws(() => ForeignJson.parse(text), SyntaxError)
    }
  })

  it("is the answer to a question for a field, or a typed refusal", () => {
    for (const text of [nested(5000), `{"a":${nested(100_000)}}`]) {
      const picked = JsonField.pick(text, "a")
      assert.isTrue(Either.isLeft(picked) && picked.left._tag === "UsageError")
    }
  })

  it("in a token leaves it opaque", () => {
    const part = (text: string) => Buffer.from(text).toString("base64url")
    const token = [part(`{"alg":"none"}`), part(`{"a":${nested(100_000)}}`), "x"].join(".")
    assert.deepStrictEqual(inspect(token), { format: "opaque" })
  })
})
