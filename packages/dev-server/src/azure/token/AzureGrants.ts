/**
 * The tokens that the authority handed out: the dialect of `TokenMachine` whose refresh tokens stay usable. A refresh hands
 * out one more and kills nothing, unless the rules say to rotate.
 */
import * as Either from "effect/Either"
import * as Machine from "../../TokenMachine.js"
import * as Demands from "./Demands.js"

/** How the machine is set up. Lives are in milliseconds. */
export interface Rules {
  readonly accessToken: number
  /** A refresh token that is not used. */
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
export interface Access extends Machine.AccessToken {
  /** Tokens are numbered from 1 in the order they were made. */
  readonly serial: number
  readonly resource: string
  readonly secondFactor: boolean
  readonly issuedAt: number
}

/** Its end moves on with each use, unless it is fixed. */
interface Refresh extends Machine.RefreshToken {
  readonly resource: string
  readonly scopes: ReadonlyArray<string>
  readonly secondFactor: boolean
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
export interface State extends Machine.Tokens<Access, Refresh, Death> {
  readonly made: number
  readonly demands: Demands.State
  readonly counts: Counts
}

const machine = Machine.make<Access, Refresh, "sign-in-over">()

const noCounts: Counts = { refreshes: 0, refreshesRefused: 0, refreshesWithClaims: 0, reusedRefreshTokens: 0 }

/** Without a sign-in so far. */
export const empty: State = {
  ...Machine.none,
  made: 0,
  demands: Demands.none,
  counts: noCounts
}

/** The same tokens, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

const count = (state: State, ...keys: ReadonlyArray<keyof Counts>): State => ({
  ...state,
  counts: Machine.count(state.counts, ...keys)
})

/** A user signed in: tokens for one resource. */
export const issue = (
  rules: Rules,
  state: State,
  signIn: SignIn,
  now: number,
  fresh: Machine.FreshIds
): readonly [Grant, State] => {
  const { claims, fixedEnd, offline, resource, scopes, secondFactor, username } = signIn
  const serial = state.made + 1
  const who = { username, resource, secondFactor }
  const access = { ...who, access: fresh.access, serial, issuedAt: now, accessExpiresAt: now + rules.accessToken }
  const refreshExpiresAt = fixedEnd ?? now + rules.refreshToken
  const refresh = { ...who, scopes, fixedEnd, refresh: fresh.refresh, refreshExpiresAt }
  const given: State = machine.give(state, access, offline ? refresh : undefined)
  const next = { ...given, made: serial, demands: Demands.meet(state.demands, username, claims, serial) }
  return [{ access, refreshToken: offline ? fresh.refresh : undefined, scopes, fixedEnd }, next]
}

const holder = (state: State, token: string, now: number): Either.Either<Refresh, RefreshRefusal> =>
  machine.holder(state, token, now, ({ fixedEnd }) => (fixedEnd === undefined ? "expired" : "fixed-life-over"))

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

/** A refresh token is presented, for the same resource or for another one of the same tenant. */
export const refresh = (
  rules: Rules,
  state: State,
  token: string,
  wish: RefreshWish,
  now: number,
  fresh: Machine.FreshIds
): readonly [Either.Either<Grant, RefreshRefusal>, State] => {
  const counted = wish.claims === undefined ? state : count(state, "refreshesWithClaims")
  const held = Either.flatMap(holder(state, token, now), (refresh) => fromThere(refresh, wish))
  const found = Either.flatMap(held, (refresh): Either.Either<Refresh, RefreshRefusal> => {
    const claims = Demands.forAPerson(state.demands, refresh.username, wish.claims)
    return claims === undefined ? Either.right(refresh) : Either.left({ _tag: "Interaction", claims })
  })
  if (Either.isLeft(found)) return [Either.left(found.left), count(counted, ...Machine.refused(found.left))]
  const { fixedEnd, resource, scopes, secondFactor, username } = found.right
  const used = { ...found.right, refreshExpiresAt: fixedEnd ?? now + rules.refreshToken }
  const before: State =
    rules.rotate && wish.offline ? machine.kill(counted, token, "used") : machine.give(counted, undefined, used)
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
export const authenticate = machine.authenticate
/** The refresh tokens of one user, or of all, are dead. Answers how many. */
export const killRefreshTokens = machine.killRefreshTokens<State>
/** Every access token has reached its end. Answers how many. */
export const expireAccessTokens = machine.expireAccessTokens<State>
/** The access tokens of one user, or of all, are forgotten. Answers how many. */
export const revokeAccessTokens = machine.revokeAccessTokens<State>
/** The sign-ins of one user, or of all, are over, access tokens too. Answers how many refresh tokens died. */
export const revokeSessions = machine.revokeSessions<State>
