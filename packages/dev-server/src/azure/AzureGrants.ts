/**
 * The tokens the authority handed out, as a pure state machine. Unlike the server's own, its refresh tokens stay usable:
 * a refresh hands out one more and kills nothing, unless the machine is told to rotate.
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Demands from "./Demands.js"

/** How the machine is set up. Lives are in milliseconds. */
export interface Rules {
  readonly accessToken: number
  /** A refresh token that nobody uses. */
  readonly refreshToken: number
  /** Does a refresh token work once only? */
  readonly rotate: boolean
}

/** Who signed in, and for what. */
export interface SignIn {
  readonly username: string
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
  readonly secondFactor: boolean
  readonly claims: string | undefined
  /** Is a refresh token wanted? */
  readonly offline: boolean
  /** For a page in a browser: when its refresh tokens end, however much they are used. */
  readonly fixedEnd?: number | undefined
}

/** A live access token. Moments are epoch milliseconds of the server's clock. */
export interface Access {
  readonly id: string
  /** Tokens are numbered from 1 in the order they were made. */
  readonly serial: number
  readonly username: string
  readonly resource: string
  readonly secondFactor: boolean
  readonly issuedAt: number
  readonly expiresAt: number
}

interface Refresh {
  readonly token: string
  readonly username: string
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
  readonly secondFactor: boolean
  /** Moves on with each use, unless it is fixed. */
  readonly expiresAt: number
  readonly fixedEnd: number | undefined
}

/** What a sign-in or a refresh gives. */
export interface Grant {
  readonly access: Access
  readonly refreshToken: string | undefined
  readonly scopes: ReadonlyArray<string>
  readonly fixedEnd: number | undefined
}

/** How a refresh token died before its time. */
export type Death = "used" | "revoked" | "sign-in-over"

/** Why a refresh token was refused. */
export type RefreshRefusal =
  | "unknown"
  | "expired"
  | "fixed-life-over"
  | "cross-origin"
  | "not-cross-origin"
  | Death
  | { readonly _tag: "Interaction"; readonly claims: string }

/** Identifiers that nobody has seen before. */
export interface FreshIds {
  readonly access: string
  readonly refresh: string
}

/** What happened so far. */
export interface Counts {
  readonly refreshes: number
  readonly refreshesRefused: number
  /** Refreshes, granted or not, that carried claims. */
  readonly refreshesWithClaims: number
  /** How often a refresh token that had been used up came again. Always 0 unless refresh tokens rotate. */
  readonly reusedRefreshTokens: number
}

/** Everything the machine remembers. Make one with {@link empty}. */
export interface State {
  readonly made: number
  readonly byAccess: HashMap.HashMap<string, Access>
  readonly byRefresh: HashMap.HashMap<string, Refresh>
  readonly dead: HashMap.HashMap<string, Death>
  readonly demands: Demands.State
  readonly counts: Counts
}

const noCounts: Counts = { refreshes: 0, refreshesRefused: 0, refreshesWithClaims: 0, reusedRefreshTokens: 0 }

/** Nobody has signed in. */
export const empty: State = {
  made: 0,
  byAccess: HashMap.empty(),
  byRefresh: HashMap.empty(),
  dead: HashMap.empty(),
  demands: Demands.none,
  counts: noCounts
}

/** The same tokens, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const count = (state: State, ...keys: ReadonlyArray<keyof Counts>): State => {
  const next: { -readonly [K in keyof Counts]: number } = { ...state.counts }
  for (const key of keys) next[key] += 1
  return { ...state, counts: next }
}

/** Somebody signed in: tokens for one resource. */
export const issue = (
  rules: Rules,
  state: State,
  signIn: SignIn,
  now: number,
  fresh: FreshIds
): readonly [Grant, State] => {
  const { claims, fixedEnd, offline, resource, scopes, secondFactor, username } = signIn
  const serial = state.made + 1
  const who = { username, resource, secondFactor }
  const access = { ...who, id: fresh.access, serial, issuedAt: now, expiresAt: now + rules.accessToken }
  const refresh = { ...who, scopes, fixedEnd, token: fresh.refresh, expiresAt: fixedEnd ?? now + rules.refreshToken }
  const next: State = {
    ...state,
    made: serial,
    byAccess: HashMap.set(state.byAccess, access.id, access),
    byRefresh: offline ? HashMap.set(state.byRefresh, refresh.token, refresh) : state.byRefresh,
    demands: Demands.meet(state.demands, username, claims, serial)
  }
  return [{ access, refreshToken: offline ? refresh.token : undefined, scopes, fixedEnd }, next]
}

const kill = (state: State, token: string, death: Death): State => ({
  ...state,
  byRefresh: HashMap.remove(state.byRefresh, token),
  dead: HashMap.set(state.dead, token, death)
})

