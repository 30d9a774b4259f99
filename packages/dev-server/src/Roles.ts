/**
 * Who may do what: the server's page "Control web services permissions with roles".
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
 * What users in no declared group are: it depends on the roles that are *not* declared. `undefined` is nobody: every
 * call is denied.
 */
export const implicit = (declared: Declared): Role | undefined => {
  if (declared.Reader !== undefined) return undefined
  return declared.Contributor !== undefined ? "Reader" : "Contributor"
}

/** The highest role any of the groups holds, else the implicit one. */
export const assign = (declared: Declared, groups: ReadonlyArray<string>): Role | undefined =>
  roles.find((role) => declared[role]?.some((group) => groups.includes(group))) ?? implicit(declared)

/** May this role publish services? */
export const mayPublish = (role: Role): boolean => role !== "Reader"

/** May this role update or delete a service, its own or somebody else's? */
export const mayManage = (role: Role, own: boolean): boolean => role === "Owner" || (role === "Contributor" && own)

/** May this role see and change the configuration of the nodes? */
export const mayConfigure = (role: Role): boolean => role === "Owner"
