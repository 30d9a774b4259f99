/**
 * The state of a session, and the result of a sign-out. They contain no token.
 */
import * as Data from "effect/Data"
import type { AuthError } from "./AuthError.js"
import type { SignedIn, SignedOut, SignOutOf } from "./internal/sessionFacts.js"

/**
 * The state of a session, as far as the library knows it without asking a person or the server. Instants are epoch
 * milliseconds of the local clock.
 */
export type State = SignedOut | SignedIn
/**
 * Constructors and matching for `State`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import { Session, SessionState } from "@mlserver-auth/core"
 *
 * const shown = SessionState.State.$match({
 *   SignedOut: () => "Sign in",
 *   SignedIn: ({ principal }) => `Signed in as ${principal ?? "someone"}`
 * })
 * const texts = Stream.unwrap(Effect.map(Session.Session, ({ changes }) => Stream.map(changes, shown)))
 */
export const State = Data.taggedEnum<State>()

/** The result of a sign-out. The local end always happens; telling the server is best effort. */
export type SignOut = SignOutOf<AuthError>
