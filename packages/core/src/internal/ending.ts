/** Why a session ended, as far as clocks can tell. */
import type { SessionExpired } from "../AuthError.js"
import * as Token from "../Token.js"

/** `lost`: a renewal of this token was sent, and its answer never came. `now` in epoch milliseconds. */
export const reasonOf = (
  token: Token.Token,
  lifetimes: Token.Lifetimes,
  now: number,
  lost: boolean
): SessionExpired["reason"] => {
  const passed = (end: number | undefined) => end !== undefined && now >= end
  if (lost) return "LostAnswer"
  if (passed(Token.chainEndsAt(token, lifetimes))) return "ChainEnded"
  return passed(Token.idleEndsAt(token, lifetimes)) ? "Idle" : "Refused"
}
