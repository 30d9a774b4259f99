import { LeasedTokenStore, RecordCodec, StoreEngine, Token, TokenKey, TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as MemoryEngine from "./support/memoryEngine.js"

const keys = [Redacted.make(new Uint8Array(32).fill(1))]
const otherKeys = [Redacted.make(new Uint8Array(32).fill(2))]
const key = TokenKey.make({ issuer: "https://canary-server.test", principal: "canary-user" })
const token = (name: string) =>
  Token.first({
    accessToken: Redacted.make(`canary-access-${name}`),
    refreshToken: Redacted.make(`canary-refresh-${name}`),
    obtainedAt: 1000,
    expiresAt: 2000,
    clockDifference: 0
  })
const accessOf = (found: Option.Option<Token.Token>) =>
  Option.getOrUndefined(Option.map(found, ({ accessToken }) => Redacted.value(accessToken)))

const store = (shared: MemoryEngine.Place, options: LeasedTokenStore.Options = {}, listens = true) => {
  const connection = MemoryEngine.connect(shared, { listens })
  return Effect.map(LeasedTokenStore.make(connection.engine, { keys, ...options }), (made) => ({ ...made, connection }))
}

for (const listens of [true, false]) {
  describe(listens ? "a store on an engine" : "a store on an engine that tells nothing", () => {
    for (const check of TokenStoreContract.checks) {
      it.live(check.name, () =>
        Effect.provide(
          check.run,
          Layer.scoped(
            TokenStore.TokenStore,
            Effect.suspend(() => store(MemoryEngine.place(), {}, listens))
          )
        )
      )
    }
    for (const check of TokenStoreContract.sharedChecks) {
      it.scopedLive(`two of them: ${check.name}`, () =>
        Effect.gen(function* () {
          const shared = MemoryEngine.place()
          yield* check.run(yield* store(shared, {}, listens), yield* store(shared, {}, listens))
        })
      )
    }
  })
}

describe("an engine whose news do not arrive, as behind a pooler", () => {
  it.scopedLive("is told of once, with what to do; changes are found all the same", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const deaf = new StoreEngine.EngineFailure({ problem: "a pooler", fix: "Poll.", retryable: true })
      const { engine } = MemoryEngine.connect(shared)
      const warnings: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel.label === "WARN") warnings.push(String(message))
      })
      yield* Effect.gen(function* () {
        const one = yield* LeasedTokenStore.make({ ...engine, listen: () => Effect.fail(deaf) }, { keys })
        const signals = yield* one.watch(key)
        yield* (yield* store(shared)).write(key, token("elsewhere"))
        yield* Effect.repeat(Queue.take(signals), { until: () => warnings.length > 0 })
        for (let look = 0; look < 3; look++) yield* Queue.take(signals)
        assert.deepStrictEqual(warnings.length, 1)
        assert.match(warnings[0] ?? "", /changes of other.*a pooler.*Poll\./s)
        assert.strictEqual(accessOf(yield* one.read(key)), "canary-access-elsewhere")
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  )
})

describe("what LeasedTokenStore keeps", () => {
  it.scopedLive("neither a token nor whose it is; without a key it says so once", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const told: Array<string> = []
      shared.ears.add((news) => told.push(news))
      yield* (yield* store(shared)).write(key, token("sealed"))
      assert.notInclude(JSON.stringify([...shared.texts, told]), "canary")
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ message }) => void warnings.push(message))
      const clear = yield* Effect.provide(store(shared, { keys: [] }), Logger.replace(Logger.defaultLogger, logger))
      yield* clear.write(key, token("clear"))
      assert.include([...shared.texts.values()].join(), "canary-access-clear")
      assert.strictEqual(warnings.length, 1)
    })
  )

  it.scopedLive("a record that no program can decode is none, and is replaced by a write that expects none", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const one = yield* store(shared)
      shared.texts.set(yield* RecordCodec.nameOf(key), "{")
      assert.deepStrictEqual(yield* one.read(key), Option.none())
      assert.isTrue(yield* one.write(key, token("new"), Option.none()))
      assert.strictEqual(accessOf(yield* one.read(key)), "canary-access-new")
    })
  )

  it.scopedLive("a record under another's key is left alone by a look, and replaced by a write that expects none", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const [one, other] = [yield* store(shared), yield* store(shared, { keys: otherKeys })]
      yield* one.write(key, token("first"))
      const error = yield* Effect.flip(other.read(key))
      assert.isFalse(error.retryable)
      assert.strictEqual(accessOf(yield* one.read(key)), "canary-access-first")
      assert.isTrue(yield* other.write(key, token("second"), Option.none()))
      assert.strictEqual(accessOf(yield* other.read(key)), "canary-access-second")
    })
  )

  it.scopedLive("keys are replaced while machines still have the old one", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const [former, both] = [yield* store(shared), yield* store(shared, { keys: [...otherKeys, ...keys] })]
      yield* former.write(key, token("first"))
      assert.isTrue(yield* both.write(key, token("second"), yield* both.read(key)))
      assert.strictEqual(accessOf(yield* (yield* store(shared, { keys: otherKeys })).read(key)), "canary-access-second")
    })
  )

  it.scopedLive("a record of a newer program stays, also where it is to be removed", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const one = yield* store(shared)
      const name = yield* RecordCodec.nameOf(key)
      shared.texts.set(name, `{"version":99}`)
      yield* Effect.flip(one.read(key))
      yield* Effect.flip(one.remove(key))
      yield* Effect.flip(one.write(key, token("new"), Option.none()))
      assert.strictEqual(shared.texts.get(name), `{"version":99}`)
    })
  )
})

