import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as Token from "../src/Token.js"
import * as TokenFields from "../src/TokenFields.js"
import * as TokenKey from "../src/TokenKey.js"
import { sized } from "./support/size.js"

const NAMES = [
  "accessToken",
  "refreshToken",
  "obtainedAt",
  "expiresAt",
  "chainStartedAt",
  "clockDifference",
  "generation",
  "principal",
  "more"
] as const

const value = FastCheck.oneof(
  FastCheck.constantFrom<unknown>("text", "", 0, 1.5, -1, 8.64e15, 8.64e15 + 1, 2 ** 53, null, true, [], {}, "1"),
  FastCheck.integer()
)

const usual = { accessToken: "a", obtainedAt: 1, chainStartedAt: 1, generation: 1 }

const decodeBySchema = Schema.decodeUnknownEither(Token.Token)
const encodeBySchema = Schema.encodeSync(Token.Token)

describe("the fields of a token", () => {
  it.prop(
    "are read as the schema of Token reads them, whatever is there",
    [FastCheck.array(FastCheck.tuple(FastCheck.constantFrom(...NAMES), value), { maxLength: 4 }), FastCheck.boolean()],
    ([changes, whole]) => {
      const json = { ...(whole ? usual : {}), ...Object.fromEntries(changes) }
      const bySchema = Either.getOrUndefined(decodeBySchema(json))
      const fields = TokenFields.decode(json)
      assert.deepStrictEqual(fields, bySchema === undefined ? undefined : Token.toFields(bySchema))
      if (bySchema === undefined || fields === undefined) return
      assert.strictEqual(JSON.stringify(fields), JSON.stringify(encodeBySchema(bySchema)))
      assert.deepStrictEqual(encodeBySchema(Token.fromFields(fields)), encodeBySchema(bySchema))
    },
    { fastCheck: { numRuns: sized(100, 500) } }
  )

  it("of what is no object are none", () => {
    for (const json of [undefined, null, 1, "text", []]) assert.isUndefined(TokenFields.decode(json))
  })

  it("of a key are told apart as keys are", () => {
    const fields = { issuer: "https://a.test", tenant: "", client: "c#1", resource: "", principal: "" }
    assert.strictEqual(TokenFields.idOf(fields), TokenKey.make(fields).id)
    assert.deepStrictEqual(TokenFields.decodeKey({ ...fields, more: 1 }), fields)
    assert.isUndefined(TokenFields.decodeKey({ ...fields, client: 1 }))
    assert.isUndefined(TokenFields.decodeKey(null))
  })

  it("say no more in a print of the token than before", () => {
    const token = Token.fromFields({ ...usual, accessToken: "canary-access", refreshToken: "canary-refresh" })
    assert.notInclude(JSON.stringify(token) + inspect(token), "canary")
    assert.strictEqual(Redacted.value(token.authorization), "Bearer canary-access")
  })
})
