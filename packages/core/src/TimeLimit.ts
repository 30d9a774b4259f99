/**
 * Time limits of a program that does not always look. While the machine sleeps, the process is stopped (Ctrl-Z) or its
 * thread is busy, answers arrive and timers come due; afterwards the timers run first. A limit that simply ended there
 * would throw away an answer that lies in the socket, and with a lost renewal the session. So a limit that is noticed
 * late grants as long again to look, up to two seconds, before it ends.
 *
 * The lateness is measured on the monotonic clock of the fiber's `Clock`: setting the wall clock changes nothing.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { monotonic } from "./internal/monotonic.js"

/** The shortest time to look, in milliseconds: a thread may have been busy up to the very moment of the limit. */
const SHORTEST = 100

/** The longest time to look, in milliseconds: what has arrived is read by then, and limits stay limits. */
const LONGEST = 2000

/** How often a program that was stopped again while it looked may look once more. */
const TURNS = 3

/**
 * How much longer to look where a limit is noticed so late, both in milliseconds: for a transport with timers of its
 * own. 0 for one that is not late.
 */
export const graceAfter = (late: number): number => (late > 0 ? Math.min(Math.max(late, SHORTEST), LONGEST) : 0)

const overslept = (millis: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    const began = yield* monotonic
    yield* Effect.sleep(millis)
    return (yield* monotonic) - began - millis
  })

/** Ends when a limit has passed and the program has looked. */
export const passed = (limit: Duration.DurationInput): Effect.Effect<void> =>
  Effect.gen(function* () {
    let late = yield* overslept(Duration.toMillis(limit))
    for (let turn = 0; late > 0 && turn < TURNS; turn++) {
      const grace = graceAfter(late)
      // A turn counts if the program was there for half of it.
      late = (yield* overslept(grace)) - grace
    }
  })

/**
 * `Effect.timeoutFail` that lets what has arrived be read before it gives up.
 *
 * @example
 * import { TimeLimit } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const bounded = (answer: Effect.Effect<string>) =>
 *   answer.pipe(TimeLimit.timeoutFail({ duration: "30 seconds", onTimeout: () => "no answer in time" as const }))
 */
export const timeoutFail =
  <E1>(options: { readonly duration: Duration.DurationInput; readonly onTimeout: () => E1 }) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E1, R> =>
    Effect.raceFirst(
      effect,
      Effect.interruptible(Effect.zipRight(passed(options.duration), Effect.failSync(options.onTimeout)))
    )

/** `Effect.timeoutOption` that lets what has arrived be read before it gives up. */
export const timeoutOption =
  (duration: Duration.DurationInput) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> =>
    Effect.raceFirst(Effect.asSome(effect), Effect.interruptible(Effect.as(passed(duration), Option.none())))

/**
 * The same for code that is no effect, by the machine's clock: calls back once the limit has passed, unless it was called
 * off by what it returns.
 */
export const start = (limit: Duration.DurationInput, onPassed: () => void): (() => void) => {
  const cancel = Effect.runCallback(passed(limit), { onExit: (exit) => exit._tag === "Success" && onPassed() })
  return () => cancel()
}
