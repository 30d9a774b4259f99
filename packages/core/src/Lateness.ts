/**
 * How long a limit that was noticed late lets what has arrived be read: see `TimeLimit`. Nothing of Effect is loaded for it, so
 * that a transport with timers of its own goes by the same rule.
 */

/** The shortest time to look, in milliseconds: a thread may have been busy up to the very moment of the limit. */
const SHORTEST = 100

/** The longest time to look, in milliseconds: what has arrived is read by then, and limits stay limits. */
const LONGEST = 2000

/**
 * How much longer to look where a limit is noticed so late, both in milliseconds. 0 for one that is not late.
 *
 * @example
 * import { Lateness } from "@mlserver-auth/core"
 *
 * const more = Lateness.graceAfter(30) // 100
 */
export const graceAfter = (late: number): number => (late > 0 ? Math.min(Math.max(late, SHORTEST), LONGEST) : 0)
