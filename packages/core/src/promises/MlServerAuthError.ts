/** The one error of the promises. Its type names nothing of Effect, so that any program can use it. */

/**
 * The code of an error, for `switch`: the tag of an `AuthError`, or the kind of a failure that an `AuthError` does not
 * describe.
 */
export type Code =
  | "ConfigurationInvalid"
  | "CredentialRequired"
  | "CredentialRejected"
  | "InteractionRequired"
  | "SessionExpired"
  | "RequestUnauthorized"
  | "ServerUnavailable"
  | "RenewalUncertain"
  | "InvalidResponse"
  | "StoreUnavailable"
  | "RequestFailed"
  | "ResponseUnreadable"
  | "Defect"

/** The details of an error, beside its code and its message. */
export interface Details {
  readonly reason?: string | undefined
  readonly retryable?: boolean | undefined
  readonly fix?: string | undefined
  /** In milliseconds. */
  readonly retryAfter?: number | undefined
}

/**
 * The error of every promise of this library. (If you abort a call, its promise is rejected with the signal's own reason
 * instead.) It holds words: no token, password, user name, request or response, so that it can be logged as it is.
 *
 * @example
 * import { connect, MlServerAuthError } from "@mlserver-auth/client" // in a page: "@mlserver-auth/client/browser"
 *
 * const client = await connect({ server: "https://mlserver.contoso.com:12800" })
 * await client.signIn().catch((error: unknown) => {
 *   if (!(error instanceof MlServerAuthError)) throw error
 *   if (error.code === "CredentialRejected") return console.error(error.message) // what happened, and what to do next
 *   if (error.retryable) setTimeout(() => void client.signIn(), error.retryAfter ?? 10_000)
 * })
 */
export class MlServerAuthError extends Error {
  override readonly name = "MlServerAuthError"
  readonly code: Code
  /** A finer word where the code has several: `Refused`, `Cancelled`, `Timeout`, … Else an empty text. */
  readonly reason: string
  /** Whether the same call may work later with nothing changed. */
  readonly retryable: boolean
  /** What to do next; an empty text where nothing is known. */
  readonly fix: string
  /** How long the server asked to be left alone, in milliseconds, where it did. */
  readonly retryAfter: number | undefined
  constructor(code: Code, message: string, details: Details = {}) {
    super(message)
    this.code = code
    this.reason = details.reason ?? ""
    this.retryable = details.retryable ?? false
    this.fix = details.fix ?? ""
    this.retryAfter = details.retryAfter
  }
}