describe("an engine in trouble", () => {
  it.scopedLive("an answer that is lost: the change is found done, and not taken for another's", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const one = yield* store(shared)
      yield* one.write(key, token("first"))
      one.connection.trouble = "deaf"
      assert.isTrue(yield* one.write(key, token("second"), Option.some(token("first"))))
      assert.strictEqual(accessOf(yield* one.read(key)), "canary-access-second")
      assert.isTrue(yield* one.remove(key, token("second")))
      assert.strictEqual(shared.texts.size, 0)
    })
  )

  it.scopedLive("silence ends with the time limit, in a region that cannot be interrupted too", () =>
    Effect.gen(function* () {
      const one = yield* store(MemoryEngine.place(), { timeLimit: "50 millis" })
      one.connection.trouble = "silent"
      for (const step of [
        one.read(key),
        one.write(key, token("new")),
        one.remove(key),
        one.exclusive(key)(Effect.void)
      ]) {
        const error = yield* Effect.flip(Effect.uninterruptible(Effect.asVoid(step)))
        assert.isTrue(error.retryable)
        assert.include(error.message, "no answer in 0.05 seconds")
      }
    })
  )

  it.scopedLive("a refusal is told at once, and does not name what was stored", () =>
    Effect.gen(function* () {
      const one = yield* store(MemoryEngine.place(), { timeLimit: "10 minutes" })
      one.connection.trouble = "refused"
      const error = yield* Effect.flip(one.write(key, token("new")))
      assert.isFalse(error.retryable)
      assert.include(error.message, "memory: not allowed")
      assert.notInclude(error.message, "canary")
    })
  )

  it.scopedLive("what was told while nobody heard may have changed everything: who watches is told that", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const options = { heartbeat: "20 millis", timeLimit: "50 millis" } as const
      const [one, other] = [yield* store(shared, options), yield* store(shared, options)]
      const signals = yield* other.watch(key)
      yield* Queue.takeAll(signals)
      other.connection.trouble = "silent"
      yield* one.write(key, token("unheard"))
      yield* Effect.sleep("200 millis")
      yield* Queue.takeAll(signals)
      other.connection.trouble = "none"
      yield* Effect.timeout(Queue.take(signals), "30 seconds")
    })
  )
})

describe("a lease", () => {
  it.scopedLive("of a program that is gone ends by the engine's clock, and not before", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const [one, other] = [yield* store(shared, { lease: 60_000 }), yield* store(shared)]
      shared.leases.set(yield* RecordCodec.nameOf(key), { owner: "gone", until: 1000 })
      const entered = yield* Effect.fork(Effect.all([one, other].map(({ exclusive }) => exclusive(key)(Effect.void))))
      yield* Effect.sleep("100 millis")
      assert.isNull(entered.unsafePoll())
      shared.now = 1000
      yield* Fiber.join(entered)
    })
  )

  it.scopedLive(
    "of a program that is gone, and tells nothing, is not waited for longer by who cannot be interrupted",
    () =>
      Effect.gen(function* () {
        const shared = MemoryEngine.place()
        const one = yield* store(shared)
        // Listening has begun, and brings no news of its own any more.
        yield* Queue.takeAll(yield* one.watch(key))
        shared.leases.set(yield* RecordCodec.nameOf(key), { owner: "gone", until: 1000 })
        // As a sign-in does.
        const entered = yield* Effect.forkDaemon(Effect.uninterruptible(one.exclusive(key)(Effect.void)))
        yield* Effect.sleep("100 millis")
        assert.isNull(entered.unsafePoll())
        shared.now = 1000
        yield* Effect.timeout(Fiber.join(entered), "30 seconds")
      })
  )

  it.scopedLive("is kept up by signs of life for as long as the section takes", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const one = yield* store(shared, { lease: 30 })
      const name = yield* RecordCodec.nameOf(key)
      const until = () => shared.leases.get(name)?.until ?? 0
      yield* one.exclusive(key)(
        Effect.gen(function* () {
          shared.now = 25
          yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => until() > 30 })
        })
      )
      assert.strictEqual(shared.leases.size, 0)
    })
  )

  it.scopedLive("who waits in vain is told so, and may try again", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const [one, other] = [yield* store(shared), yield* store(shared, { lockTimeout: "50 millis" })]
      const entered = yield* Deferred.make<void>()
      yield* Effect.fork(one.exclusive(key)(Effect.zipRight(Deferred.succeed(entered, undefined), Effect.never)))
      yield* Deferred.await(entered)
      const error = yield* Effect.flip(other.exclusive(key)(Effect.void))
      assert.strictEqual(error.reason, "Held")
      assert.isTrue(error.retryable)
    })
  )

  it.scopedLive("that came to who had left goes back", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const one = yield* store(shared, { timeLimit: "10 seconds" })
      const name = yield* RecordCodec.nameOf(key)
      one.connection.trouble = "deaf"
      const waiter = yield* Effect.fork(one.exclusive(key)(Effect.never))
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => shared.leases.has(name) })
      yield* Fiber.interrupt(waiter)
      yield* Effect.timeout(
        Effect.repeat(Effect.sleep("5 millis"), { until: () => !shared.leases.has(name) }),
        "30 seconds"
      )
    })
  )
})
