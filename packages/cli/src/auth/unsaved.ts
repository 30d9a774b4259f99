/**
 * A renewed token that could not be saved. The session goes on with it in memory, which for a command is over at once: what
 * is stored is the pair that the server has spent, so that a command which says nothing of it loses the session.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** A store that is watched, and what is left to do at the end of a command. */
export interface Watched {
  readonly store: TokenStore.Service
  /** Tries once more to save what could not be saved; fails if that fails too, and says what remains. */
  readonly saved: Effect.Effect<void, StoreUnavailable>
}

/** Watches the renewals that are saved; a first token that is not kept is only got once more. */
export const watch = (store: TokenStore.Service): Watched => {
  let unsaved: Effect.Effect<boolean, StoreUnavailable> | undefined
  return {
    store: {
      ...store,
      write: (key, token, over) => {
        const write = store.write(key, token, over)
        if (over === undefined || Option.isNone(over)) return write
        return write.pipe(
          Effect.tapBoth({
            onFailure: () => Effect.sync(() => void (unsaved = write)),
            onSuccess: () => Effect.sync(() => void (unsaved = undefined))
          })
        )
      }
    },
    saved: Effect.suspend(() => {
      if (unsaved === undefined) return Effect.void
      const again = unsaved
      unsaved = undefined
      return Effect.mapError(Effect.asVoid(again), lost)
    })
  }
}

const lost = ({ fix, problem }: StoreUnavailable): StoreUnavailable =>
  new StoreUnavailable({
    operation: "write",
    problem: `the session was renewed at the server, and the new tokens could not be saved; the stored ones are dead: ${problem}`,
    fix: `${fix} Then sign in again: \`mls login\`.`,
    retryable: false
  })
