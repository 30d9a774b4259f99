/**
 * Claims that a resource demands of tokens before it takes them: continuous access evaluation, as a pure state machine.
 *
 * A demand is met for a user by the first token that was asked for with exactly its claims; that token and all later
 * ones are taken, earlier ones never again.
 */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"

interface Demand {
  readonly claims: string
  /** Does meeting it take a person? */
  readonly interaction: boolean
  /** By user: the serial number of the token that met it. */
  readonly met: HashMap.HashMap<string, number>
}

/** The demands by user; the empty name stands for all users. */
export type State = HashMap.HashMap<string, Demand>

const ALL_USERS = ""

/** Nothing is demanded. */
export const none: State = HashMap.empty()

/** The claims of a demand made at this moment: the token must be issued afterwards. */
export const claimsAt = (now: number): string =>
  JSON.stringify({ access_token: { nbf: { essential: true, value: String(Math.floor(now / 1000)) } } })

/** Tokens of this user, or of all users, are no longer taken without these claims. */
export const demand = (
  state: State,
  claims: string,
  options: { readonly username?: string | undefined; readonly interaction: boolean }
): State =>
  HashMap.set(state, options.username?.toLowerCase() ?? ALL_USERS, {
    claims,
    interaction: options.interaction,
    met: HashMap.empty()
  })

const holding = (state: State, username: string): ReadonlyArray<readonly [string, Demand]> =>
  [username.toLowerCase(), ALL_USERS].flatMap((key) =>
    Option.match(HashMap.get(state, key), { onNone: () => [], onSome: (demand) => [[key, demand] as const] })
  )

const metBy = (demand: Demand, username: string): number | undefined =>
  Option.getOrUndefined(HashMap.get(demand.met, username.toLowerCase()))

/** A token of this number was given to a request with these claims. */
export const meet = (state: State, username: string, claims: string | undefined, serial: number): State =>
  holding(state, username)
    .filter(([, demand]) => demand.claims === claims && metBy(demand, username) === undefined)
    .reduce(
      (state, [key, demand]) =>
        HashMap.set(state, key, { ...demand, met: HashMap.set(demand.met, username.toLowerCase(), serial) }),
      state
    )

/** The claims that a token of this user and number lacks; `undefined` when it lacks none. */
export const lacking = (state: State, username: string, serial: number): string | undefined =>
  holding(state, username).find(([, demand]) => serial < (metBy(demand, username) ?? Infinity))?.[1].claims

/** The claims, when a request with them can be met by a person only. */
export const forAPerson = (state: State, username: string, claims: string | undefined): string | undefined =>
  holding(state, username).find(
    ([, demand]) => demand.interaction && demand.claims === claims && metBy(demand, username) === undefined
  )?.[1].claims
