/** The suite for two stores on one engine must tell a store that keeps to itself from one that reaches. */
import { describe, expect, it } from "@effect/vitest"
import { TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import * as Effect from "effect/Effect"

describe("two stores on one engine", () => {
  for (const check of TokenStoreContract.sharedChecks) {
    it.live(check.name, () => Effect.flatMap(TokenStore.makeMemory, (engine) => check.run(engine, { ...engine })))
  }

  it.live("that share records but neither conditions, sections nor news are found out by each check for that", () =>
    Effect.gen(function* () {
      const records = yield* TokenStore.makeMemory
      const bridge = Effect.map(TokenStore.makeMemory, (own): TokenStore.Service => ({
        ...own,
        read: records.read,
        write: (key, token, over) =>
          Effect.gen(function* () {
            if (over !== undefined && !TokenStore.isStill(yield* records.read(key), over)) return false
            yield* Effect.yieldNow()
            return yield* records.write(key, token)
          }),
        remove: records.remove
      }))
      const found = yield* Effect.forEach(TokenStoreContract.sharedChecks.slice(1, 3), ({ run }) =>
        Effect.flatMap(Effect.all([bridge, bridge]), ([one, other]) => Effect.flip(run(one, other)))
      )
      expect(found.map(({ _tag }) => _tag)).toEqual(["ContractBroken", "ContractBroken"])
    })
  )

  it.live("that keep to themselves are found out by the first check", () =>
    Effect.gen(function* () {
      const [one, other] = yield* Effect.all([TokenStore.makeMemory, TokenStore.makeMemory])
      const [first] = TokenStoreContract.sharedChecks
      expect(first && (yield* Effect.flip(first.run(one, other)))).toMatchObject({ _tag: "ContractBroken" })
    })
  )
})
