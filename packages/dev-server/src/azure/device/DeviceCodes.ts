/**
 * The device codes handed out and what became of them, as a pure state machine: RFC 8628, with the authority's own
 * words for its ends.
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type * as Failure from "../Failure.js"

/** A person let the device in. */
export interface Approval {
  readonly _tag: "Approved"
  readonly username: string
  readonly secondFactor: boolean
}

/** What a person decided about a code. */
export type Decision =
  | { readonly _tag: "Undecided" }
  | Approval
  | { readonly _tag: "Declined" }
  /** The person signed in and the authority would not have it. */
  | { readonly _tag: "Blocked"; readonly failure: Failure.Failure }

/** A code and its story. Moments are epoch milliseconds of the server's clock, the interval too is in milliseconds. */
export interface Code {
  readonly deviceCode: string
  readonly userCode: string
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
  readonly claims: string | undefined
  readonly issuedAt: number
  readonly expiresAt: number
  /** Grows by five seconds with each `slow_down`. */
  readonly interval: number
  readonly polledAt: number | undefined
  readonly decision: Decision
  readonly redeemed: boolean
}

/** Why a poll got no tokens. */
export type PollRefusal = "pending" | "slow-down" | "declined" | "expired" | "unknown" | "redeemed" | Failure.Failure

/** How the machine is set up. */
export interface Rules {
  /** Milliseconds. */
  readonly lifetime: number
  /** Milliseconds. */
  readonly interval: number
  /** Is a poll that comes too early told to slow down? The real authority does not. */
  readonly strictPacing: boolean
}

/** What happened so far. */
export interface Counts {
  readonly deviceCodes: number
  readonly polls: number
  /** Polls that came before the interval then in force was over. */
  readonly pollsTooEarly: number
  /** Polls that gave tokens. */
  readonly deviceCodesRedeemed: number
}

/** Everything the machine remembers. Make one with {@link empty}. */
export interface State {
  readonly byDeviceCode: HashMap.HashMap<string, Code>
  readonly byUserCode: HashMap.HashMap<string, string>
  /** So many polls more are told to slow down. */
  readonly slowDowns: number
  readonly counts: Counts
}

/** Each `slow_down` adds five seconds for good: RFC 8628 3.5. */
export const SLOW_DOWN_STEP = 5000

const noCounts: Counts = { deviceCodes: 0, polls: 0, pollsTooEarly: 0, deviceCodesRedeemed: 0 }

/** No code was handed out. */
export const empty: State = {
  byDeviceCode: HashMap.empty(),
  byUserCode: HashMap.empty(),
  slowDowns: 0,
  counts: noCounts
}

/** The same codes, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const count = (state: State, ...keys: ReadonlyArray<keyof Counts>): State => {
  const next: { -readonly [K in keyof Counts]: number } = { ...state.counts }
  for (const key of keys) next[key] += 1
  return { ...state, counts: next }
}

const put = (state: State, code: Code): State => ({
  ...state,
  byDeviceCode: HashMap.set(state.byDeviceCode, code.deviceCode, code)
})

/** A code as people type it: small letters, blanks and dashes make no difference. */
export const normalised = (userCode: string): string => userCode.replace(/[\s-]/g, "").toUpperCase()

/** What is asked for. */
export type Wish = Pick<Code, "resource" | "scopes" | "claims">

/** Codes that were not used before. */
export type FreshCodes = Pick<Code, "deviceCode" | "userCode">

/** A new code. */
export const issue = (
  rules: Rules,
  state: State,
  wish: Wish,
  now: number,
  fresh: FreshCodes
): readonly [Code, State] => {
  const code: Code = {
    ...wish,
    ...fresh,
    issuedAt: now,
    expiresAt: now + rules.lifetime,
    interval: rules.interval,
    polledAt: undefined,
    decision: { _tag: "Undecided" },
    redeemed: false
  }
  const known = HashMap.set(state.byUserCode, code.userCode, code.deviceCode)
  return [code, count({ ...put(state, code), byUserCode: known }, "deviceCodes")]
}

