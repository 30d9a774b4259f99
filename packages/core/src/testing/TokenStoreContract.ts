/**
 * What every `TokenStore` must do, as a list of named checks for any test runner. Each check uses keys of its own, so
 * they may run against one store together.
 *
 * @example
 * import { it } from "@effect/vitest"
 * import { TokenStore } from "@mlserver-auth/core"
 * import { TokenStoreContract } from "@mlserver-auth/core/testing"
 * import * as Effect from "effect/Effect"
 *
 * for (const check of TokenStoreContract.checks) {
 *   it.live(check.name, () => Effect.provide(check.run, TokenStore.layerMemory))
 * }
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Token from "../Token.js"
import * as TokenKey from "../TokenKey.js"
import { type Check, check, expect, key, same, token } from "./check.js"
import { conditions, exclusion, watching } from "./sharing.js"

export { type Check, ContractBroken } from "./check.js"

const records: ReadonlyArray<Check> = [
  check("a record that was never written is absent", (store) =>
    Effect.flatMap(store.read(key("never")), (found) => expect(Option.isNone(found), "something was read"))
  ),
  check("what was written is read back whole", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("whole"), token("whole"))
      yield* expect(same(yield* store.read(key("whole")), token("whole")), "the token read is not the one written")
    })
  ),
  check("a token without a refresh token and without an end is read back so", (store) =>
    Effect.gen(function* () {
      const bare = yield* Token.fromAccessToken(Redacted.make("bare"))
      yield* store.write(key("bare"), bare)
      const found = Option.getOrUndefined(yield* store.read(key("bare")))
      yield* expect(found !== undefined && Token.isSame(found, bare), "the token read is not the one written")
      yield* expect(found?.refreshToken === undefined && found?.expiresAt === undefined, "members were added")
    })
  ),
  check("a write replaces the record", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("twice"), token("first"))
      yield* store.write(key("twice"), token("second"))
      yield* expect(same(yield* store.read(key("twice")), token("second")), "the first write is still there")
    })
  ),
  check("a removed record is absent, and removing it again is no error", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("gone"), token("gone"))
      yield* expect(yield* store.remove(key("gone")), "a removal said that something is left")
      yield* expect(yield* store.remove(key("gone")), "the second removal said that something is left")
      yield* expect(Option.isNone(yield* store.read(key("gone"))), "the record is still there")
    })
  ),
  check("a record is removed only if it holds the token that was named", (store) =>
    Effect.gen(function* () {
      yield* store.write(key("named"), token("new"))
      yield* expect(!(yield* store.remove(key("named"), token("old"))), "a removal of another token said it was done")
      yield* expect(same(yield* store.read(key("named")), token("new")), "another user's token was removed")
      yield* expect(yield* store.remove(key("named"), token("new")), "a removal said that something is left")
      yield* expect(Option.isNone(yield* store.read(key("named"))), "the named token is still there")
      yield* expect(yield* store.remove(key("named"), token("new")), "a removal of nothing said that something is left")
    })
  ),
  check("keys that differ in one part, in case or in strange characters do not share a record", (store) =>
    Effect.gen(function* () {
      const parts = { issuer: "https://a.example", tenant: "t", client: "c", resource: "r", principal: "p" }
      const keys = [
        TokenKey.make(parts),
        ...Object.keys(parts).map((part) => TokenKey.make({ ...parts, [part]: "other" })),
        ...["P", "p ", "../p", "p/..", "", "p\u0000", "😀"].map((principal) => TokenKey.make({ ...parts, principal }))
      ]
      yield* Effect.forEach(keys, (each, at) => store.write(each, token(String(at))))
      yield* Effect.forEach(keys, (each, at) =>
        Effect.flatMap(store.read(each), (found) =>
          expect(same(found, token(String(at))), `key ${at} holds another's token`)
        )
      )
    })
  )
]

/** Every check of one store. `sharedChecks` are those of two stores on one engine. */
export const checks: ReadonlyArray<Check> = [...records, ...conditions, ...exclusion, ...watching]

export { type SharedCheck, sharedChecks } from "./shared.js"