const holder = (state: State, token: string, now: number): Either.Either<Refresh, RefreshRefusal> => {
  const found = HashMap.get(state.byRefresh, token)
  if (Option.isNone(found)) {
    return Either.left(Option.getOrElse(HashMap.get(state.dead, token), (): RefreshRefusal => "unknown"))
  }
  if (now < found.value.expiresAt) return Either.right(found.value)
  return Either.left(found.value.fixedEnd === undefined ? "expired" : "fixed-life-over")
}

/** Tokens of a page in a browser are used by pages only, and no others are. */
const fromThere = (refresh: Refresh, { crossOrigin }: RefreshWish): Either.Either<Refresh, RefreshRefusal> => {
  if (crossOrigin === (refresh.fixedEnd !== undefined)) return Either.right(refresh)
  return Either.left(crossOrigin ? "cross-origin" : "not-cross-origin")
}

/** What a refresh asks for; what it leaves out is as it was at the sign-in. */
export interface RefreshWish {
  readonly resource: string | undefined
  readonly scopes: ReadonlyArray<string> | undefined
  readonly claims: string | undefined
  readonly offline: boolean
  /** Does a page in a browser ask? */
  readonly crossOrigin: boolean
}

const refusedFor = (found: RefreshRefusal) =>
  found === "used" ? (["refreshesRefused", "reusedRefreshTokens"] as const) : (["refreshesRefused"] as const)

/** A refresh token is presented, for the same resource or for another one of the same tenant. */
export const refresh = (
  rules: Rules,
  state: State,
  token: string,
  wish: RefreshWish,
  now: number,
  fresh: FreshIds
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const counted = wish.claims === undefined ? state : count(state, "refreshesWithClaims")
  const held = Either.flatMap(holder(state, token, now), (refresh) => fromThere(refresh, wish))
  const found = Either.flatMap(held, (refresh): Either.Either<Refresh, RefreshRefusal> => {
    const claims = Demands.forAPerson(state.demands, refresh.username, wish.claims)
    return claims === undefined ? Either.right(refresh) : Either.left({ _tag: "Interaction", claims })
  })
  if (Either.isLeft(found)) return [Either.left(found.left), count(counted, ...refusedFor(found.left))]
  const { fixedEnd, resource, scopes, secondFactor, username } = found.right
  const used = { ...found.right, expiresAt: fixedEnd ?? now + rules.refreshToken }
  const kept = { ...counted, byRefresh: HashMap.set(counted.byRefresh, token, used) }
  const before = rules.rotate && wish.offline ? kill(counted, token, "used") : kept
  const signIn: SignIn = {
    username,
    secondFactor,
    resource: wish.resource ?? resource,
    scopes: wish.scopes ?? scopes,
    claims: wish.claims,
    offline: wish.offline,
    fixedEnd
  }
  const [grant, next] = issue(rules, before, signIn, now, fresh)
  return [Either.right(grant), count(next, "refreshes")]
}

/** Whose access token is this? Nothing changes by asking. */
export const authenticate = (state: State, id: string, now: number): Either.Either<Access, "unknown" | "expired"> => {
  const found = HashMap.get(state.byAccess, id)
  if (Option.isNone(found)) return Either.left("unknown")
  return now >= found.value.expiresAt ? Either.left("expired") : Either.right(found.value)
}

const isOf = (username: string | undefined) => {
  const wanted = username?.toLowerCase()
  return (it: { readonly username: string }) => wanted === undefined || it.username.toLowerCase() === wanted
}

/** The refresh tokens of one user, or of everybody, are dead. Answers how many. */
export const killRefreshTokens = (state: State, death: Death, username?: string): readonly [number, State] => {
  const gone = HashMap.toValues(state.byRefresh).filter(isOf(username))
  return [gone.length, gone.reduce((state, { token }) => kill(state, token, death), state)]
}

/** Every access token has reached its end. Answers how many. */
export const expireAccessTokens = (state: State, now: number): readonly [number, State] => {
  const ended = HashMap.toValues(state.byAccess).filter((access) => access.expiresAt > now)
  const byAccess = ended.reduce((map, it) => HashMap.set(map, it.id, { ...it, expiresAt: now }), state.byAccess)
  return [ended.length, { ...state, byAccess }]
}

/** The access tokens of one user, or of everybody, are forgotten. Answers how many. */
export const revokeAccessTokens = (state: State, username?: string): readonly [number, State] => {
  const gone = HashMap.toValues(state.byAccess).filter(isOf(username))
  return [gone.length, { ...state, byAccess: gone.reduce((map, it) => HashMap.remove(map, it.id), state.byAccess) }]
}

/** The sign-ins of one user, or of everybody, are over, access tokens too. Answers how many refresh tokens died. */
export const revokeSessions = (state: State, username?: string): readonly [number, State] => {
  const [killed, next] = killRefreshTokens(state, "revoked", username)
  return [killed, revokeAccessTokens(next, username)[1]]
}
