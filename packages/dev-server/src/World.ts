/**
 * Everything one server holds: its configuration, and the state that requests and the control change. Each change is
 * one synchronous step.
 */
import * as Accounts from "./Accounts.js"
import type { Authority } from "./azure/Authority.js"
import * as SignIn from "./azure/SignIn.js"
import type * as Batches from "./services/Batches.js"
import type * as Faults from "./control/Faults.js"
import type * as Gates from "./control/Gates.js"
import type * as Grants from "./Grants.js"
import type * as Meter from "./control/Meter.js"
import type { ApiVersion } from "./http/Reply.js"
import * as Roles from "./Roles.js"
import type * as Services from "./services/Services.js"
import type * as Tokens from "./Tokens.js"

/** How token answers look: servers differ, and the official descriptions contradict their own examples. */
export interface AnswerShape {
  /** `expires_on` as epoch seconds in a number (as the examples have it) or in a string (as the schema has it). */
  readonly expiresOn: "number" | "string"
  /** Is `expires_in` sent? */
  readonly expiresIn: boolean
  /** Nothing but `access_token` is sent: no refresh token, no lifetime. */
  readonly accessTokenOnly: boolean
  /** What a revocation answers: the pair that died, or an empty body. */
  readonly revocation: "pair" | "empty"
}

/** What does not change while the server runs. */
export interface Configuration {
  readonly accounts: Accounts.Accounts
  readonly loginPath: string
  readonly lifetimes: Grants.Lifetimes
  readonly shape: AnswerShape
  readonly apiVersion: ApiVersion
  readonly clockOffset: number
  /** Milliseconds of the server's clock that the run of a record of a batch takes. */
  readonly recordTime: number
}

/** A server without its transport. */
export interface World {
  readonly configuration: Configuration
  readonly tokens: Tokens.Tokens
  readonly meter: Meter.Meter
  readonly faults: Faults.Faults
  readonly gates: Gates.Gates
  /** The Azure Active Directory that the server trusts, when it does: then there are no log-ins at the server itself. */
  readonly azure: Authority | undefined
  grants: Grants.State
  services: Services.State
  batches: Batches.State
  /** Milliseconds that the server's clock is ahead of the fiber's. */
  clockOffset: number
}

/** Who can log in, at the server or at the authority it trusts. */
export const usernames = ({ azure, configuration }: Pick<World, "azure" | "configuration">): ReadonlyArray<string> =>
  azure === undefined
    ? Accounts.usernames(configuration.accounts)
    : [...azure.configuration.signIn.users.values()].map((user) => user.username)

/** The role of a user who was let in; `undefined` is denied everything. */
export const roleOf = ({ azure, configuration }: World, username: string): Roles.Role | undefined => {
  const { accounts } = configuration
  return azure === undefined
    ? Accounts.roleOf(accounts, username)
    : Roles.assign(
        Accounts.declaredRoles(accounts),
        SignIn.find(azure.configuration.signIn.users, username)?.groups ?? []
      )
}
