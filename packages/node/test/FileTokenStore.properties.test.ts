import * as Token from "@mlserver-auth/core/Token"
import { TokenKey } from "@mlserver-auth/core/TokenKey"
import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as TokenRecord from "../src/internal/store/tokenRecord.js"
import * as Authority from "./authority.js"

const PARTS = ["issuer", "tenant", "client", "resource", "principal"] as const

/** Anything, and what is often one part too many: separators, quotes, other cases of letters, lone surrogates. */
const part = FastCheck.oneof(
  FastCheck.string({ maxLength: 20 }),
  FastCheck.constantFrom("", "contoso.com", "Contoso.com", "a/b", 'a","b', "a\u0000b", "\ud800", "https://login.test/")
)
const keys = FastCheck.record({ issuer: part, tenant: part, client: part, resource: part, principal: part })

/** As Azure makes them: three parts of a JWT, and a refresh token, of some kilobytes each. */
const secret = FastCheck.tuple(
  FastCheck.integer({ min: 1, max: 24_000 }),
  FastCheck.constantFrom("eyJ0eXAi.", "0.AXkA_-~+/=", "M.C507_BAY.")
).map(([length, text]) => Redacted.make(text.repeat(Math.ceil(length / text.length)).slice(0, length)))
const instant = FastCheck.integer({ min: 0, max: 8.64e15 })
const maybe = <A>(of: FastCheck.Arbitrary<A>) => FastCheck.option(of, { nil: undefined })

const tokens = FastCheck.record({
  received: FastCheck.record({
    accessToken: secret,
    refreshToken: maybe(secret),
    obtainedAt: instant,
    expiresAt: maybe(instant),
    clockDifference: maybe(FastCheck.integer())
  }),
  principal: maybe(FastCheck.string()),
  renewals: FastCheck.integer({ min: 0, max: 3 })
}).map(({ principal, received, renewals }) =>
  Array.from({ length: renewals }).reduce<Token.Token>(
    (token) => Token.next(token, received),
    Token.first(received, principal)
  )
)

/** Everything of a token, the secrets in clear. */
const plain = Schema.encodeSync(Token.Token)

describe("tokens of Azure in files", () => {
  it.prop("a record is read as it was written, for its own key only", [keys, keys, tokens], ([mine, other, token]) => {
    const key = new TokenKey(mine)
    const text = TokenRecord.encode(key, token)
    const read = TokenRecord.decode(key, text)
    if (read._tag !== "Record") return assert.fail(read._tag)
    assert.deepStrictEqual(plain(read.token), plain(token))
    const same = PARTS.every((name) => mine[name] === other[name])
    assert.strictEqual(TokenRecord.decode(new TokenKey(other), text)._tag, same ? "Record" : "Corrupt")
  })

  it.scopedLive.prop(
    "keys that differ in one part have files of their own",
    { key: keys, name: FastCheck.constantFrom(...PARTS), value: part, one: tokens, two: tokens },
    ({ key, name, one, two, value }) =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        const store = yield* FileTokenStore.make({ directory, sealing: "none" })
        const changed = { ...key, [name]: key[name] === value ? `${value}/` : value }
        yield* store.write(new TokenKey(key), one)
        yield* store.write(new TokenKey(changed), two)
        assert.strictEqual((yield* Effect.promise(() => Fs.readdir(directory))).length, 2)
        for (const [parts, token] of [
          [key, one],
          [changed, two]
        ] as const) {
          const read = yield* store.read(new TokenKey(parts))
          assert.deepStrictEqual(Option.map(read, plain), Option.some(plain(token)))
        }
      }),
    { fastCheck: { numRuns: 50 } }
  )
})
