/**
 * Who can log in: the local administrator or a directory, exactly one of the two, as the server's page "Configure
 * authentication" has it.
 */
import * as Redacted from "effect/Redacted"
import * as Roles from "./Roles.js"

/** A user of the directory. */
export interface User {
  readonly username: string
  readonly password: string | Redacted.Redacted
  /** The directory groups the user is in; roles are declared for groups. */
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

/** The server's configuration of who can log in. */
export type Accounts = LocalAdmin | Directory

const redacted = (secret: string | Redacted.Redacted): Redacted.Redacted =>
  typeof secret === "string" ? Redacted.make(secret) : secret

/** Only `admin` can log in. */
export const localAdmin = (password: string | Redacted.Redacted): LocalAdmin => ({
  _tag: "LocalAdmin",
  password: redacted(password)
})

/**
 * These users can log in. Without `roles` none is declared and everybody is Contributor.
 *
 * @example
 * ```ts
 * import { Accounts } from "@mlserver-auth/dev-server"
 *
 * export const accounts = Accounts.directory({
 *   users: [{ username: "grace", password: "cobol-1959", groups: ["admins"] }],
 *   roles: { Owner: ["admins"] }
 * })
 * ```
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

/** The directory of a server that was told nothing else: {@link sampleUsers}, with all three roles declared. */
export const sample: Directory = directory({
  users: sampleUsers,
  roles: { Owner: ["admins"], Contributor: ["data-scientists"], Reader: ["app-devs"] }
})

/** Is this the password of an account that can log in? */
export const verify = (accounts: Accounts, username: string, password: string): boolean => {
  const known = accounts._tag === "LocalAdmin" ? adminOnly(accounts, username) : accounts.users.get(username)
  return known !== undefined && Redacted.value(known.password) === password
}

const adminOnly = (accounts: LocalAdmin, username: string) => (username === "admin" ? accounts : undefined)

/** Who can log in, in the order they were given. */
export const usernames = (accounts: Accounts): ReadonlyArray<string> =>
  accounts._tag === "LocalAdmin" ? ["admin"] : [...accounts.users.keys()]

/** The roles the server declares for groups; none where there is no directory. */
export const declaredRoles = (accounts: Accounts): Roles.Declared =>
  accounts._tag === "LocalAdmin" ? {} : accounts.roles

/** The role of a user who has logged in; `undefined` is denied everything. */
export const roleOf = (accounts: Accounts, username: string): Roles.Role | undefined =>
  accounts._tag === "LocalAdmin" ? "Owner" : Roles.assign(accounts.roles, accounts.users.get(username)?.groups ?? [])
