/**
 * The knobs of the authority: what a person does at its page, and what an administrator does to the tokens of all users.
 */
import * as Effect from "effect/Effect"
import * as AuthorizationCodes from "./authorization/AuthorizationCodes.js"
import * as AzureGrants from "./token/AzureGrants.js"
import type { Authority } from "./Authority.js"
import * as Demands from "./token/Demands.js"
import * as DeviceCodes from "./device/DeviceCodes.js"
import * as SignIn from "./SignIn.js"

/**
 * What a test can do at Azure in the place of a person or an administrator. At a server without Azure nothing happens, and
 * each returns `false`, 0 or nothing.
 */
export interface AzureControl {
  /**
   * The first user, or this one, approves a device code as a person would. `false` when no client waits with this code, or
   * no user has this name. Users who are disabled or blocked by a policy approve in vain: the poll tells why.
   */
  readonly approve: (userCode: string, username?: string) => Effect.Effect<boolean>
  /** A person declines. `false` when no client waits with this code. */
  readonly decline: (userCode: string) => Effect.Effect<boolean>
  /** A device code has reached its end. `false` when it had already. */
  readonly expire: (userCode: string) => Effect.Effect<boolean>
  /** The user codes that wait for a person, the oldest first. */
  readonly waiting: Effect.Effect<ReadonlyArray<string>>
  /** The next `times` polls are answered `slow_down`, and their intervals grow by five seconds each time. */
  readonly slowDownNext: (times: number) => Effect.Effect<void>
  /**
   * The next answer that a browser takes back has these parameters instead; `null` leaves one out. Another `state` or
   * `iss`, or an error in the place of the code: `{ code: null, error: "access_denied" }`.
   */
  readonly changeNextAnswer: (change: AuthorizationCodes.Change) => Effect.Effect<void>
  /**
   * The refresh tokens of this user, or of all users, are revoked as by a change of password (50173). Answers how many.
   */
  readonly revokeRefreshTokens: (username?: string) => Effect.Effect<number>
  /** The sign-ins of this user, or of all users, are too old for a policy: refresh tokens end (70043). How many. */
  readonly endSignIns: (username?: string) => Effect.Effect<number>
  /**
   * The server answers 401 `insufficient_claims` to this user, or to all users, until a token was asked for with exactly
   * the claims that are answered here. With `interaction` it takes a person to get one: only a device code asked for
   * with the claims gives it.
   */
  readonly requireClaims: (
    username?: string,
    options?: { readonly interaction?: boolean | undefined }
  ) => Effect.Effect<string>
}

const change = <A>(offset: () => number, f: (now: number) => A): Effect.Effect<A> =>
  Effect.clockWith((clock) => Effect.sync(() => f(clock.unsafeCurrentTimeMillis() + offset())))

const decisionOf = (user: SignIn.User): DeviceCodes.Decision => {
  const failure = SignIn.refusedEverywhere(user)
  return failure === undefined
    ? { _tag: "Approved", username: user.username, secondFactor: true }
    : { _tag: "Blocked", failure }
}

const codes = (authority: Authority, offset: () => number) => {
  const { users } = authority.configuration.signIn
  const apply = (f: (state: DeviceCodes.State, now: number) => readonly [boolean, DeviceCodes.State]) =>
    change(offset, (now) => {
      const [answer, next] = f(authority.codes, now)
      authority.codes = next
      return answer
    })
  return {
    approve: (userCode: string, username?: string) => {
      const user = username === undefined ? [...users.values()][0] : SignIn.find(users, username)
      if (user === undefined) return Effect.succeed(false)
      return apply((state, now) => DeviceCodes.decide(state, userCode, decisionOf(user), now))
    },
    decline: (userCode: string) =>
      apply((state, now) => DeviceCodes.decide(state, userCode, { _tag: "Declined" }, now)),
    expire: (userCode: string) => apply((state, now) => DeviceCodes.expire(state, userCode, now)),
    waiting: change(offset, (now) => DeviceCodes.allWaiting(authority.codes, now).map(({ userCode }) => userCode)),
    slowDownNext: (times: number) =>
      Effect.sync(() => {
        authority.codes = DeviceCodes.slowDownNext(authority.codes, times)
      })
  }
}

const answers = (authority: Authority) => ({
  changeNextAnswer: (change: AuthorizationCodes.Change) =>
    Effect.sync(() => {
      authority.authorizations = AuthorizationCodes.changeNext(authority.authorizations, change)
    })
})

const tokens = (authority: Authority, offset: () => number) => {
  const kill = (death: AzureGrants.Death) => (username?: string) =>
    Effect.sync(() => {
      const [killed, next] = AzureGrants.killRefreshTokens(authority.grants, death, username)
      authority.grants = next
      return killed
    })
  return {
    revokeRefreshTokens: kill("revoked"),
    endSignIns: kill("sign-in-over"),
    requireClaims: (username?: string, options?: { readonly interaction?: boolean | undefined }) =>
      change(offset, (now) => {
        const claims = Demands.claimsAt(now)
        const interaction = options?.interaction ?? false
        const demands = Demands.demand(authority.grants.demands, claims, { username, interaction })
        authority.grants = { ...authority.grants, demands }
        return claims
      })
  }
}

const nothing: AzureControl = {
  approve: () => Effect.succeed(false),
  decline: () => Effect.succeed(false),
  expire: () => Effect.succeed(false),
  waiting: Effect.succeed([]),
  slowDownNext: () => Effect.void,
  changeNextAnswer: () => Effect.void,
  revokeRefreshTokens: () => Effect.succeed(0),
  endSignIns: () => Effect.succeed(0),
  requireClaims: () => Effect.succeed("")
}

/** The knobs of an authority, whose clock is `offset` milliseconds ahead of the fiber's. */
export const make = (authority: Authority | undefined, offset: () => number): AzureControl =>
  authority === undefined
    ? nothing
    : { ...codes(authority, offset), ...answers(authority), ...tokens(authority, offset) }
