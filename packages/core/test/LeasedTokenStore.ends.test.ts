import { LeasedTokenStore, RecordCodec, StoreEngine, TokenKey } from "@mlserver-auth/core"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as MemoryEngine from "./support/memoryEngine.js"

const keys = [Redacted.make(new Uint8Array(32).fill(1))]
const key = TokenKey.make({ issuer: "https://a.test" })

describe("a clock that is set while a program waits for a lease", () => {
  for (const [how, step] of [
    ["back", -3_600_000],
    ["on, as after a sleep", 3_600_000]
  ] as const) {
    it.scopedLive(`${how}: it waits for as long as was said`, () =>
      Effect.gen(function* () {
        const shared = MemoryEngine.place()
        shared.leases.set(yield* RecordCodec.nameOf(key), { owner: "another", until: Infinity })
        const { engine } = MemoryEngine.connect(shared)
        const one = yield* LeasedTokenStore.make(engine, { keys, lockTimeout: "1 second" })
        const began = performance.now()
        const waiting = yield* Effect.fork(Effect.flip(one.exclusive(key)(Effect.void)))
        yield* Effect.sleep("100 millis")
        const { now } = Date
        yield* Effect.acquireRelease(
          Effect.sync(() => void (Date.now = () => now() + step)),
          () => Effect.sync(() => void (Date.now = now))
        )
        const error = yield* Effect.timeout(Fiber.join(waiting), "60 seconds")
        assert.strictEqual(error.reason, "Held")
        assert.isAtLeast(performance.now() - began, 990)
      })
    )
  }
})

describe("an engine with a channel for each record", () => {
  const refused = new StoreEngine.EngineFailure({ problem: "no such channel for you", fix: "Ask.", retryable: false })
  /** Its channels fail from now on, or as often as was said. */
  const channels = (shared: MemoryEngine.Place, failing: { times: number }) => {
    const { engine } = MemoryEngine.connect(shared)
    const follow = () => Effect.suspend(() => (failing.times-- > 0 ? refused : Effect.void))
    const listen: StoreEngine.Engine["listen"] = (heard) =>
      Effect.map(engine.listen?.(heard) ?? Effect.dieMessage("deaf"), (listener) => ({
        ...listener,
        follow,
        unfollow: () => Effect.void
      }))
    return { ...engine, listen }
  }

  for (const [how, times] of [
    ["once", 1],
    ["for good", Infinity]
  ] as const) {
    it.scopedLive(`that refuses one (${how}): who watches that record is told that it may have changed`, () =>
      Effect.gen(function* () {
        const failing = { times: 0 }
        const one = yield* LeasedTokenStore.make(channels(MemoryEngine.place(), failing), { keys })
        const other = TokenKey.make({ issuer: "https://b.test" })
        yield* one.watch(other)
        failing.times = times
        const signals = yield* one.watch(key)
        yield* Queue.takeAll(signals)
        yield* Effect.timeout(Queue.take(signals), "30 seconds")
      })
    )
  }

  it.scopedLive("that falls silent while a thousand are begun is found out after a heartbeat", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const { engine } = MemoryEngine.connect(shared)
      const added = yield* Deferred.make<void>()
      let listening = 0
      const listen: StoreEngine.Engine["listen"] = (heard) =>
        Effect.map(Effect.zipRight(Deferred.await(added), engine.listen?.(heard) ?? Effect.dieMessage("deaf")), () => {
          const isSilent = listening++ === 0
          const step = Effect.suspend(() => (isSilent ? Effect.never : Effect.void))
          return { alive: step, follow: () => step, unfollow: () => Effect.void }
        })
      const options = { keys, heartbeat: "50 millis", timeLimit: "1 second" } as const
      const one = yield* LeasedTokenStore.make({ ...engine, listen }, options)
      const following = yield* one.follow?.(() => undefined) ?? Effect.dieMessage("no follow")
      for (let user = 0; user < 1000; user++)
        yield* following.add(TokenKey.make({ issuer: "https://a.test", principal: `${user}` }))
      yield* Deferred.succeed(added, undefined)
      yield* Effect.timeout(Effect.repeat(Effect.sleep("50 millis"), { until: () => listening > 1 }), "30 seconds")
    })
  )
})

describe("the end of a store", () => {
  it.scopedLive(
    "ends what it had yet to tell an engine that does not answer: nothing of it lives on in the program",
    () =>
      Effect.gen(function* () {
        const { engine } = MemoryEngine.connect(MemoryEngine.place())
        const [asked, ended] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const silent = Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never).pipe(
          Effect.onInterrupt(() => Deferred.succeed(ended, undefined))
        )
        const channels = { follow: () => Effect.void, unfollow: () => silent }
        const listen: StoreEngine.Engine["listen"] = (heard) =>
          Effect.map(engine.listen?.(heard) ?? Effect.dieMessage("deaf"), (listener) => ({ ...listener, ...channels }))
        const scope = yield* Scope.make()
        const made = LeasedTokenStore.make({ ...engine, listen }, { keys, timeLimit: "10 minutes" })
        const one = yield* Scope.extend(made, scope)
        yield* Effect.scoped(one.watch(key))
        yield* Deferred.await(asked)
        yield* Scope.close(scope, Exit.void)
        yield* Effect.timeout(Deferred.await(ended), "30 seconds")
      })
  )

  it.scopedLive("waits for a lease that is on its way back: its client may end next", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const scope = yield* Scope.make()
      const connection = MemoryEngine.connect(shared)
      const made = LeasedTokenStore.make(connection.engine, { keys, timeLimit: "10 seconds" })
      const one = yield* Scope.extend(made, scope)
      const name = yield* RecordCodec.nameOf(key)
      connection.trouble = "deaf"
      const waiter = yield* Effect.fork(one.exclusive(key)(Effect.never))
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => shared.leases.has(name) })
      yield* Fiber.interrupt(waiter)
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(shared.leases.has(name))
    })
  )
})
