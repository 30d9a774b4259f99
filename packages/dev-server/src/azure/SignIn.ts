/**
 * Who may sign in, by password alone or at a page, as a pure state machine: it remembers wrong passwords and locks an
 * account after too many.
 */
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Obstacle } from "../AzureDirectory.js"
import * as Failure from "./Failure.js"

/** A user as the authority knows it. */
export interface User {
  readonly username: string
  readonly password: Redacted.Redacted
  readonly groups: ReadonlyArray<string>
  readonly obstacle: Obstacle | undefined
  /** The object identifier, a GUID. */
  readonly oid: string
}

/** Users by their name in small letters. */
export type Users = ReadonlyMap<string, User>

/** What does not change. */
export interface Rules {
  readonly users: Users
  readonly tenant: string
  readonly client: string
  /** After this many wrong passwords the account is locked. */
  readonly lockoutThreshold: number
  /** For this many milliseconds. */
  readonly lockoutDuration: number
}

/** Password grants and what became of them. */
export interface Counts {
  /** Passwords that gave tokens. */
  readonly passwordGrants: number
  /** Passwords that gave none, for whatever reason. */
  readonly passwordGrantsRefused: number
  /** The same, by the number after `AADSTS`. */
  readonly refusedWith: Readonly<Record<number, number>>
  /** How often a user's password came again that had been refused just before. */
  readonly refusedPasswordsRepeated: number
}

interface Tries {
  readonly wrong: number
  readonly lockedUntil: number
  readonly refused: Redacted.Redacted | undefined
}

/** Everything the machine remembers. Make one with {@link empty}. */
export interface State {
  readonly tries: HashMap.HashMap<string, Tries>
  readonly counts: Counts
}

const noCounts: Counts = {
  passwordGrants: 0,
  passwordGrantsRefused: 0,
  refusedWith: {},
  refusedPasswordsRepeated: 0
}

/** Without a try so far. */
export const empty: State = { tries: HashMap.empty(), counts: noCounts }

/** The same memory, counted from zero. */
export const resetCounts = (state: State): State => ({ ...state, counts: noCounts })

/** A name and a password as they came. */
export interface Presented {
  readonly username: string
  readonly password: string
}

const untried: Tries = { wrong: 0, lockedUntil: 0, refused: undefined }

const keyOf = (username: string): string => username.toLowerCase()

/** The user of this name. */
export const find = (users: Users, username: string): User | undefined => users.get(keyOf(username))

const triesOf = (state: State, username: string): Tries =>
  Option.getOrElse(HashMap.get(state.tries, keyOf(username)), () => untried)

const remember = (state: State, username: string, change: Partial<Tries>): State => ({
  ...state,
  tries: HashMap.set(state.tries, keyOf(username), { ...triesOf(state, username), ...change })
})

const matches = (user: User, { password }: Presented): boolean => Redacted.value(user.password) === password

type Judged = readonly [Either.Either<User, Failure.Failure>, State]

const missed = (rules: Rules, state: State, username: string, now: number): State => {
  const wrong = triesOf(state, username).wrong + 1
  return remember(
    state,
    username,
    wrong >= rules.lockoutThreshold ? { wrong: 0, lockedUntil: now + rules.lockoutDuration } : { wrong }
  )
}

/** The account exists, is not locked out, and the password is its own. */
const proven = (rules: Rules, state: State, presented: Presented, now: number): Judged => {
  const { username } = presented
  const user = find(rules.users, username)
  if (user === undefined) return [Either.left(Failure.unknownUser(username, rules.tenant)), state]
  if (now < triesOf(state, username).lockedUntil) return [Either.left(Failure.locked), state]
  return matches(user, presented)
    ? [Either.right(user), remember(state, username, { wrong: 0 })]
    : [Either.left(Failure.wrongPassword), missed(rules, state, username, now)]
}

/** What stands in the way of this user when there is nothing but a password. */
const obstacle = (rules: Rules, user: User, wire: "v1" | "v2"): Failure.Failure | undefined => {
  switch (user.obstacle) {
    case undefined:
      return undefined
    case "mfa":
      return Failure.secondFactor(wire)
    case "federated":
      return Failure.wrongPassword
    case "locked":
      return Failure.locked
    case "disabled":
      return Failure.disabled
    case "password-expired":
      return Failure.passwordExpired
    case "conditional-access":
      return Failure.conditionalAccess
    case "no-consent":
      return Failure.noConsent(rules.client)
    case "not-assigned":
      return Failure.notAssigned(user.username, rules.client)
  }
}

const tally = (state: State, presented: Presented, refusal: Failure.Failure | undefined): State => {
  const { counts } = state
  if (refusal === undefined) {
    const granted = { ...state, counts: { ...counts, passwordGrants: counts.passwordGrants + 1 } }
    return remember(granted, presented.username, { refused: undefined })
  }
  const before = triesOf(state, presented.username).refused
  const again = before !== undefined && Redacted.value(before) === presented.password
  const counted = {
    ...counts,
    passwordGrantsRefused: counts.passwordGrantsRefused + 1,
    refusedWith: { ...counts.refusedWith, [refusal.code]: (counts.refusedWith[refusal.code] ?? 0) + 1 },
    refusedPasswordsRepeated: counts.refusedPasswordsRepeated + (again ? 1 : 0)
  }
  return remember({ ...state, counts: counted }, presented.username, { refused: Redacted.make(presented.password) })
}

/**
 * A password and nothing else: no second factor, no consent, no other directory can be asked. `further` is what else
 * could stand in the way of this user.
 */
export const byPassword = (
  rules: Rules,
  state: State,
  presented: Presented,
  wire: "v1" | "v2",
  now: number,
  further: (user: User) => Failure.Failure | undefined = () => undefined
): Judged => {
  const [found, next] = proven(rules, state, presented, now)
  const answer = Either.flatMap(found, (user): Either.Either<User, Failure.Failure> => {
    const refusal = obstacle(rules, user, wire) ?? further(user)
    return refusal === undefined ? Either.right(user) : Either.left(refusal)
  })
  return [answer, tally(next, presented, Either.isLeft(answer) ? answer.left : undefined)]
}

/** What a sign-in that a person completes is refused with all the same. */
export const refusedEverywhere = (user: User): Failure.Failure | undefined => {
  if (user.obstacle === "disabled") return Failure.disabled
  return user.obstacle === "conditional-access" ? Failure.conditionalAccess : undefined
}

/** A password typed at the authority's page, where a person overcomes most obstacles. */
export const atPage = (
  rules: Rules,
  state: State,
  presented: Presented & { readonly secondFactor: boolean },
  now: number
): Judged => {
  const [found, next] = proven(rules, state, presented, now)
  const answer = Either.flatMap(found, (user): Either.Either<User, Failure.Failure> => {
    if (user.obstacle === "disabled") return Either.left(Failure.disabled)
    return user.obstacle === "mfa" && !presented.secondFactor
      ? Either.left(Failure.secondFactor("v2"))
      : Either.right(user)
  })
  return [answer, next]
}
