/**
 * The authorization codes handed out and what became of them, as a pure state machine: RFC 6749 4.1 and RFC 7636.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type { Platform } from "./RedirectUris.js"

/** The challenge that a verifier must meet. */
export interface Challenge {
  readonly method: "S256" | "plain"
  readonly value: string
}

/** A code and its story. Moments are epoch milliseconds of the server's clock. */
export interface Code {
  readonly code: string
  readonly username: string
  readonly secondFactor: boolean
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
  readonly claims: string | undefined
  readonly nonce: string | undefined
  readonly redirectUri: string
  readonly platform: Platform
  readonly challenge: Challenge | undefined
  readonly expiresAt: number
  readonly redeemed: boolean
}

/** What a client presents. */
export interface Presented {
  readonly code: string
  readonly redirectUri: string
  readonly verifier: string | undefined
  /** Does the request come from a page in a browser? */
  readonly crossOrigin: boolean
}

/** Why a code gave no tokens. */
export type Refusal =
  | "unknown"
  | "redeemed"
  | "expired"
  | "other-redirect"
  | "no-verifier"
  | "wrong-verifier"
  | "no-challenge"
  | "cross-origin"
  | "not-cross-origin"

/** What happened so far. */
export interface Counts {
  readonly authorizationCodes: number
  readonly authorizationCodesRedeemed: number
  /** Codes that gave no tokens, for whatever reason. */
  readonly authorizationCodesRefused: number
}

/** What is changed about an answer in the browser; `null` leaves a parameter out. */
export type Change = Readonly<Record<string, string | null>>

/** Everything the machine remembers. Make one with {@link empty}. */
export interface State {
  readonly byCode: HashMap.HashMap<string, Code>
  /** How the next answers in the browser are falsified. */
  readonly changes: ReadonlyArray<Change>
  readonly counts: Counts
}

const noCounts: Counts = { authorizationCodes: 0, authorizationCodesRedeemed: 0, authorizationCodesRefused: 0 }

/** No code was handed out. */
export const empty: State = { byCode: HashMap.empty(), changes: [], counts: noCounts }

/** The same codes, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const count = (state: State, key: keyof Counts): State => ({
  ...state,
  counts: { ...state.counts, [key]: state.counts[key] + 1 }
})

/** A new code. */
export const issue = (state: State, code: Omit<Code, "redeemed">): State =>
  count({ ...state, byCode: HashMap.set(state.byCode, code.code, { ...code, redeemed: false }) }, "authorizationCodes")

const meets = ({ method, value }: Challenge, verifier: string): boolean =>
  value === (method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url"))

const fits = (code: Code, { crossOrigin, redirectUri, verifier }: Presented, now: number): Refusal | undefined => {
  if (code.redeemed) return "redeemed"
  if (now >= code.expiresAt) return "expired"
  if (code.redirectUri !== redirectUri) return "other-redirect"
  if (crossOrigin && code.platform !== "spa") return "cross-origin"
  if (!crossOrigin && code.platform === "spa") return "not-cross-origin"
  if (code.challenge === undefined) return code.platform === "spa" ? "no-challenge" : undefined
  if (verifier === undefined) return "no-verifier"
  return meets(code.challenge, verifier) ? undefined : "wrong-verifier"
}

/** A code is exchanged for tokens, once. */
export const redeem = (
  state: State,
  presented: Presented,
  now: number
): readonly [Either.Either<Code, Refusal>, State] => {
  const found = Option.getOrUndefined(HashMap.get(state.byCode, presented.code))
  const refusal = found === undefined ? "unknown" : fits(found, presented, now)
  if (found === undefined || refusal !== undefined) {
    return [Either.left(refusal ?? "unknown"), count(state, "authorizationCodesRefused")]
  }
  const byCode = HashMap.set(state.byCode, found.code, { ...found, redeemed: true })
  return [Either.right(found), count({ ...state, byCode }, "authorizationCodesRedeemed")]
}

/** The next answers in the browser are changed like this. */
export const changeNext = (state: State, change: Change): State => ({ ...state, changes: [...state.changes, change] })

/** What is to be changed about the answer that is given now. */
export const takeChange = (state: State): readonly [Change, State] => [
  state.changes[0] ?? {},
  { ...state, changes: state.changes.slice(1) }
]
