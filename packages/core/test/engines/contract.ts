/** What a store on an engine must do, whichever engine it is, within one program. */
import { RecordCodec, TokenKey, TokenStore } from "@mlserver-auth/core"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { assert, describe, layer, type Vitest } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Canary from "./canary.js"
import { type Engine, PATIENT, type Server, skipped, type Way } from "./engine.js"

let places = 0
/** A place that no other test has. Two engines take it: as a prefix, and as the name of a table. */
export const fresh = (): string => `test_${places++}`

const { key, token } = Canary

/** Runs with all that is logged, at whichever level. */
const logging = <A, E, R>(effect: (logged: ReadonlyArray<unknown>) => Effect.Effect<A, E, R>) => {
  const logged: Array<unknown> = []
  const logger = Logger.make(({ annotations, cause, message }) => void logged.push([message, cause, [...annotations]]))
  return Effect.provide(
    Logger.withMinimumLogLevel(effect(logged), LogLevel.All),
    Logger.replace(Logger.defaultLogger, logger)
  )
}

/** The server of the suite. */
export class Running extends Context.Tag("test/engines/Running")<Running, Server>() {}

type It = Vitest.MethodsNonLive<Running, true>

/** `more` is special to the engine, and uses the same server. */
export const suite = (engine: Engine, more: (it: It) => void): void => {
  describe.skipIf(engine.missing !== "")(`${engine.name}${skipped(engine)}`, () => {
    layer(Layer.scoped(Running, engine.server), { excludeTestServices: true })((it) => {
      for (const way of engine.ways) contract(it, way)
      for (const way of engine.ways) names(it, way)
      for (const way of engine.ways) secrets(it, engine, way)
      for (const way of engine.ways) listeners(it, way)
      more(it)
    })
  })
}

const contract = (it: It, { name, store }: Way) => {
  for (const check of TokenStoreContract.checks) {
    it.scoped(`${name}: ${check.name}`, () =>
      Effect.gen(function* () {
        const { at } = yield* Running
        yield* Effect.provideService(check.run, TokenStore.TokenStore, yield* store(at, fresh(), PATIENT))
      })
    )
  }
  for (const check of TokenStoreContract.sharedChecks) {
    it.scoped(`${name}, two stores: ${check.name}`, () =>
      Effect.gen(function* () {
        const [{ at }, place] = [yield* Running, fresh()]
        yield* check.run(yield* store(at, place, PATIENT), yield* store(at, place, PATIENT))
      })
    )
  }
}

/** Names of users as directories have them, and as attackers would. */
const NAMES = [
  "björn.ägren@contoso.com",
  "李明 🦊",
  "u".repeat(500),
  "a}b{c:*",
  "'; drop table users; --",
  "nul\u0000and\nline",
  "lone \ud800",
  "lone \udfff"
]

const names = (it: It, { name, store }: Way) => {
  for (const options of [PATIENT, { ...PATIENT, keys: [] }]) {
    it.scoped(
      `${name}, ${options.keys.length > 0 ? "sealed" : "clear"}: a record for each user, whatever the name`,
      () =>
        Effect.gen(function* () {
          const one = yield* store((yield* Running).at, fresh(), options)
          const keyOf = (principal: string) => TokenKey.make({ issuer: "https://a.test", principal })
          for (const each of NAMES)
            yield* one.exclusive(keyOf(each))(one.write(keyOf(each), token(each), Option.none()))
          for (const each of NAMES) {
            const found = Option.getOrThrow(yield* one.read(keyOf(each)))
            assert.strictEqual(Redacted.value(found.accessToken), `canary-access-${each}`)
            assert.isTrue(yield* one.remove(keyOf(each), found))
          }
        })
    )
  }

  it.scoped(`${name}: two places on one server have nothing in common`, () =>
    Effect.gen(function* () {
      const { at } = yield* Running
      const [one, other] = [yield* store(at, fresh(), PATIENT), yield* store(at, fresh(), PATIENT)]
      const inside = Effect.gen(function* () {
        yield* one.write(key, token("first"))
        assert.strictEqual(yield* other.exclusive(key)(Effect.succeed("entered")), "entered")
        assert.deepStrictEqual(yield* other.read(key), Option.none())
      })
      yield* one.exclusive(key)(inside)
    })
  )
}

const secrets = (it: It, { name: place, refusal, traces }: Engine, { name, store }: Way) => {
  it.scoped(`${name}: what lies there, passes there and is logged shows neither a token nor whose it is`, () =>
    logging((logged) =>
      Effect.gen(function* () {
        const [{ at }, where] = [yield* Running, fresh()]
        const one = yield* store(at, where, PATIENT)
        const all = yield* traces(at, where)
        const signals = yield* one.watch(key)
        yield* one.write(key, token("first"))
        yield* Queue.take(signals)
        yield* one.exclusive(key)(one.write(key, token("second"), Option.some(token("first"))))
        yield* one.write(key, token("late"), Option.some(token("first")))
        const seen = yield* all
        // It does see what lies there and what passes.
        assert.include(seen, yield* RecordCodec.nameOf(key))
        assert.match(seen, /\\?"version\\?":/)
        yield* one.remove(key, token("second"))
        Canary.assertNone(seen, yield* all, logged)
      })
    )
  )

  it.scoped(`${name}: a refusal is told at once, in words without a secret`, () =>
    logging((logged) =>
      Effect.gen(function* () {
        const [{ at }, where] = [yield* Running, fresh()]
        const one = yield* store(at, where, PATIENT)
        const error = yield* Effect.scoped(
          Effect.zipRight(refusal.begin(at, where), Effect.flip(one.write(key, token("refused"))))
        )
        assert.isFalse(error.retryable)
        assert.include(error.message, `${place}: `)
        assert.include(error.message, refusal.words)
        Canary.assertNone(error, error.message, logged)
      })
    )
  )

  it.scoped(
    `${name}: a server that is gone is told after the time limit, in words without a secret, and found again`,
    () =>
      logging((logged) =>
        Effect.gen(function* () {
          const [{ at, kill, start }, where] = [yield* Running, fresh()]
          const [one, hasty] = [
            yield* store(at, where, PATIENT),
            yield* store(at, where, { ...PATIENT, timeLimit: 300 })
          ]
          yield* one.write(key, token("before"))
          yield* kill
          // Another key: what was given up may be done later, since clients keep commands until they are connected again.
          const error = yield* Effect.ensuring(Effect.flip(hasty.write(Canary.otherKey, token("lost"))), start)
          assert.isTrue(error.retryable)
          assert.match(error.message, new RegExp(`${place}: (it cannot be reached|no answer in)`))
          Canary.assertNone(error, error.message, logged)
          assert.isTrue(yield* one.write(key, token("after"), yield* one.read(key)))
        })
      )
  )
}

const listeners = (it: It, { cut, name, store }: Way) => {
  if (cut === undefined) return
  it.scoped(`${name}: a listener whose connection is cut hears again`, () =>
    Effect.gen(function* () {
      const [{ at }, place] = [yield* Running, fresh()]
      // A connection that ends without a word is found out by a sign of life that is missing: this long after a heartbeat.
      const heedful = { ...PATIENT, heartbeat: "200 millis", timeLimit: "1 second" } as const
      const [one, other] = [yield* store(at, place, PATIENT), yield* store(at, place, heedful)]
      const signals = yield* other.watch(key)
      for (let round = 0; round < 3; round++) {
        yield* Queue.takeAll(signals)
        yield* cut(at)
        yield* one.write(key, token(`round-${round}`))
        // Told that everything may have changed, or of the change itself.
        yield* Queue.take(signals)
      }
    })
  )
}
