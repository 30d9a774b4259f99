/**
 * What each role may do, as the server's page "Control web services permissions with roles" says.
 *
 * @example
 * import { Roles } from "@mlserver-auth/dev-server"
 *
 * const declared: Roles.Declared = { Owner: ["admins"], Contributor: ["data-scientists"] }
 * Roles.assign(declared, ["data-scientists", "admins"]) // "Owner": the highest of both
 * Roles.implicit(declared) // "Reader": a user of no group
 * Roles.roles.filter(Roles.mayPublish) // ["Owner", "Contributor"]
 * Roles.mayManage("Contributor", false) // false: the service is another user's
 * Roles.mayConfigure("Contributor") // false
 */

/** The three roles, the highest first. */
export const roles = ["Owner", "Contributor", "Reader"] as const

/** A role of the server's configuration file. */
export type Role = (typeof roles)[number]

/**
 * The `Authorization` section of the server's configuration: which groups hold a role. A role without an entry is not
 * declared.
 */
export type Declared = { readonly [R in Role]?: ReadonlyArray<string> }

/**
 * What users in no declared group are: it depends on the roles that are *not* declared. `undefined` is no user: every
 * call is denied.
 */
export const implicit = (declared: Declared): Role | undefined => {
  if (declared.Reader !== undefined) return undefined
  return declared.Contributor !== undefined ? "Reader" : "Contributor"
}

/** The highest role that any of the groups holds, otherwise the implicit one. */
export const assign = (declared: Declared, groups: ReadonlyArray<string>): Role | undefined =>
  roles.find((role) => declared[role]?.some((group) => groups.includes(group))) ?? implicit(declared)

/** Whether this role may publish services. */
export const mayPublish = (role: Role): boolean => role !== "Reader"

/** Whether this role may update or delete a service. `own`: whether the service is the user's own. */
export const mayManage = (role: Role, own: boolean): boolean => role === "Owner" || (role === "Contributor" && own)

/** Whether this role may see and change the configuration of the nodes. */
export const mayConfigure = (role: Role): boolean => role === "Owner"
