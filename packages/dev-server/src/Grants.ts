/**
 * The server's memory of who holds which tokens, as a pure state machine: state and event in, answer and state out.
 *
 * It follows the server's page "Manage access tokens for API requests": a log-in starts a *chain*; each refresh
 * replaces the chain's pair and
 * kills the old one at once, access token and refresh token alike. Time and fresh identifiers are handed in, so a
 * story of 90 days is a table.
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"

/** How long things live, in milliseconds. */
export interface Lifetimes {
  /** An access token, from the moment it is made. */
  readonly accessToken: number
  /** A refresh token that nobody uses. */
  readonly refreshToken: number
  /** A chain, from its log-in: after this it cannot be refreshed any more, however lively it was. */
  readonly chain: number
}

const HOUR = 3_600_000

/** The documented lives: one hour, 336 hours and 90 days. */
export const documentedLifetimes: Lifetimes = { accessToken: HOUR, refreshToken: 336 * HOUR, chain: 90 * 24 * HOUR }

/** Identifiers that nobody has seen before, for the next pair. */
export interface FreshIds {
  readonly access: string
  readonly refresh: string
}

/** A live pair. All moments are epoch milliseconds of the server's clock. */
export interface Grant {
  /** The number of the chain, from 1. */
  readonly chain: number
  readonly username: string
  readonly access: string
  readonly refresh: string
  /** When the user logged in. */
  readonly startedAt: number
  /** When this pair was made. */
  readonly issuedAt: number
  readonly accessExpiresAt: number
  readonly refreshExpiresAt: number
}

/** Why a refresh token was refused. The wire says the same 401 for all of them; counters and tests want to know. */
export type RefreshRefusal = "unknown" | "used" | "revoked" | "expired" | "chain-ended"

/** Why an access token was refused. One that was replaced or revoked is `unknown`, as if it had never been. */
export type AccessRefusal = "unknown" | "expired"

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

/** Everything the machine remembers. Make one with {@link empty}. */
export interface State {
  readonly lifetimes: Lifetimes
  readonly chains: number
  readonly byRefresh: HashMap.HashMap<string, Grant>
  readonly byAccess: HashMap.HashMap<string, Grant>
  /** Refresh tokens that died before their time: needed to tell a token used twice from one that never was. */
  readonly retired: HashMap.HashMap<string, "used" | "revoked">
  readonly counts: Counts
}

const noCounts: Counts = {
  logins: 0,
  refreshes: 0,
  refreshesRefused: 0,
  reusedRefreshTokens: 0,
  revocations: 0,
  revocationsRefused: 0
}

/** Nobody is logged in. */
export const empty = (lifetimes: Lifetimes = documentedLifetimes): State => ({
  lifetimes,
  chains: 0,
  byRefresh: HashMap.empty(),
  byAccess: HashMap.empty(),
  retired: HashMap.empty(),
  counts: noCounts
})

/** The same sessions, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const count = (counts: Counts, ...keys: ReadonlyArray<keyof Counts>): Counts => {
  const next: { -readonly [K in keyof Counts]: number } = { ...counts }
  for (const key of keys) next[key] += 1
  return next
}

const install = (state: State, grant: Grant): State => ({
  ...state,
  byRefresh: HashMap.set(state.byRefresh, grant.refresh, grant),
  byAccess: HashMap.set(state.byAccess, grant.access, grant)
})

const retire = (state: State, grant: Grant, how: "used" | "revoked"): State => ({
  ...state,
  byRefresh: HashMap.remove(state.byRefresh, grant.refresh),
  byAccess: HashMap.remove(state.byAccess, grant.access),
  retired: HashMap.set(state.retired, grant.refresh, how)
})

const makeGrant = (
  state: State,
  from: Pick<Grant, "chain" | "username" | "startedAt">,
  now: number,
  fresh: FreshIds
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

const holder = (state: State, refresh: string, now: number): Either.Either<Grant, RefreshRefusal> => {
  const found = HashMap.get(state.byRefresh, refresh)
  if (Option.isNone(found)) {
    return Either.left(Option.getOrElse(HashMap.get(state.retired, refresh), (): RefreshRefusal => "unknown"))
  }
  const grant = found.value
  if (now >= grant.startedAt + state.lifetimes.chain) return Either.left("chain-ended")
  return now >= grant.refreshExpiresAt ? Either.left("expired") : Either.right(grant)
}

/** The user's password was right: a new chain begins. Other chains of the same user live on. */
export const login = (state: State, username: string, now: number, fresh: FreshIds): readonly [Grant, State] => {
  const chain = state.chains + 1
  const grant = makeGrant(state, { chain, username, startedAt: now }, now, fresh)
  return [grant, install({ ...state, chains: chain, counts: count(state.counts, "logins") }, grant)]
}

