/**
 * The tokens that a server handed out, as a pure state machine: state and event in, answer and state out. Time and fresh
 * identifiers are handed in, so a story of 90 days is a table. What the server's own tokens and Azure's have in common is
 * here; `Grants` and `AzureGrants` are the two dialects.
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"

/** Moments are epoch milliseconds of the server's clock. */
export interface AccessToken {
  readonly access: string
  readonly username: string
  readonly accessExpiresAt: number
}

/** Moments are epoch milliseconds of the server's clock. */
export interface RefreshToken {
  readonly refresh: string
  readonly username: string
  readonly refreshExpiresAt: number
}

/** Why an access token is refused. One that was replaced or revoked is `unknown`, as if it had never been. */
export type AccessRefusal = "unknown" | "expired"

/** Identifiers that were not used before. */
export interface FreshIds {
  readonly access: string
  readonly refresh: string
}

/** The tokens that live, and the refresh tokens that died before their time: one used twice is not one that never was. */
export interface Tokens<Access extends AccessToken, Refresh extends RefreshToken, Death extends string> {
  readonly byAccess: HashMap.HashMap<string, Access>
  readonly byRefresh: HashMap.HashMap<string, Refresh>
  readonly dead: HashMap.HashMap<string, Death>
}

/** No tokens. */
export const none = { byAccess: HashMap.empty(), byRefresh: HashMap.empty(), dead: HashMap.empty() }

/** One more of each that was counted. */
export const count = <Counts extends object>(counts: Counts, ...keys: ReadonlyArray<keyof Counts>): Counts =>
  keys.reduce((counts, key) => ({ ...counts, [key]: Number(counts[key]) + 1 }), counts)

/** What to count of a refresh that was refused. */
export const refused = (refusal: unknown) =>
  refusal === "used" ? (["refreshesRefused", "reusedRefreshTokens"] as const) : (["refreshesRefused"] as const)

const isOf = (username: string | undefined) => {
  const wanted = username?.toLowerCase()
  return (it: { readonly username: string }) => wanted === undefined || it.username.toLowerCase() === wanted
}

/** The machine of one dialect. */
export const make = <Access extends AccessToken, Refresh extends RefreshToken, Other extends string = never>() => {
  type Death = Other | "used" | "revoked"
  type Any = Tokens<Access, Refresh, Death>

  /** Hands out tokens; also in the place of those with the same identifiers. */
  const give = <State extends Any>(state: State, access?: Access, refresh?: Refresh): State => ({
    ...state,
    byAccess: access === undefined ? state.byAccess : HashMap.set(state.byAccess, access.access, access),
    byRefresh: refresh === undefined ? state.byRefresh : HashMap.set(state.byRefresh, refresh.refresh, refresh)
  })

  /** A refresh token is dead. */
  const kill = <State extends Any>(state: State, token: string, death: Death): State => ({
    ...state,
    byRefresh: HashMap.remove(state.byRefresh, token),
    dead: HashMap.set(state.dead, token, death)
  })

  /** An access token is forgotten. */
  const forget = <State extends Any>(state: State, access: string): State => ({
    ...state,
    byAccess: HashMap.remove(state.byAccess, access)
  })

  /** The refresh token, if it can be used; `over` says why it cannot where its time has passed. */
  const holder = <Over>(
    { byRefresh, dead }: Any,
    token: string,
    now: number,
    over: (refresh: Refresh) => Over
  ): Either.Either<Refresh, Over | Death | "unknown"> => {
    const found = HashMap.get(byRefresh, token)
    if (Option.isNone(found)) return Either.left(Option.getOrElse(HashMap.get(dead, token), () => "unknown" as const))
    return now < found.value.refreshExpiresAt ? Either.right(found.value) : Either.left(over(found.value))
  }

  const authenticate = ({ byAccess }: Any, access: string, now: number): Either.Either<Access, AccessRefusal> => {
    const found = HashMap.get(byAccess, access)
    if (Option.isNone(found)) return Either.left("unknown")
    return now >= found.value.accessExpiresAt ? Either.left("expired") : Either.right(found.value)
  }

  const killRefreshTokens = <State extends Any>(
    state: State,
    death: Death,
    username?: string
  ): readonly [number, State] => {
    const gone = HashMap.toValues(state.byRefresh).filter(isOf(username))
    return [gone.length, gone.reduce((state, { refresh }) => kill(state, refresh, death), state)]
  }

  const expireAccessTokens = <State extends Any>(state: State, now: number): readonly [number, State] => {
    const ended = HashMap.toValues(state.byAccess).filter(({ accessExpiresAt }) => accessExpiresAt > now)
    return [ended.length, ended.reduce((state, access) => give(state, { ...access, accessExpiresAt: now }), state)]
  }

  const revokeAccessTokens = <State extends Any>(state: State, username?: string): readonly [number, State] => {
    const gone = HashMap.toValues(state.byAccess).filter(isOf(username))
    return [gone.length, gone.reduce((state, { access }) => forget(state, access), state)]
  }

  /** Refresh tokens and access tokens. Answers how many refresh tokens died. */
  const revokeSessions = <State extends Any>(state: State, username?: string): readonly [number, State] => {
    const [killed, next] = killRefreshTokens(state, "revoked", username)
    return [killed, revokeAccessTokens(next, username)[1]]
  }

  return {
    give,
    kill,
    forget,
    holder,
    authenticate,
    killRefreshTokens,
    expireAccessTokens,
    revokeAccessTokens,
    revokeSessions
  }
}
