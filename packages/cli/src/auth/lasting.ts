/** Which stored tokens are printed as they are. No Effect: the direct paths of `mls` go by this too. */
import * as TokenFields from "@mlserver-auth/core/TokenFields"

/** How long a token that is printed lives at least, in milliseconds: 5 minutes. */
export const DEFAULT_MIN_TTL = 300_000

/** What is known of a token's life. Epoch milliseconds. */
interface Life {
  readonly obtainedAt: number
  readonly expiresAt?: number | undefined
  readonly refreshToken?: unknown
}

/** Whether it lives so long for certain that nothing needs to be sent. `minTtl` in milliseconds. */
export const isLasting = (token: Life, now: number, minTtl = DEFAULT_MIN_TTL): boolean =>
  now >= TokenFields.tellableFrom(token, token.refreshToken !== undefined) &&
  (token.expiresAt ?? 0) - now > Math.max(minTtl, DEFAULT_MIN_TTL)
