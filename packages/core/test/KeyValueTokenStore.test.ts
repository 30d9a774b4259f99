import { type AuthError, KeyValueTokenStore, RecordCodec, Token, TokenKey, TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { SystemError } from "@effect/platform/Error"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"

const keys = [Redacted.make(new Uint8Array(32).fill(1))]
const key = TokenKey.make({ issuer: "https://server.test", principal: "canary-user" })
const token = Token.first({
  accessToken: Redacted.make("canary-access"),
  refreshToken: undefined,
  obtainedAt: 1,
  expiresAt: undefined,
  clockDifference: undefined
})

describe("a token store on a KeyValueStore", () => {
  for (const check of TokenStoreContract.checks) {
    it.live(check.name, () =>
      Effect.provide(check.run, KeyValueTokenStore.layer({ keys }).pipe(Layer.provide(KeyValueStore.layerMemory)))
    )
  }

  it.scopedLive("two of them on one KeyValueStore do not hold together, which the suite for two says", () =>
    Effect.gen(function* () {
      const make = KeyValueTokenStore.make({ keys })
      const [one, other] = [yield* make, yield* make]
      const broken = yield* Effect.forEach(TokenStoreContract.sharedChecks.slice(0, -1), (check) =>
        Effect.map(Effect.either(check.run(one, other)), ({ _tag }) => _tag)
      )
      assert.include(broken, "Left")
    }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  it.live("what lies there shows nothing, and what is no record is none, and is replaced", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.TokenStore
      const values = yield* KeyValueStore.KeyValueStore
      const name = `mlserver-auth-${yield* RecordCodec.nameOf(key)}`
      yield* values.set(name, "{")
      assert.deepStrictEqual(yield* store.read(key), Option.none())
      assert.isTrue(yield* store.write(key, token, Option.none()))
      assert.notInclude(JSON.stringify(yield* values.get(name)), "canary")
    }).pipe(Effect.provide(KeyValueTokenStore.layer({ keys }).pipe(Layer.provideMerge(KeyValueStore.layerMemory))))
  )

  it.effect(
    "silence is told after the time limit, also where a caller cannot be interrupted, and goes on after it",
    () =>
      Effect.gen(function* () {
        const memory = yield* KeyValueStore.KeyValueStore
        let isSilent = true
        const slow = <A, E>(step: Effect.Effect<A, E>) => Effect.suspend(() => (isSilent ? Effect.never : step))
        const values = KeyValueStore.make({
          ...memory,
          get: (name) => slow(memory.get(name)),
          set: (name, value) => slow(memory.set(name, value)),
          remove: (name) => slow(memory.remove(name))
        })
        const made = KeyValueTokenStore.make({ keys, timeLimit: "3 seconds" })
        const store = yield* Effect.provideService(made, KeyValueStore.KeyValueStore, values)
        for (const step of [
          store.read(key),
          store.write(key, token),
          store.write(key, token, Option.none()),
          store.remove(key)
        ]) {
          const failed = yield* Effect.fork(
            Effect.uninterruptible(Effect.flip<unknown, AuthError.StoreUnavailable, never>(step))
          )
          // The names of records are hashed by the platform, in its own time.
          yield* Effect.repeat(
            Effect.zipRight(
              Effect.promise(() => new Promise(setImmediate)),
              TestClock.adjust("1 second")
            ),
            { until: () => failed.unsafePoll() !== null }
          )
          const error = yield* Fiber.join(failed)
          assert.match(error.message, /no answer in 3 seconds/)
          assert.isTrue(error.retryable)
        }
        isSilent = false
        assert.isTrue(yield* store.write(key, token))
      }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  it.live("a failure is told by its kind, and quotes nothing", () =>
    Effect.gen(function* () {
      const failure = new SystemError({
        reason: "PermissionDenied",
        module: "KeyValueStore",
        method: "set",
        description: "canary"
      })
      const failing = KeyValueStore.makeStringOnly({
        get: () => Effect.fail(failure),
        set: () => Effect.fail(failure),
        remove: () => Effect.fail(failure),
        clear: Effect.void,
        size: Effect.succeed(0)
      })
      const store = yield* Effect.provideService(KeyValueTokenStore.make(), KeyValueStore.KeyValueStore, failing)
      for (const step of [Effect.asVoid(store.read(key)), store.write(key, token), store.remove(key, token)]) {
        const error = yield* Effect.flip(Effect.asVoid(step))
        assert.include(error.message, "PermissionDenied")
        assert.notInclude(error.message, "canary")
      }
    })
  )
})
