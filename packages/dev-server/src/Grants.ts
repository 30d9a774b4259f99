/**
 * The server's memory of who holds which tokens: the dialect of `TokenMachine` that the server's page "Manage access tokens
 * for API requests" describes. A log-in starts a *chain*; each refresh replaces the chain's pair and kills the old one at
 * once, access token and refresh token alike.
 *
 * @example
 * import { Grants } from "@mlserver-auth/dev-server"
 *
 * const minute = 60_000
 * const [first, one] = Grants.login(Grants.empty(), "ada", 0, { access: "a1", refresh: "r1" })
 * const [, two] = Grants.refresh(one, first.refresh, minute, { access: "a2", refresh: "r2" }) // Right: the new pair
 * Grants.authenticate(two, "a1", minute) // Left("unknown"): it was replaced
 * const [reused, three] = Grants.refresh(two, "r1", minute, { access: "a3", refresh: "r3" }) // Left("used")
 * three.counts.reusedRefreshTokens // 1
 * const [, over] = Grants.revoke(three, "r2", 2 * minute) // Right: the pair that died
 * Grants.live(over, 2 * minute) // []
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Machine from "./TokenMachine.js"

/** How long things live, in milliseconds. */
export interface Lifetimes {
  /** An access token, from the moment it is made. */
  readonly accessToken: number
  /** A refresh token that is not used. */
  readonly refreshToken: number
  /** A chain, from its log-in: after this it cannot be refreshed any more, however lively it was. */
  readonly chain: number
}

const HOUR = 3_600_000

/**
 * The documented lives, in milliseconds: one hour, 336 hours (14 days) and 90 days.
 *
 * @example
 * import { DevServer, Grants } from "@mlserver-auth/dev-server"
 *
 * // Access tokens that end after 5 seconds; the rest as documented.
 * const lifetimes = { ...Grants.documentedLifetimes, accessToken: 5_000 }
 * const Server = DevServer.layerInProcess({ lifetimes, tokenFormat: "opaque" })
 */
export const documentedLifetimes: Lifetimes = { accessToken: HOUR, refreshToken: 336 * HOUR, chain: 90 * 24 * HOUR }

/** A live pair. All moments are epoch milliseconds of the server's clock. */
export interface Grant extends Machine.AccessToken, Machine.RefreshToken {
  /** The number of the chain, from 1. */
  readonly chain: number
  /** When the user logged in. */
  readonly startedAt: number
  /** When this pair was made. */
  readonly issuedAt: number
}

/** Why a refresh token was refused. The wire says the same 401 for all of them; counters and tests want to know. */
export type RefreshRefusal = "unknown" | "used" | "revoked" | "expired" | "chain-ended"

/** Why an access token was refused. */
export type AccessRefusal = Machine.AccessRefusal

/**
 * What happened so far. `refreshesRefused` includes `reusedRefreshTokens`, which says how often a token that had been
 * used came again.
 */
export interface Counts {
  readonly logins: number
  readonly refreshes: number
  readonly refreshesRefused: number
  readonly reusedRefreshTokens: number
  readonly revocations: number
  readonly revocationsRefused: number
}

/** Everything the machine remembers. Make one with `empty`. */
export interface State extends Machine.Tokens<Grant, Grant, "used" | "revoked"> {
  readonly lifetimes: Lifetimes
  readonly chains: number
  readonly counts: Counts
}

const machine = Machine.make<Grant, Grant>()

const noCounts: Counts = {
  logins: 0,
  refreshes: 0,
  refreshesRefused: 0,
  reusedRefreshTokens: 0,
  revocations: 0,
  revocationsRefused: 0
}

/** The state before the first log-in. Default: the documented lives. */
export const empty = (lifetimes: Lifetimes = documentedLifetimes): State => ({
  ...Machine.none,
  lifetimes,
  chains: 0,
  counts: noCounts
})

