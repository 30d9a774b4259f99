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
 * | 401 | 2 | none, other scheme, `invalid_token`, unknown error; the token has ended since, or was replaced | any | `Renew` |
 * | 401 | 2 | any else | any | `Reject` |
 * | 401 | 3 | any | any | `Reject` |
 *
 * `insufficient_claims` is one of the unknown errors here; the claims that come with it go into the renewal.
 *
 * Sources: RFC 6750 3.1 (which errors a new token can cure), RFC 9110 15.5.2 (the same credentials again are pointless).
 */
import * as Context from "effect/Context"
import * as Challenge from "./Challenge.js"

/** The answer that the policy decides about. */
export interface Answer {
  readonly status: number
  /** 1 for the first answer, 2 for the answer to the repeated request, 3 for the last one. */
  readonly attempt: number
  readonly challenges: ReadonlyArray<Challenge.Challenge>
  /** Whether the body can be sent once more and be the same. */
  readonly replayable: boolean
  /**
   * Whether a renewal for the same address did not help within the last minute, and this would be one more. Callers of
   * other addresses would meet a 401 for each of them.
   */
  readonly renewedInVain?: boolean | undefined
  /**
   * Whether the token that was sent has ended by our own clock since, or the session has another one: while the request was on
   * its way, another program may have renewed. Then the answer is no proof against the caller. After a `Reject` the client asks
   * once more with `true`; if that is a `Renew`, it looks in the store whether it is true.
   */
  readonly outdated?: boolean | undefined
}

/**
 * - `Pass`: return the answer to the caller.
 * - `Renew`: renew the rejected token, and send the request once more.
 * - `RenewOnly`: renew for the next call; this one fails with `RequestUnauthorized`.
 * - `Reject`: fail with `RequestUnauthorized`.
 *
 * Whatever a policy says, a request is sent at most three times, and a third time only where the token of the second was
 * `outdated`: `Renew` for any other second answer, or for a third one, counts as `Reject`.
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

/**
 * The policy of the table at the head of this module: one renewal, and the request once more.
 *
 * @example
 * import { UnauthorizedPolicy } from "@mlserver-auth/core"
 * import * as Layer from "effect/Layer"
 *
 * // For a gateway that answers 403 where a token has ended.
 * const Forgiving = Layer.succeed(UnauthorizedPolicy.UnauthorizedPolicy, {
 *   decide: (answer) => UnauthorizedPolicy.standard.decide({ ...answer, status: answer.status === 403 ? 401 : answer.status })
 * })
 */
export const standard: Service = {
  decide: ({ attempt, challenges, outdated, renewedInVain, replayable, status }) => {
    if (status !== 401) return "Pass"
    if (
      attempt > (outdated === true ? 2 : 1) ||
      renewedInVain === true ||
      INCURABLE.has(Challenge.bearerError(challenges))
    )
      return "Reject"
    return replayable ? "Renew" : "RenewOnly"
  }
}

/**
 * Returns every 401 to the caller, and renews nothing. The caller sees an answer with status 401, not an error.
 *
 * @example
 * import { AuthHttpClient, UnauthorizedPolicy } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // What does the server itself say? This one call is not repeated.
 * const status = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
 *   Effect.map((response) => response.status),
 *   Effect.provideService(UnauthorizedPolicy.UnauthorizedPolicy, UnauthorizedPolicy.never)
 * )
 */
export const never: Service = { decide: () => "Pass" }
