import { describe, expect, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Served from "./support/served.js"
import * as Signer from "./support/signer.js"

const { NOW } = Signer
const { accepted, set } = Served

const old = await Signer.make("RS256", "old")
const young = await Signer.make("RS256", "young")

describe("KeySet.fromUrl: when keys are fetched", () => {
  it.effect("not before they are needed, and once for a hundred tokens at a time", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(old)])
      expect(sent).toHaveLength(0)
      expect(yield* reasons(old, 100, "1 second")).toEqual(accepted)
      expect(sent).toMatchObject([{ method: "GET", url: Served.KEYS_URL, headers: { accept: "application/json" } }])
    })
  )

  it.effect("not again for a day, and then once", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(old)])
      yield* reasons(old, 1, "1 second")
      yield* TestClock.setTime(NOW + 86_400_000 - 1)
      expect(yield* reasons(old, 100, "0 seconds")).toEqual(accepted)
      expect(sent).toHaveLength(1)
      yield* TestClock.setTime(NOW + 86_400_000)
      expect(yield* reasons(old, 100, "1 second")).toEqual(accepted)
      expect(sent).toHaveLength(2)
    })
  )

  it.effect("a key that was taken back is believed no longer than that", () =>
    Effect.gen(function* () {
      const { reasons } = yield* Served.make([set(old, young), set(young)], { maxAge: "1 hour" })
      expect(yield* reasons(old, 1, "1 second")).toEqual(accepted)
      yield* TestClock.adjust("1 hour")
      expect(yield* reasons(old, 1, "1 second")).toEqual(new Set(["UnknownKey"]))
    })
  )

  it.effect("again for a key that is not among them, once for all who ask, and the new key counts", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(old), set(old, young)])
      yield* reasons(old, 1, "1 second")
      yield* TestClock.adjust("5 minutes")
      expect(yield* reasons(young, 100, "1 second")).toEqual(accepted)
      expect(yield* reasons(old, 100, "0 seconds")).toEqual(accepted)
      expect(sent).toHaveLength(2)
    })
  )

  it.effect("not in a loop, however many made-up keys are sent", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(old)])
      yield* reasons(old, 1, "1 second")
      const minutes = yield* Effect.forEach(Array.from({ length: 60 }), () =>
        Effect.zipRight(TestClock.adjust("1 minute"), reasons(young, 10, "1 second"))
      )
      expect(new Set(minutes.flatMap((reasons) => [...reasons]))).toEqual(new Set(["UnknownKey"]))
      const pauses = sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0))
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(300_000)
      expect(sent.length).toBeGreaterThan(10)
      expect(yield* reasons(old, 10, "0 seconds")).toEqual(accepted)
    })
  )

  it.effect("as often as they are told to", () =>
    Effect.gen(function* () {
      const { reasons, sent } = yield* Served.make([set(old)], { cooldown: 0 })
      yield* reasons(old, 1, "1 second")
      yield* reasons(young, 1, "1 second")
      yield* reasons(young, 1, "1 second")
      expect(sent).toHaveLength(3)
    })
  )

  it.effect("no sooner and no later because the wall clock was set", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const setTo = (wall: number) =>
        Effect.withClock<Clock.Clock>(
          Object.assign(Object.create(clock) as Clock.Clock, { currentTimeMillis: Effect.succeed(wall) })
        )
      const { reasons, sent } = yield* Served.make([{ status: 503 }, set(old), set(young)])
      yield* reasons(old, 1, "1 second")
      yield* TestClock.adjust("1 second")
      expect(yield* setTo(NOW - 3_600_000)(reasons(old, 1, "1 second"))).toEqual(accepted)
      expect(yield* setTo(NOW + 172_800_000)(reasons(old, 1, "0 seconds"))).toEqual(accepted)
      expect(sent).toHaveLength(2)
      yield* TestClock.adjust("5 minutes")
      expect(yield* setTo(NOW - 3_600_000)(reasons(young, 1, "1 second"))).toEqual(accepted)
    })
  )
})

describe("KeySet.fromUrl: whoever leaves while keys are fetched", () => {
  /** A sign that somebody looks for a key, and has asked for it. */
  const begun = (served: Served.Served, signer: Signer.Signer) =>
    Effect.gen(function* () {
      const token = yield* signer.token()
      const fiber = yield* Effect.fork(Signer.refusal(served.verifier, token))
      yield* TestClock.adjust("500 millis")
      return fiber
    })

  it.effect("goes at once, and does not take the keys of the others along", () =>
    Effect.gen(function* () {
      const served = yield* Served.make([set(old)])
      const first = yield* begun(served, old)
      const second = yield* begun(served, old)
      yield* Fiber.interrupt(first)
      expect(yield* Fiber.join(second)).toBeUndefined()
      expect(served.sent).toHaveLength(1)
    })
  )

  it.effect("leaves the keys to whoever comes later, even if nobody has stayed", () =>
    Effect.gen(function* () {
      const served = yield* Served.make([set(old)])
      yield* Fiber.interrupt(yield* begun(served, old))
      yield* TestClock.adjust("1 second")
      expect(yield* served.reasons(old, 10, "0 seconds")).toEqual(accepted)
      expect(served.sent).toHaveLength(1)
    })
  )

  it.effect("leaves the new keys to others too, who need not wait for the next turn", () =>
    Effect.gen(function* () {
      const served = yield* Served.make([set(old), set(young)])
      yield* served.reasons(old, 1, "1 second")
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.interrupt(yield* begun(served, young))
      expect(yield* served.reasons(young, 10, "1 second")).toEqual(accepted)
      expect(served.sent).toHaveLength(2)
    })
  )

  it.effect("cannot hold it up by not being interruptible: its time limit holds", () =>
    Effect.gen(function* () {
      const served = yield* Served.make(["silence"], { timeout: "3 seconds" })
      const token = yield* old.token()
      const fiber = yield* Effect.fork(Effect.uninterruptible(Signer.refusal(served.verifier, token)))
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(fiber)).toBe("ServerUnavailable")
    })
  )
})
