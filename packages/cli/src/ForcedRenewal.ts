/**
 * A new token although the old one is good: after a change of roles, or before a long stretch without the network.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Token from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "./Connection.js"
import { usage, type UsageError } from "./Usage.js"

/**
 * Renews now, whatever life is left; where nobody is signed in yet and the environment has a credential, signs in. What
 * cannot be renewed is refused here, since the session would take it for dead and delete it.
 */
export const renew = ({ heldBy, session, store }: Connection): Effect.Effect<Token.Token, AuthError | UsageError> =>
  Effect.gen(function* () {
    if (heldBy === "MLS_ACCESS_TOKEN") {
      return yield* usage(
        "MLS_ACCESS_TOKEN is used as it is, and cannot be renewed",
        "Say --ignore-env for the stored session, or put a new token into the variable."
      )
    }
    const stored = Option.getOrUndefined(yield* store.read(session.key))
    if (stored === undefined) return yield* session.token
    if (stored.refreshToken === undefined && heldBy === undefined) {
      return yield* usage("This session is an access token that was given, and cannot be renewed", "mls login --force")
    }
    return yield* session.renew(stored)
  })
