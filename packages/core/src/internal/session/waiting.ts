/** How the section of a key is waited for: what its holder saves is taken at once, and not only when the section is free. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import type { AuthError } from "../../AuthError.js"
import type { Deps } from "./deps.js"

/** In milliseconds. A caller that finds the section free has entered it before, and asks for no news. */
const FREE = 20

/** A look at the record, which took over what is there if it is what is wanted. */
type Look<A> = Effect.Effect<{ readonly adopted: A | undefined }, AuthError>

/**
 * Runs `section` alone for its key, unless `look` finds meanwhile what is wanted: then that is the answer, and the section is not
 * entered. Fifty programs that wait for one renewal would pass through the section one by one otherwise, only to read what is there
 * already. There is no look any more when the section begins.
 */
export const alone = <A>(
  deps: Deps,
  section: Effect.Effect<A, AuthError>,
  look: Look<A>
): Effect.Effect<A, AuthError> =>
  Effect.flatMap(Effect.fork(Effect.scoped(looking(deps, look))), (meanwhile) => {
    const stopped = Fiber.interrupt(meanwhile)
    // What was found up to here has been taken into memory already.
    const entered = Effect.flatMap(stopped, (exit) => (Exit.isInterrupted(exit) ? section : exit))
    const found = Effect.flatMap(Fiber.await(meanwhile), (exit) => (Exit.isInterrupted(exit) ? Effect.never : exit))
    return Effect.ensuring(Effect.raceFirst(deps.store.exclusive(deps.key)(entered), found), stopped)
  })

/** Once news are heard, and after each. A look that fails is none: the section is waited for all the same. */
const looking = <A>({ key, store }: Deps, look: Look<A>) =>
  Effect.gen(function* () {
    yield* Effect.sleep(FREE)
    const news = yield* store.watch(key)
    for (;;) {
      const { adopted } = yield* Effect.catchTag(look, "StoreUnavailable", () => Effect.succeed({ adopted: undefined }))
      if (adopted !== undefined) return adopted
      yield* Queue.take(news)
    }
  })
