/** Effects as promises: with values, one error, and signals. */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type { AuthError } from "../AuthError.js"
import type { Abortable } from "./PromiseClient.js"
import { MlServerAuthError } from "./MlServerAuthError.js"

/** What an effect of this library, or of a request, fails with. */
export type Failure = AuthError | HttpClientError

/**
 * The error of a function that the caller passed: the caller gets it back unchanged.
 *
 * @example
 * import { Thrown } from "@mlserver-auth/core/promises"
 * import * as Effect from "effect/Effect"
 *
 * // A question of the caller's; what it throws is what the promise is rejected with.
 * const asked = (ask: () => Promise<string>) => Effect.promise(() => ask().catch((error) => Promise.reject(new Thrown(error))))
 */
export class Thrown {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/**
 * Runs an effect. A failure is an `MlServerAuthError`; an aborted signal interrupts, and its own reason is what the promise is
 * rejected with.
 *
 * @example
 * import type { Session } from "@mlserver-auth/core"
 * import { settle } from "@mlserver-auth/core/promises"
 * import * as Effect from "effect/Effect"
 *
 * const signOut = (session: Session.Service, signal: AbortSignal): Promise<string> =>
 *   settle(Effect.map(session.signOut, ({ revocation }) => revocation), { signal })
 */
export const settle = async <A>(
  effect: Effect.Effect<A, Failure>,
  given?: Abortable,
  runtime: Runtime.Runtime<never> = Runtime.defaultRuntime
): Promise<A> => {
  // One that is none is what the effect says.
  const signal = given?.signal instanceof AbortSignal ? given.signal : undefined
  signal?.throwIfAborted()
  const exit = await Runtime.runPromiseExit(runtime, effect, signal && { signal })
  if (Exit.isSuccess(exit)) return exit.value
  signal?.throwIfAborted()
  throw rejection(exit.cause)
}

/** What a promise is rejected with. */
const rejection = (cause: Cause.Cause<Failure>): unknown => {
  const failure = Cause.failureOption(cause)
  if (failure._tag === "Some") return plain(failure.value)
  const thrown = Cause.squash(cause)
  return thrown instanceof Thrown ? thrown.error : new MlServerAuthError("Defect", Cause.pretty(cause))
}

/**
 * The error of a promise for a failure. Only words: the errors of requests hold what was sent.
 *
 * @example
 * import type { AuthError } from "@mlserver-auth/core"
 * import { plain } from "@mlserver-auth/core/promises"
 *
 * const rejected = (error: AuthError.AuthError) => plain(error).code // "SessionExpired", "ServerUnavailable", …
 */
export const plain = (error: Failure): MlServerAuthError => {
  const { _tag: tag, message } = error
  if (tag === "RequestError")
    return new MlServerAuthError("RequestFailed", message, {
      reason: error.reason,
      retryable: error.reason === "Transport"
    })
  if (tag === "ResponseError") return new MlServerAuthError("ResponseUnreadable", message, { reason: error.reason })
  const { fix, retryable } = error
  return new MlServerAuthError(tag, message, {
    fix,
    retryable,
    reason: "reason" in error ? error.reason : undefined,
    retryAfter: "retryAfter" in error ? error.retryAfter : undefined
  })
}
