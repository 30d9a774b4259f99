/** What is known of a session, as plain types: for callers of Effect and of promises alike. Nothing of Effect in them. */

/** Not signed in here. */
export interface SignedOut {
  readonly _tag: "SignedOut"
}

/** Signed in. Instants are epoch milliseconds of the local clock. */
export interface SignedIn {
  readonly _tag: "SignedIn"
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

/** The result of a sign-out. The local end always happens; telling the server is best effort. */
export interface SignOutOf<Failure> {
  /** Whether there was anything to end. */
  readonly wasSignedIn: boolean
  /**
   * `Unreachable`: the request to end the session did not reach the server; the session ends by itself, within 14 days.
   * `NotSupported`: the issuer takes no such request, as Azure does not; its refresh token ends unused, within 90 days.
   */
  readonly revocation: "Revoked" | "NothingToRevoke" | "Unreachable" | "NotSupported"
  /** Why the request did not reach the server. */
  readonly error: Failure | undefined
}
