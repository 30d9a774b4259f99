/** What a sign-out came to at the issuer, as programs read it. */
import type { SignOut } from "@mlserver-auth/core/SessionState"

const WORDS = {
  Revoked: "revoked",
  NothingToRevoke: "nothing-to-revoke",
  NotTold: "not-told",
  NotSupported: "not-supported"
} as const

/** For programs. */
export const forPrograms = (revocation: SignOut["revocation"]) => WORDS[revocation]
