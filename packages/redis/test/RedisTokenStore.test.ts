import { RecordCodec } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { key, token } from "../../core/test/engines/canary.js"
import * as Contract from "../../core/test/engines/contract.js"
import { PATIENT } from "../../core/test/engines/engine.js"
import { engine } from "./engine.js"
import * as Server from "./server.js"

Contract.suite(engine, (it) => {
  it.scoped("a record lives for ninety days, and nothing is left of one that was removed", () =>
    Effect.gen(function* () {
      const [{ at }, prefix] = [yield* Contract.Running, Contract.fresh()]
      const store = yield* Server.store("redis", Number(at), { ...PATIENT, prefix })
      const client = yield* Server.clients.redis(Number(at))
      yield* store.exclusive(key)(store.write(key, token("first")))
      const name = `${prefix}:{${yield* RecordCodec.nameOf(key)}}`
      const life = yield* Effect.promise(() => client.pTTL(name))
      assert.closeTo(life, 90 * 86_400_000, 3_600_000)
      yield* store.remove(key)
      assert.deepStrictEqual(yield* Effect.promise(() => client.keys(`${prefix}:*`)), [])
    })
  )

  it.scoped("stores with the two clients are one place", () =>
    Effect.gen(function* () {
      const [{ at }, prefix] = [yield* Contract.Running, Contract.fresh()]
      const [one, other] = [
        yield* Server.store("redis", Number(at), { ...PATIENT, prefix }),
        yield* Server.store("ioredis", Number(at), { ...PATIENT, prefix })
      ]
      for (const check of TokenStoreContract.sharedChecks) yield* check.run(one, other)
    })
  )
})