const isEarly = (code: Code, now: number): boolean => code.polledAt !== undefined && now < code.polledAt + code.interval

const approvalOf = ({ decision }: Code): Either.Either<Approval, PollRefusal> => {
  switch (decision._tag) {
    case "Undecided":
      return Either.left("pending")
    case "Declined":
      return Either.left("declined")
    case "Blocked":
      return Either.left(decision.failure)
    case "Approved":
      return Either.right(decision)
  }
}

/** A code that is exchanged for tokens now, and by whose leave. */
export interface Redemption {
  readonly code: Code
  readonly approval: Approval
}

/**
 * Has the person decided? Tokens come once for a code: afterwards it is `redeemed`. The first poll may come at once;
 * a client that polls again before the interval is over is counted.
 */
export const poll = (
  rules: Rules,
  state: State,
  deviceCode: string,
  now: number
): readonly [Either.Either<Redemption, PollRefusal>, State] => {
  const found = HashMap.get(state.byDeviceCode, deviceCode)
  if (Option.isNone(found)) return [Either.left("unknown"), count(state, "polls")]
  const early = isEarly(found.value, now)
  const code = { ...found.value, polledAt: now }
  const counted = count(put(state, code), ...(early ? (["polls", "pollsTooEarly"] as const) : (["polls"] as const)))
  if (code.redeemed) return [Either.left("redeemed"), counted]
  if (now >= code.expiresAt) return [Either.left("expired"), counted]
  if (state.slowDowns > 0 || (early && rules.strictPacing)) {
    const slowed = put(counted, { ...code, interval: code.interval + SLOW_DOWN_STEP })
    return [Either.left("slow-down"), { ...slowed, slowDowns: Math.max(0, state.slowDowns - 1) }]
  }
  const approved = approvalOf(code)
  if (Either.isLeft(approved)) return [Either.left(approved.left), counted]
  const redeemed = count(put(counted, { ...code, redeemed: true }), "deviceCodesRedeemed")
  return [Either.right({ code, approval: approved.right }), redeemed]
}

const isWaiting = (code: Code, now: number): boolean => code.decision._tag === "Undecided" && now < code.expiresAt

const byUserCode = (state: State, userCode: string): Option.Option<Code> =>
  Option.flatMap(HashMap.get(state.byUserCode, normalised(userCode)), (deviceCode) =>
    HashMap.get(state.byDeviceCode, deviceCode)
  )

/** The code a person typed, if a client waits for it. */
export const waiting = (state: State, userCode: string, now: number): Code | undefined =>
  Option.getOrUndefined(Option.filter(byUserCode(state, userCode), (code) => isWaiting(code, now)))

/** The codes that wait for a person, the oldest first. */
export const allWaiting = (state: State, now: number): ReadonlyArray<Code> =>
  HashMap.toValues(state.byDeviceCode)
    .filter((code) => isWaiting(code, now))
    .sort((one, other) => one.issuedAt - other.issuedAt)

/** A person decides about a waiting code. Answers whether there was one. */
export const decide = (state: State, userCode: string, decision: Decision, now: number): readonly [boolean, State] => {
  const code = waiting(state, userCode, now)
  return code === undefined ? [false, state] : [true, put(state, { ...code, decision })]
}

/** A code has reached its end, decided or not. Answers whether it still lived. */
export const expire = (state: State, userCode: string, now: number): readonly [boolean, State] => {
  const code = Option.getOrUndefined(byUserCode(state, userCode))
  return code === undefined || code.redeemed || now >= code.expiresAt
    ? [false, state]
    : [true, put(state, { ...code, expiresAt: now })]
}

/** The next `times` polls of codes that still live are told to slow down. */
export const slowDownNext = (state: State, times: number): State => ({ ...state, slowDowns: Math.max(0, times) })
