/** How the demo tells what happened. */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Something was not as the demo says. */
class Differs extends Data.TaggedError("Differs")<{ readonly message: string }> {}

/** Fails unless what happened is what was to be shown. */
export const differs = (happened: unknown, expected: unknown): Effect.Effect<void, Differs> =>
  happened === expected
    ? Effect.void
    : Effect.fail(new Differs({ message: `expected ${String(expected)}, but it was ${String(happened)}` }))

export const say = Console.log
export const title = (text: string): string => `\n  ${text}\n`

/** Runs a step and prints its line with the time it took; a step that fails is printed as such and ends the demo. */
export const step = <E, R>(of: Effect.Effect<string, E, R>): Effect.Effect<void, E, R> =>
  Effect.timed(of).pipe(
    Effect.tapError((error) => say(`✗  ${error instanceof Error ? error.message : String(error)}`)),
    Effect.flatMap(([duration, line]) => say(`✓ ${Duration.toMillis(duration).toFixed(0).padStart(5)} ms  ${line}`))
  )
