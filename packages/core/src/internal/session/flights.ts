/** Where renewals run: in fibers of their own, so that no caller's departure ends one. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TimeLimit from "../../TimeLimit.js"

export interface Flights {
  /** Starts an effect that belongs to this scope alone. */
  readonly start: (effect: Effect.Effect<unknown>) => Effect.Effect<void>
  /** Calls when the scope begins to close, or at once where it has begun, until the answer is called. */
  readonly onClosing: (close: () => void) => () => void
}

/**
 * When the scope closes, what is under way gets `grace` to end by itself: a renewal that is cut off between the server's
 * rotation and the store loses the session. After that it is interrupted.
 */
export const make = (grace: Duration.DurationInput): Effect.Effect<Flights, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const closing = new Set<() => void>()
    let isClosing = false
    const underway = new Set<Fiber.RuntimeFiber<unknown>>()
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosing = true
        for (const close of closing) close()
        return Fiber.awaitAll(underway)
      }).pipe(Effect.interruptible, TimeLimit.timeoutOption(grace), Effect.ensuring(Scope.close(scope, Exit.void)))
    )
    return {
      onClosing: (close) => {
        closing.add(close)
        if (isClosing) close()
        return () => void closing.delete(close)
      },
      start: (effect) =>
        Effect.flatMap(Effect.forkIn(effect, scope), (fiber) =>
          Effect.sync(() => {
            underway.add(fiber)
            fiber.addObserver(() => underway.delete(fiber))
          })
        )
    }
  })
