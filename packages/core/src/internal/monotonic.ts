/** Time that is measured, not told. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds that only go forward: setting the wall clock must neither end a wait nor prolong it. */
export const monotonic: Effect.Effect<number> = Effect.map(
  Clock.currentTimeNanos,
  (nanos) => Number(nanos / 1000n) / 1000
)
