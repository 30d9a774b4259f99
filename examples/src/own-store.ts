/** A store of one's own, and the checks that every store must pass. A `Map` stands for a table, `sync` for one statement. */
import { Token, type TokenKey, TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const Row = Schema.parseJson(Token.Token)

const make = Effect.gen(function* () {
  const rows = new Map<string, string>()
  const exclusive = yield* TokenStore.makeExclusive
  const { signal, watch } = yield* TokenStore.makeWatchers
  // What is no token counts as absent.
  const find = ({ id }: TokenKey.TokenKey) => Schema.decodeUnknownOption(Row)(rows.get(id))
  const changed = (key: TokenKey.TokenKey, done: unknown) => {
    signal(key)
    return done !== undefined
  }
  return TokenStore.TokenStore.of({
    read: (key) => Effect.sync(() => find(key)),
    write: (key, token, over) =>
      Effect.sync(() => {
        const may = over === undefined || TokenStore.isStill(find(key), over)
        return may && changed(key, rows.set(key.id, Schema.encodeSync(Row)(token)))
      }),
    remove: (key, only) =>
      Effect.sync(() => {
        const may = !Option.exists(find(key), (token) => only !== undefined && !Token.isSame(token, only))
        return may && changed(key, rows.delete(key.id))
      }),
    exclusive,
    watch
  })
})

const checks = Effect.forEach(TokenStoreContract.checks, ({ run }) => run)
await Effect.runPromise(Effect.provide(checks, Layer.effect(TokenStore.TokenStore, make)))
console.log(`${TokenStoreContract.checks.length} checks passed`)
