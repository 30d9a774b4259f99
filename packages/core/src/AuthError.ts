/**
 * Everything that can go wrong between a caller and Machine Learning Server, as ten tagged errors.
 *
 * Each says what happened, what to do next (`fix`, in words that hold in whatever program) and whether the same call may
 * succeed later with nothing changed (`retryable`). A `message` is whole: what happened, and then `fix`; a program that
 * shows the two apart takes `headlineOf`. None carries a token, a password, a user name, a request or
 * a response, so an error can be logged, inspected or turned into JSON as it is.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const services = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
 *   Effect.catchTags({
 *     SessionExpired: (error) => Effect.fail(`please sign in again: ${error.fix}`),
 *     ServerUnavailable: (error) => Effect.fail(`try later: ${error.message}`)
 *   })
 * )
 */
import * as Predicate from "effect/Predicate"
import type { Remedy } from "./Diagnosis.js"
import type {
  InvalidResponse,
  RenewalUncertain,
  RequestUnauthorized,
  ServerUnavailable
} from "./internal/errors/exchange.js"
import type { ConfigurationInvalid } from "./internal/errors/settings.js"
import type {
  CredentialRejected,
  CredentialRequired,
  InteractionRequired,
  SessionExpired
} from "./internal/errors/signIn.js"
import type { StoreUnavailable } from "./internal/errors/store.js"
import { wordsOf } from "./internal/words/words.js"

export type { Remedy } from "./Diagnosis.js"
export {
  InvalidResponse,
  Operation,
  RenewalUncertain,
  RequestUnauthorized,
  ServerUnavailable
} from "./internal/errors/exchange.js"
export { ConfigurationInvalid, fromConfigError } from "./internal/errors/settings.js"
export {
  CredentialRejected,
  CredentialRequired,
  InteractionRequired,
  SessionExpired
} from "./internal/errors/signIn.js"
export { StoreUnavailable } from "./internal/errors/store.js"
export { Refusal } from "./internal/words/refusals.js"

/** Every error of this library. */
export type AuthError =
  | ConfigurationInvalid
  | CredentialRequired
  | CredentialRejected
  | InteractionRequired
  | SessionExpired
  | RequestUnauthorized
  | ServerUnavailable
  | RenewalUncertain
  | InvalidResponse
  | StoreUnavailable

const tags: ReadonlySet<string> = new Set<AuthError["_tag"]>([
  "ConfigurationInvalid",
  "CredentialRequired",
  "CredentialRejected",
  "InteractionRequired",
  "SessionExpired",
  "RequestUnauthorized",
  "ServerUnavailable",
  "RenewalUncertain",
  "InvalidResponse",
  "StoreUnavailable"
])

/**
 * What to do next, in two parts: the sign-in that helps, for a program that offers it (a button in an application, a command in
 * a terminal), and what comes before it. `remedy` is `undefined` where no sign-in helps, or where something else comes
 * first, and `first` is empty where the sign-in is all.
 *
 * @example
 * import { AuthError } from "@mlserver-auth/core"
 *
 * const banner = (error: AuthError.AuthError) => {
 *   const { first, remedy } = AuthError.adviceOf(error)
 *   const button = remedy === undefined ? undefined : "Sign in"
 *   return { title: AuthError.headlineOf(error), text: first, button, more: AuthError.docsOf(error) }
 * }
 */
export const adviceOf = (error: AuthError): { readonly first: string; readonly remedy: Remedy | undefined } => {
  const { first, remedy } = wordsOf(error)
  return { first, remedy }
}

/**
 * The sign-in that helps: the `remedy` of `adviceOf`.
 *
 * @example
 * import { AuthError } from "@mlserver-auth/core"
 *
 * const error = new AuthError.SessionExpired({ reason: "Refused", server: "https://mlserver.contoso.com:12800" })
 * const remedy = AuthError.remedyOf(error) // "SignIn"
 */
export const remedyOf = (error: AuthError): Remedy | undefined => wordsOf(error).remedy

/** What happened: the `message` without the advice at its end, and without a full stop. Show it above `fix`. */
export const headlineOf = (error: AuthError): string => wordsOf(error).headline

/** The address of the page that explains an error, at the heading of its tag. */
export const docsOf = ({ _tag }: { readonly _tag: string }): string =>
  `https://github.com/mlserver-auth/mlserver-auth/blob/main/docs/reference/errors.md#${_tag.toLowerCase()}`

/**
 * Whether a value is one of this library's errors. It also works if the program contains two copies of the library.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { AuthError } from "@mlserver-auth/core"
 *
 * // What may be shown to a person; other errors may hold anything.
 * const reported = <A>(program: Effect.Effect<A, unknown>) =>
 *   Effect.tapError(program, (error) => Effect.logError(AuthError.isAuthError(error) ? error.message : "it failed"))
 */
export const isAuthError = (u: unknown): u is AuthError =>
  Predicate.hasProperty(u, "_tag") && Predicate.isString(u._tag) && tags.has(u._tag) && Predicate.hasProperty(u, "fix")