/** The same sessions, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const install = (state: State, grant: Grant): State => machine.give(state, grant, grant)

const retire = (state: State, { access, refresh }: Grant, how: "used" | "revoked"): State =>
  machine.forget(machine.kill(state, refresh, how), access)

const makeGrant = (
  state: State,
  from: Pick<Grant, "chain" | "username" | "startedAt">,
  now: number,
  fresh: Machine.FreshIds
): Grant => ({
  chain: from.chain,
  username: from.username,
  access: fresh.access,
  refresh: fresh.refresh,
  startedAt: from.startedAt,
  issuedAt: now,
  accessExpiresAt: now + state.lifetimes.accessToken,
  refreshExpiresAt: Math.min(now + state.lifetimes.refreshToken, from.startedAt + state.lifetimes.chain)
})

const holder = (state: State, refresh: string, now: number): Either.Either<Grant, RefreshRefusal> =>
  machine.holder(state, refresh, now, ({ startedAt }) =>
    now >= startedAt + state.lifetimes.chain ? "chain-ended" : "expired"
  )

/** The user's password was right: a new chain begins. Other chains of the same user live on. `now`: epoch milliseconds. */
export const login = (
  state: State,
  username: string,
  now: number,
  fresh: Machine.FreshIds
): readonly [Grant, State] => {
  const chain = state.chains + 1
  const grant = makeGrant(state, { chain, username, startedAt: now }, now, fresh)
  return [grant, install({ ...state, chains: chain, counts: Machine.count(state.counts, "logins") }, grant)]
}

/**
 * A refresh token is presented: the pair is replaced and the old one is dead at once, or the token is refused and
 * nothing else changes.
 */
export const refresh = (
  state: State,
  token: string,
  now: number,
  fresh: Machine.FreshIds
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const found = holder(state, token, now)
  if (Either.isLeft(found)) {
    return [found, { ...state, counts: Machine.count(state.counts, ...Machine.refused(found.left)) }]
  }
  const next = makeGrant(state, found.right, now, fresh)
  const replaced = install(retire(state, found.right, "used"), next)
  return [Either.right(next), { ...replaced, counts: Machine.count(state.counts, "refreshes") }]
}

/** A refresh token is given back: its pair is dead at once. Returns the pair that died, or why it was refused. */
export const revoke = (
  state: State,
  token: string,
  now: number
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const found = holder(state, token, now)
  return Either.isLeft(found)
    ? [found, { ...state, counts: Machine.count(state.counts, "revocationsRefused") }]
    : [found, { ...retire(state, found.right, "revoked"), counts: Machine.count(state.counts, "revocations") }]
}

/** The pairs that can still be refreshed or used. Of one chain there is never more than one. */
export const live = (state: State, now: number): ReadonlyArray<Grant> => {
  const usable = ({ access, refresh }: Grant) =>
    Either.isRight(holder(state, refresh, now)) || Either.isRight(machine.authenticate(state, access, now))
  return HashMap.toValues(state.byRefresh).filter(usable)
}

/** Whose access token this is, or why it is refused. It changes nothing. */
export const authenticate = machine.authenticate
/**
 * Ends all access tokens now; refresh tokens live on. Returns how many it ended.
 *
 * @example
 * import { Grants } from "@mlserver-auth/dev-server"
 *
 * const [, state] = Grants.login(Grants.empty(), "ada", 0, { access: "a1", refresh: "r1" })
 * const [ended, later] = Grants.expireAccessTokens(state, 1_000)
 * ended // 1
 * Grants.authenticate(later, "a1", 1_000) // Left("expired")
 * const [forgotten, without] = Grants.revokeAccessTokens(later, "ada")
 * forgotten // 1
 * Grants.authenticate(without, "a1", 1_000) // Left("unknown")
 * const [over, empty] = Grants.revokeSessions(without)
 * over // 1: the chain of ada
 * Grants.resetCounts(empty).counts.logins // 0
 */
export const expireAccessTokens = machine.expireAccessTokens<State>
/** Forgets the access tokens of one user, or of all; refresh tokens live on. Returns how many it forgot. */
export const revokeAccessTokens = machine.revokeAccessTokens<State>
/** Ends the chains of one user, or of all. Returns how many it ended. */
export const revokeSessions = machine.revokeSessions<State>
