/** The files of this package and the records of stores on engines are one format. */
import { RecordCodec, Token, TokenKey } from "@mlserver-auth/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TokenRecord from "../src/internal/store/tokenRecord.js"

const key = TokenKey.make({ issuer: "https://server.test", principal: "Zoë ☃" })
const token = Token.first(
  {
    accessToken: Redacted.make("access"),
    refreshToken: Redacted.make("refresh"),
    obtainedAt: 1000,
    expiresAt: 2000,
    clockDifference: undefined
  },
  "Zoë ☃"
)
const master = new Uint8Array(32).fill(7)

describe("core's codec and the file store's records", () => {
  it.effect("what a file holds, sealed or in clear, the codec opens", () =>
    Effect.gen(function* () {
      const codec = yield* RecordCodec.make({ keys: [Redacted.make(master)], clear: "read" })
      for (const place of ["application", "file", "keyring"] as const) {
        const decoded = yield* codec.decode(key, TokenRecord.seal(master, place, key, token))
        assert.deepStrictEqual(decoded, { _tag: "Record", token })
      }
      assert.deepStrictEqual(yield* codec.decode(key, TokenRecord.encode(key, token)), { _tag: "Record", token })
    })
  )

  it.effect("what the codec writes, sealed or in clear, the file store opens", () =>
    Effect.gen(function* () {
      const text = yield* (yield* RecordCodec.make({ keys: [Redacted.make(master)] })).encode(key, token)
      const decoded = TokenRecord.decode(key, text)
      if (decoded._tag !== "Sealed") return assert.fail(decoded._tag)
      assert.deepStrictEqual(TokenRecord.open(master, key, decoded.sealed), token)
      const clear = yield* (yield* RecordCodec.make()).encode(key, token)
      assert.deepStrictEqual(TokenRecord.decode(key, clear), { _tag: "Record", token })
    })
  )
})
