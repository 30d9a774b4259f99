/**
 * A new token although the old one is good: after a change of roles, or before a long stretch without the network.
 */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import type * as Token from "@mlserver-auth/core/Token"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "./connection.js"
import { usage, type UsageError } from "../cli/usage.js"

/**
 * Renews now, whatever life is left; where no user is signed in yet and the environment has a credential, signs in. What
 * cannot be renewed is refused here, since the session would take it for dead and delete it.
 */
export const renew = ({ override, session, store }: Connection): Effect.Effect<Token.Token, AuthError | UsageError> =>
  Effect.gen(function* () {
    if (override?.variable === "MLS_ACCESS_TOKEN") {
      return yield* usage(
        "mls uses MLS_ACCESS_TOKEN unchanged, and cannot renew it",
        "Pass --ignore-env to use the stored session, or put a new token into the variable."
      )
    }
    const stored = Option.getOrUndefined(yield* store.read(session.key))
    if (stored === undefined) return yield* session.token
    if (stored.refreshToken === undefined && override === undefined) {
      return yield* usage(
        "This session is an access token that you supplied, and cannot be renewed",
        "mls login --force"
      )
    }
    return yield* session.renew(stored)
  })
