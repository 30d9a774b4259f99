/**
 * The users who can sign in: the local administrator or a directory, exactly one of the two, as the server's page
 * "Configure authentication" says.
 *
 * @example
 * import { Accounts } from "@mlserver-auth/dev-server"
 *
 * Accounts.usernames(Accounts.sample) // ["ada", "olga", "rhea"]
 * Accounts.verify(Accounts.sample, "ada", Accounts.ada.password) // true
 * Accounts.roleOf(Accounts.sample, Accounts.ada.username) // "Contributor"
 * Accounts.roleOf(Accounts.sample, Accounts.olga.username) // "Owner"
 * Accounts.roleOf(Accounts.sample, Accounts.rhea.username) // "Reader"
 * Accounts.declaredRoles(Accounts.sample).Owner // ["admins"]
 */
import * as Redacted from "effect/Redacted"
import * as Roles from "./Roles.js"

/** A user of the directory. */
export interface User {
  readonly username: string
  readonly password: string | Redacted.Redacted
  /** The directory groups of the user; roles are declared for groups. Default: none. */
  readonly groups?: ReadonlyArray<string>
}

/** The single account `admin`, which is Owner. */
export interface LocalAdmin {
  readonly _tag: "LocalAdmin"
  readonly password: Redacted.Redacted
}

/** Users of an Active Directory or LDAP. While it is on, `admin` cannot log in. */
export interface Directory {
  readonly _tag: "Directory"
  readonly users: ReadonlyMap<string, { readonly password: Redacted.Redacted; readonly groups: ReadonlyArray<string> }>
  readonly roles: Roles.Declared
}

/** The server's configuration of users. */
export type Accounts = LocalAdmin | Directory

const redacted = (secret: string | Redacted.Redacted): Redacted.Redacted =>
  typeof secret === "string" ? Redacted.make(secret) : secret

/**
 * Only `admin` can sign in, with this password. That user is Owner.
 *
 * @example
 * import { Accounts, DevServer } from "@mlserver-auth/dev-server"
 *
 * const Server = DevServer.layer({ accounts: Accounts.localAdmin("one-box-2016") })
 */
export const localAdmin = (password: string | Redacted.Redacted): LocalAdmin => ({
  _tag: "LocalAdmin",
  password: redacted(password)
})

/**
 * These users can sign in. Without `roles` none is declared, and every user is a Contributor.
 *
 * @example
 * import { Accounts, DevServer } from "@mlserver-auth/dev-server"
 *
 * const accounts = Accounts.directory({
 *   users: [...Accounts.sampleUsers, { username: "grace", password: "cobol-1959", groups: ["admins"] }],
 *   roles: { Owner: ["admins"] }
 * })
 * const Server = DevServer.layer({ accounts })
 */
export const directory = (options: {
  readonly users: ReadonlyArray<User>
  readonly roles?: Roles.Declared | undefined
}): Directory => ({
  _tag: "Directory",
  users: new Map(
    options.users.map((user) => [user.username, { password: redacted(user.password), groups: user.groups ?? [] }])
  ),
  roles: options.roles ?? {}
})

/** A Contributor of the default directory. */
export const ada = {
  username: "ada",
  password: "ada-lovelace-1815",
  groups: ["data-scientists"]
} as const satisfies User

/** The Owner of the default directory. */
export const olga = { username: "olga", password: "olga-taussky-1906", groups: ["admins"] } as const satisfies User

/** A Reader of the default directory. */
export const rhea = { username: "rhea", password: "rhea-readonly-2016", groups: ["app-devs"] } as const satisfies User

/** The users of the default directory. Their passwords are published with this package and protect nothing. */
export const sampleUsers = [ada, olga, rhea] as const

/** The directory of a server without `accounts`: `sampleUsers`, with all three roles declared. */
export const sample: Directory = directory({
  users: sampleUsers,
  roles: { Owner: ["admins"], Contributor: ["data-scientists"], Reader: ["app-devs"] }
})

/** Whether this is the password of an account that can sign in. */
export const verify = (accounts: Accounts, username: string, password: string): boolean => {
  const known = accounts._tag === "LocalAdmin" ? adminOnly(accounts, username) : accounts.users.get(username)
  return known !== undefined && Redacted.value(known.password) === password
}

const adminOnly = (accounts: LocalAdmin, username: string) => (username === "admin" ? accounts : undefined)

/** The names of the users who can sign in, in order. */
export const usernames = (accounts: Accounts): ReadonlyArray<string> =>
  accounts._tag === "LocalAdmin" ? ["admin"] : [...accounts.users.keys()]

/** The roles that the server declares for groups; none without a directory. */
export const declaredRoles = (accounts: Accounts): Roles.Declared =>
  accounts._tag === "LocalAdmin" ? {} : accounts.roles

/** The role of a user who has signed in; `undefined`: the server denies everything. */
export const roleOf = (accounts: Accounts, username: string): Roles.Role | undefined =>
  accounts._tag === "LocalAdmin" ? "Owner" : Roles.assign(accounts.roles, accounts.users.get(username)?.groups ?? [])
