/** Why a session ended, as far as clocks can tell. */
import { SessionExpired } from "../../AuthError.js"
import * as Token from "../../Token.js"

/** `lost`: a renewal of this token was sent, and its answer never came. `now` in epoch milliseconds. */
const reasonOf = (
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

/** The issuer's refusal, with what clocks and the last renewal add to it. `now` and `lost` as above. */
export const ended = (
  token: Token.Token,
  proof: SessionExpired,
  lifetimes: Token.Lifetimes,
  now: number,
  lost: boolean
): SessionExpired => {
  if (proof.reason !== "Refused") return proof
  const { diagnosis, server } = proof
  return new SessionExpired({ reason: reasonOf(token, lifetimes, now, lost), server, diagnosis })
}
