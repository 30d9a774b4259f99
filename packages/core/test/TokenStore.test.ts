import { describe, it } from "@effect/vitest"
import { TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import * as Effect from "effect/Effect"

describe("the store in memory", () => {
  for (const check of TokenStoreContract.checks) {
    it.effect(check.name, () => Effect.provide(check.run, TokenStore.layerMemory))
  }
})
