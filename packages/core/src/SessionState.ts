/**
 * What can be told of a session: its state, and how its end went. For people and programs that watch; no token in it.
 */
import * as Data from "effect/Data"
import type { AuthError } from "./AuthError.js"

/** What is known of a session without asking anybody. Instants are epoch milliseconds of the local clock. */
export type State = Data.TaggedEnum<{
  readonly SignedOut: {}
  readonly SignedIn: {
    /** Who signed in, where a user name was given. */
    readonly principal: string | undefined
    /** 1 after a sign-in, one more after each renewal. */
    readonly generation: number
    readonly obtainedAt: number
    /** When the access token ends; absent where the issuer did not say. */
    readonly expiresAt: number | undefined
    /** Whether the session can be renewed without a person. */
    readonly renewable: boolean
    /** When the session dies of not being used, as documented by the issuer. */
    readonly idleEndsAt: number | undefined
    /** When a person must sign in again whatever happens, as documented by the issuer. */
    readonly chainEndsAt: number | undefined
    /** Server's clock minus ours, in milliseconds, where it was measured. */
    readonly clockDifference: number | undefined
    /** Whether the store holds this token too. */
    readonly stored: boolean
  }
}>
/** Constructors and matching for `State`. */
export const State = Data.taggedEnum<State>()

/** How a sign-out went. The local end always happens; telling the server is best effort. */
export interface SignOut {
  /** Whether there was anything to end. */
  readonly wasSignedIn: boolean
  /**
   * `NotTold`: the server could not be told; its session dies by itself, within 14 days. `NotSupported`: the issuer has
   * no way to be told, as Azure has none; its refresh token dies unused, within 90 days.
   */
  readonly revocation: "Revoked" | "NothingToRevoke" | "NotTold" | "NotSupported"
  /** Why the server could not be told. */
  readonly error: AuthError | undefined
}
