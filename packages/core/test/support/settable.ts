/** A wall clock that is set. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A clock whose wall can be set without time going by; everything else of it is the test's clock. */
export const settable = Effect.map(Effect.clock, (clock) => {
  let ahead = 0
  const millis = () => clock.unsafeCurrentTimeMillis() + ahead
  const own: Clock.Clock = Object.assign(Object.create(clock) as Clock.Clock, {
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis)
  })
  return { clock: own, set: (millis: number) => Effect.sync(() => void (ahead = millis)) }
})
