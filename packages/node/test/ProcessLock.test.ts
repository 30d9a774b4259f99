import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ProcessLock from "../src/internal/lock/processLock.js"

const LIMIT = 30_000
const NAME = "section.lock"

/** A lock that another program holds until an instant, and a program whose clock moves when the test says so. */
const waiting = (options: { readonly heldUntil: number; readonly onLook?: number; readonly onSleep?: number }) => {
  let [now, onLook, onSleep] = [0, options.onLook ?? 0, options.onSleep ?? 0]
  const pass = (millis: number) => Effect.sync(() => void (now += millis))
  const clock: Clock.Clock = {
    ...Clock.make(),
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1e6)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1e6))),
    sleep: (duration) => {
      const late = onSleep
      onSleep = 0
      // As timers are: in whole milliseconds.
      return pass(Math.ceil(Duration.toMillis(duration)) + late)
    }
  }
  let mine: string | undefined
  const found = (token: string) => ({ token, holder: undefined, newer: false, since: 0, modifiedAt: 0 })
  const place: ProcessLock.Place = {
    directory: "/state",
    tidied: new Set([NAME]),
    warn: () => Effect.void,
    silenceCounts: true,
    pauses: [10, 100],
    attempt: (act) => {
      const spent = onLook
      onLook = 0
      return Effect.zipLeft(Effect.promise(act), pass(spent))
    },
    locks: {
      read: async () => (mine !== undefined ? found(mine) : now < options.heldUntil ? found("theirs") : undefined),
      create: async (_, token) => {
        mine = token
        return true
      },
      remove: async () => void (mine = undefined),
      leave: () => undefined,
      isDead: async () => false,
      isUnseen: async () => false,
      list: async () => [],
      freshToken: () => "ours",
      touch: async () => true,
      mayHaveLeft: async () => true,
      sweepMoments: async () => undefined
    }
  }
  return ProcessLock.hold(
    place,
    NAME,
    LIMIT,
    Effect.sync(() => now)
  ).pipe(
    Effect.catchAll((error) => Effect.sync(() => `${error.operation} at ${Math.round(now / 1000)} s`)),
    Effect.withClock(clock)
  )
}

describe("a wait for a lock whose time is over", () => {
  it.live("ends when it says where this program is there", () =>
    Effect.map(waiting({ heldUntil: Infinity }), (ended) => assert.strictEqual(ended, "lock at 30 s"))
  )

  it.live("looks once more where this program was stopped since it looked", () =>
    Effect.map(waiting({ heldUntil: 20_000, onLook: 60_000 }), (ended) => assert.strictEqual(ended, 60_000))
  )

  it.live("leaves a holder the time to end where the machine slept, which may be the holder's too", () =>
    Effect.map(waiting({ heldUntil: 3_601_000, onSleep: 3_600_000 }), (ended) => {
      assert.isNumber(ended)
      assert.isAbove(Number(ended), 3_600_999)
    })
  )

  it.live("and no more than that", () =>
    Effect.map(waiting({ heldUntil: Infinity, onSleep: 3_600_000 }), (ended) => {
      assert.strictEqual(ended, "lock at 3602 s")
    })
  )
})