/**
 * A refresh token is presented: the pair is replaced and the old one is dead at once, or the token is refused and
 * nothing else changes.
 */
export const refresh = (
  state: State,
  token: string,
  now: number,
  fresh: FreshIds
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const found = holder(state, token, now)
  if (Either.isLeft(found)) {
    const keys =
      found.left === "used" ? (["refreshesRefused", "reusedRefreshTokens"] as const) : (["refreshesRefused"] as const)
    return [found, { ...state, counts: count(state.counts, ...keys) }]
  }
  const next = makeGrant(state, found.right, now, fresh)
  const replaced = install(retire(state, found.right, "used"), next)
  return [Either.right(next), { ...replaced, counts: count(state.counts, "refreshes") }]
}

/** A refresh token is given back: its pair is dead at once. The answer is the pair that died. */
export const revoke = (
  state: State,
  token: string,
  now: number
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const found = holder(state, token, now)
  return Either.isLeft(found)
    ? [found, { ...state, counts: count(state.counts, "revocationsRefused") }]
    : [found, { ...retire(state, found.right, "revoked"), counts: count(state.counts, "revocations") }]
}

/** Whose access token is this? Nothing changes by asking. */
export const authenticate = (state: State, access: string, now: number): Either.Either<Grant, AccessRefusal> => {
  const found = HashMap.get(state.byAccess, access)
  if (Option.isNone(found)) return Either.left("unknown")
  return now >= found.value.accessExpiresAt ? Either.left("expired") : Either.right(found.value)
}

/** The pairs that can still be refreshed or used. Of one chain there is never more than one. */
export const live = (state: State, now: number): ReadonlyArray<Grant> => {
  const usable = (grant: Grant) => Either.isRight(holder(state, grant.refresh, now)) || now < grant.accessExpiresAt
  return HashMap.toValues(state.byRefresh).filter(usable)
}

const ofUser = (state: State, username: string | undefined): ReadonlyArray<Grant> =>
  HashMap.toValues(state.byRefresh).filter((grant) => username === undefined || grant.username === username)

/** All access tokens have reached their end; refresh tokens live on. Answers how many were ended. */
export const expireAccessTokens = (state: State, now: number): readonly [number, State] => {
  const ended = HashMap.toValues(state.byAccess).filter((grant) => grant.accessExpiresAt > now)
  const next = ended.reduce((state, grant) => install(state, { ...grant, accessExpiresAt: now }), state)
  return [ended.length, next]
}

/**
 * The access tokens of one user, or of everybody, are forgotten; refresh tokens live on. Answers how many were
 * forgotten.
 */
export const revokeAccessTokens = (state: State, username?: string): readonly [number, State] => {
  const gone = ofUser(state, username).filter((grant) => HashMap.has(state.byAccess, grant.access))
  const byAccess = gone.reduce((map, grant) => HashMap.remove(map, grant.access), state.byAccess)
  return [gone.length, { ...state, byAccess }]
}

/** The chains of one user, or of everybody, are over. Answers how many were ended. */
export const revokeSessions = (state: State, username?: string): readonly [number, State] => {
  const gone = ofUser(state, username)
  return [gone.length, gone.reduce((state, grant) => retire(state, grant, "revoked"), state)]
}
