/**
 * The 401 policy as a value: what to do with an answer to a signed request. Pure, so that it can be read as a table,
 * tested as a table, and replaced.
 *
 * | status | try | challenge | body | decision |
 * |---|---|---|---|---|
 * | not 401 (403 too) | any | any | any | `Pass` |
 * | 401 | 1 | none, other scheme, `invalid_token`, unknown error | replayable | `Renew` |
 * | 401 | 1 | none, other scheme, `invalid_token`, unknown error | not replayable | `RenewOnly` |
 * | 401 | 1 | `insufficient_scope` or `invalid_request` | any | `Reject` |
 * | 401 | 1 | any, of an address that a renewal did not help a moment ago | any | `Reject` |
 * | 401 | 2 | any | any | `Reject` |
 *
 * `insufficient_claims` is one of the unknown errors here; the claims that come with it go into the renewal.
 *
 * Sources: RFC 6750 3.1 (which errors a new token can cure), RFC 9110 15.5.2 (the same credentials again are pointless).
 */
import * as Context from "effect/Context"
import * as Challenge from "./Challenge.js"

/** What happened. */
export interface Answer {
  readonly status: number
  /** 1 for the first answer, 2 for the answer to the repeated request. */
  readonly attempt: number
  readonly challenges: ReadonlyArray<Challenge.Challenge>
  /** Whether the body can be sent once more and be the same. */
  readonly replayable: boolean
  /**
   * Whether a renewal for the same address did not help within the last minute, and this would be one more. Callers of
   * other addresses would meet a 401 for each of them.
   */
  readonly renewedInVain?: boolean | undefined
}

/**
 * - `Pass`: hand the answer to the caller as it is.
 * - `Renew`: renew the rejected token, and send the request once more.
 * - `RenewOnly`: renew for the next call; this one fails with `RequestUnauthorized`.
 * - `Reject`: fail with `RequestUnauthorized`.
 *
 * Whatever a policy says, a request is sent at most twice: `Renew` for a second answer counts as `Reject`.
 */
export type Decision = "Pass" | "Renew" | "RenewOnly" | "Reject"

/** Decides for each answer that is not a plain success. Asked only for a status of 400 and above. */
export interface Service {
  readonly decide: (answer: Answer) => Decision
}

/**
 * The policy that signed clients follow: the one in the context of the call, else the one in which the client was made,
 * else `standard`.
 */
export class UnauthorizedPolicy extends Context.Reference<UnauthorizedPolicy>()(
  "@mlserver-auth/core/UnauthorizedPolicy",
  { defaultValue: (): Service => standard }
) {}

const INCURABLE = new Set(["insufficient_scope", "invalid_request"])

/** The table above. */
export const standard: Service = {
  decide: ({ attempt, challenges, renewedInVain, replayable, status }) => {
    if (status !== 401) return "Pass"
    if (attempt > 1 || renewedInVain === true || INCURABLE.has(Challenge.bearerError(challenges))) return "Reject"
    return replayable ? "Renew" : "RenewOnly"
  }
}

/** Hands every 401 to the caller and renews nothing. */
export const never: Service = { decide: () => "Pass" }
