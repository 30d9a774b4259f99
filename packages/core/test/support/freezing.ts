/** A program that does not look for a while: timers come due meanwhile, and are noticed late. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

export interface Freezing {
  /** Runs an effect in the program that freezes. */
  readonly inside: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Lets this much time pass unseen: what came due in it, and what comes due next, is noticed that much late. */
  readonly freeze: (length: Duration.DurationInput) => Effect.Effect<void>
}

/** Over the test's clock, whose timers are never late by themselves. */
export const freezing: Effect.Effect<Freezing> = Effect.gen(function* () {
  const test = yield* TestClock.testClock()
  let unseen = 0n
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => test.unsafeCurrentTimeMillis() + Number(unseen / 1_000_000n),
    unsafeCurrentTimeNanos: () => test.unsafeCurrentTimeNanos() + unseen,
    currentTimeMillis: Effect.sync(() => clock.unsafeCurrentTimeMillis()),
    currentTimeNanos: Effect.sync(() => clock.unsafeCurrentTimeNanos()),
    sleep: (duration) => test.sleep(duration)
  }
  return {
    inside: (effect) => Effect.withClock(effect, clock),
    freeze: (length) => Effect.sync(() => void (unseen += Duration.unsafeToNanos(length)))
  }
})
