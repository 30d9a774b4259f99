import { RecordCodec, Token, TokenKey } from "@mlserver-auth/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const key = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-user" })
const other = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-other" })
const token = Token.first(
  {
    accessToken: Redacted.make("canary-access"),
    refreshToken: Redacted.make("canary-refresh"),
    obtainedAt: 1000,
    expiresAt: 2000,
    clockDifference: -3
  },
  "canary-person"
)
const keyOf = (byte: number) => Redacted.make(new Uint8Array(32).fill(byte))
const [first, second] = [keyOf(1), keyOf(2)]

const same = (decoded: RecordCodec.Decoded) => {
  if (decoded._tag !== "Record") return assert.fail(decoded._tag)
  assert.deepStrictEqual(decoded.token, token)
  assert.strictEqual(Redacted.value(decoded.token.accessToken), "canary-access")
}

describe("RecordCodec", () => {
  it.effect("what was encoded is decoded whole, in clear and sealed", () =>
    Effect.gen(function* () {
      for (const options of [{}, { keys: [first] }]) {
        const codec = yield* RecordCodec.make(options)
        same(yield* codec.decode(key, yield* codec.encode(key, token)))
      }
    })
  )

  it.effect(
    "the first key seals and each opens, so that a key can be replaced while machines still have the old one",
    () =>
      Effect.gen(function* () {
        const before = yield* RecordCodec.make({ keys: [first] })
        const both = yield* RecordCodec.make({ keys: [second, first] })
        const after = yield* RecordCodec.make({ keys: [second] })
        const [old, renewed] = [yield* before.encode(key, token), yield* both.encode(key, token)]
        same(yield* both.decode(key, old))
        same(yield* after.decode(key, renewed))
        assert.deepStrictEqual(yield* after.decode(key, old), { _tag: "OtherKey" })
        assert.deepStrictEqual(yield* before.decode(key, renewed), { _tag: "OtherKey" })
      })
  )

  it.effect("a sealed text shows neither a token nor whose it is, and no two are the same", () =>
    Effect.gen(function* () {
      const codec = yield* RecordCodec.make({ keys: [first] })
      const [one, two] = [yield* codec.encode(key, token), yield* codec.encode(key, token)]
      assert.notStrictEqual(one, two)
      assert.notInclude(one + two + JSON.stringify(codec), "canary")
      assert.notInclude(yield* RecordCodec.nameOf(key), "canary")
    })
  )

  it.effect("what was changed, cut short or copied to another's name does not open", () =>
    Effect.gen(function* () {
      const codec = yield* RecordCodec.make({ keys: [first] })
      const text = yield* codec.encode(key, token)
      const corrupt = { _tag: "Corrupt" }
      assert.deepStrictEqual(yield* codec.decode(other, text), corrupt)
      for (let at = 0; at < text.length; at += 7) {
        const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)
        assert.notStrictEqual((yield* codec.decode(key, changed))._tag, "Record", `changed at ${at}`)
        assert.deepStrictEqual(yield* codec.decode(key, text.slice(0, at)), corrupt)
      }
      const clear = yield* RecordCodec.make()
      assert.deepStrictEqual(yield* clear.decode(other, yield* clear.encode(key, token)), corrupt)
    })
  )

  it.effect("a record in clear is refused where there is a key, unless reading it is asked for", () =>
    Effect.gen(function* () {
      const text = yield* (yield* RecordCodec.make()).encode(key, token)
      assert.deepStrictEqual(yield* (yield* RecordCodec.make({ keys: [first] })).decode(key, text), { _tag: "Clear" })
      same(yield* (yield* RecordCodec.make({ keys: [first], clear: "read" })).decode(key, text))
    })
  )

  it.effect("a record of a newer program is told from one that is none", () =>
    Effect.gen(function* () {
      const codec = yield* RecordCodec.make()
      assert.deepStrictEqual(yield* codec.decode(key, `{"version":3}`), { _tag: "Newer" })
      assert.deepStrictEqual(yield* codec.decode(key, `{"version":"3"}`), { _tag: "Corrupt" })
    })
  )

  it.effect("a password is no key", () =>
    Effect.gen(function* () {
      const keys = [Redacted.make(new TextEncoder().encode("canary-password"))]
      const error = yield* Effect.flip(RecordCodec.make({ keys }))
      assert.strictEqual(error.setting, "keys")
      assert.notInclude(error.message, "canary")
    })
  )
})
