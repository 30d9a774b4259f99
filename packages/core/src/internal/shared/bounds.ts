/** Steps of an engine that may fail or stay silent, within a time. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { StoreUnavailable } from "../../AuthError.js"
import type { EngineFailure } from "../../StoreEngine.js"

export type Operation = StoreUnavailable["operation"]

/** An engine takes the machine's time, whatever clock a program has. */
export const machineClock = Clock.make()

/** Milliseconds until what could not be reached is tried again. */
const PAUSE = 100

/** The time limit of an engine's steps. */
export class Bounds {
  constructor(place: string, limit: number) {
    this.place = place
    this.limit = limit
  }

  readonly place: string
  /** Milliseconds. */
  readonly limit: number

  /**
   * A step, again where it failed by something that passes, and given up when its time is over. In a fiber of its own: who
   * calls may not be interruptible, and the step must be; and a step that began is not cut off because its caller was.
   */
  readonly step = <A>(
    operation: Operation,
    step: Effect.Effect<A, EngineFailure>
  ): Effect.Effect<A, StoreUnavailable> => Effect.flatMap(Effect.forkDaemon(this.within(operation, step)), Fiber.join)

  /** The same for what is of no use when its caller has gone: it ends with the caller. */
  within<A>(operation: Operation, step: Effect.Effect<A, EngineFailure>): Effect.Effect<A, StoreUnavailable> {
    let last: EngineFailure | undefined
    const again: Effect.Effect<A, EngineFailure> = Effect.catchAll(step, (failure) => {
      last = failure
      return failure.retryable ? Effect.delay(again, PAUSE) : Effect.fail(failure)
    })
    return Effect.disconnect(again).pipe(
      Effect.mapError((failure) => this.unavailable(operation, failure)),
      Effect.timeoutFail({
        duration: this.limit,
        onTimeout: () => this.unavailable(operation, last ?? this.silent)
      }),
      Effect.interruptible,
      Effect.withClock(machineClock)
    )
  }

  private get silent() {
    return {
      problem: `no answer in ${this.limit / 1000} seconds`,
      fix: "See whether it runs and can be reached from here, and what errors its client reports.",
      retryable: true
    }
  }

  readonly unavailable = (
    operation: Operation,
    { fix, problem, retryable }: Pick<EngineFailure, "problem" | "fix" | "retryable">
  ): StoreUnavailable => new StoreUnavailable({ operation, problem: `${this.place}: ${problem}`, fix, retryable })
}
