/**
 * Time limits of a program that does not always look. While the machine sleeps, the process is stopped (Ctrl-Z) or its
 * thread is busy, answers arrive and timers come due; afterwards the timers run first. A limit that simply ended there
 * would throw away an answer that lies in the socket, and with a lost renewal the session. So a limit that is noticed
 * late grants as long again to look, up to two seconds, before it ends.
 *
 * The lateness is measured on the monotonic clock of the fiber's `Clock`: setting the wall clock changes nothing.
 *
 * A limit also holds where its caller cannot be interrupted, as in a finalizer: there what is limited is interrupted by the
 * limit and by nothing else.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { apart } from "./internal/apart.js"
import { monotonic } from "./internal/monotonic.js"
import { graceAfter } from "./Lateness.js"

/** How often a program that was stopped again while it looked may look once more. */
const TURNS = 3

const overslept = (millis: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    const began = yield* monotonic
    yield* Effect.sleep(millis)
    return (yield* monotonic) - began - millis
  })

/**
 * Ends when a limit has passed and the program has looked. `timeoutFail` and `timeoutOption` are made of it.
 *
 * @example
 * import { TimeLimit } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const warning = Effect.zipRight(TimeLimit.passed("10 seconds"), Effect.logWarning("the server is slow today"))
 * const patient = <A, E, R>(answer: Effect.Effect<A, E, R>) => Effect.raceFirst(answer, Effect.zipRight(warning, Effect.never))
 */
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
 * `Effect.timeoutFail` that lets what has arrived be read before it gives up: up to two seconds more, if the limit was noticed late.
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
    apart(Effect.raceFirst(effect, Effect.zipRight(passed(options.duration), Effect.failSync(options.onTimeout))))

/**
 * `Effect.timeoutOption` that lets what has arrived be read before it gives up: `None` where the limit has passed.
 *
 * @example
 * import { Session, TimeLimit } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // At the end of a program: sign out, but do not wait for long.
 * const leave = Effect.flatMap(Session.Session, ({ signOut }) => TimeLimit.timeoutOption("5 seconds")(signOut))
 */
export const timeoutOption =
  (duration: Duration.DurationInput) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Option.Option<A>, E, R> =>
    apart(Effect.raceFirst(Effect.asSome(effect), Effect.as(passed(duration), Option.none())))

/**
 * The same for code that is no effect, by the machine's clock: calls back once the limit has passed, unless it was called
 * off by what it returns.
 *
 * @example
 * import { TimeLimit } from "@mlserver-auth/core"
 *
 * const fetchFor = async (url: string, seconds: number) => {
 *   const abort = new AbortController()
 *   const callOff = TimeLimit.start(`${seconds} seconds`, () => abort.abort(new Error("no answer in time")))
 *   return fetch(url, { signal: abort.signal }).finally(callOff)
 * }
 */
export const start = (limit: Duration.DurationInput, onPassed: () => void): (() => void) => {
  const cancel = Effect.runCallback(passed(limit), { onExit: (exit) => exit._tag === "Success" && onPassed() })
  return () => cancel()
}
