/**
 * The sample tenant of the Azure Active Directory authority: what a colleague would hand over to sign in, and users who
 * meet each obstacle that a cloud account can have.
 *
 * @example
 * import { Credential } from "@mlserver-auth/core"
 * import { AzureDirectory } from "@mlserver-auth/dev-server"
 *
 * // A password alone signs none of them in. The number is Azure's code (AADSTS…) in the error.
 * const refused = [
 *   AzureDirectory.withMfa, // 50076
 *   AzureDirectory.federated, // 50126
 *   AzureDirectory.locked, // 50053
 *   AzureDirectory.disabled, // 50057
 *   AzureDirectory.passwordExpired, // 50055
 *   AzureDirectory.blocked, // 53003
 *   AzureDirectory.withoutConsent, // 65001
 *   AzureDirectory.notAssigned // 50105
 * ].map(Credential.usernamePassword)
 */
import type * as Redacted from "effect/Redacted"

/**
 * What keeps a user with the right password from getting a token. All but `disabled` and `conditional-access` are overcome
 * by a person with a device code; by password alone all of them are refused.
 *
 * - `mfa`: a second factor is required (50076)
 * - `federated`: the password is verified elsewhere, so that the right one looks wrong (50126)
 * - `locked`: smart lockout (50053)
 * - `disabled`: an administrator disabled the account (50057)
 * - `password-expired`: the password must be changed (50055)
 * - `conditional-access`: a policy blocks the sign-in, by device code too (53003)
 * - `no-consent`: the tenant has not consented to the client's use of the resource (65001)
 * - `not-assigned`: the user is not assigned to the application (50105)
 */
export type Obstacle =
  | "mfa"
  | "federated"
  | "locked"
  | "disabled"
  | "password-expired"
  | "conditional-access"
  | "no-consent"
  | "not-assigned"

/** A user of the tenant. */
export interface User {
  /** The user principal name, `user@domain`; capitals make no difference. */
  readonly username: string
  readonly password: string | Redacted.Redacted
  /** The groups for which the server's roles are declared. Default: none. */
  readonly groups?: ReadonlyArray<string> | undefined
  /** Default: none, so that the right password signs in. */
  readonly obstacle?: Obstacle | undefined
}

/**
 * The tenant's identifier.
 *
 * @example
 * import { Credential } from "@mlserver-auth/core"
 * import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
 * import { NodeAuth } from "@mlserver-auth/node"
 *
 * // For a server that `DevServer.make({ azure: true })` started.
 * const authFor = ({ azure, url }: DevServer.Service) =>
 *   NodeAuth.layer({
 *     server: url,
 *     entra: {
 *       authuri: azure?.authuri,
 *       tenant: AzureDirectory.domain, // or its identifier: AzureDirectory.tenant
 *       clientid: AzureDirectory.clientid,
 *       resource: AzureDirectory.resource
 *     },
 *     credential: Credential.usernamePassword(AzureDirectory.ada)
 *   })
 */
export const tenant = "3f0c1d52-7a0b-4f6e-9d3c-0c2b5a8e4d11"

/** The tenant's domain: it may stand in the place of the identifier. */
export const domain = "contoso.example"

/** The application id of the native (public) client. */
export const clientid = "8b2c64d1-5e1f-4a39-8f70-6d1b9a3c2e55"

/** The application id of the web app that stands for the server: the `Audience` of its configuration. */
export const resource = "c5d7e0a4-93b8-4c1d-a2f6-1e8f7b6d3a90"

/** A Contributor without any obstacle. */
export const ada = {
  username: "ada@contoso.example",
  password: "analytical-engine-1843",
  groups: ["data-scientists"]
} as const satisfies User

/** The Owner, without any obstacle. */
export const olga = {
  username: "olga@contoso.example",
  password: "matrix-theory-1949",
  groups: ["admins"]
} as const satisfies User

/** A user who must prove a second factor (50076). */
export const withMfa = {
  username: "mary@contoso.example",
  password: "supersonic-tunnel-1958",
  groups: ["data-scientists"],
  obstacle: "mfa"
} as const satisfies User

/** A user whose password another company's directory verifies, so that the right one looks wrong (50126). */
export const federated = {
  username: "frances@fabrikam.example",
  password: "flow-analysis-1970",
  groups: ["data-scientists"],
  obstacle: "federated"
} as const satisfies User

/** A user who is locked out after too many wrong passwords (50053). */
export const locked = {
  username: "lise@contoso.example",
  password: "fission-letter-1939",
  groups: ["data-scientists"],
  obstacle: "locked"
} as const satisfies User

/** A user whom an administrator disabled: refused with a device code too (50057). */
export const disabled = {
  username: "dorothy@contoso.example",
  password: "west-computing-1949",
  groups: ["data-scientists"],
  obstacle: "disabled"
} as const satisfies User

/** A user who has to change the password (50055). */
export const passwordExpired = {
  username: "emmy@contoso.example",
  password: "invariants-1918",
  groups: ["data-scientists"],
  obstacle: "password-expired"
} as const satisfies User

/** A user whom a policy blocks, with a device code too (53003). */
export const blocked = {
  username: "barbara@contoso.example",
  password: "substitution-1987",
  groups: ["data-scientists"],
  obstacle: "conditional-access"
} as const satisfies User

/** A user without consent to the client (65001). */
export const withoutConsent = {
  username: "nancy@contoso.example",
  password: "space-telescope-1990",
  groups: ["data-scientists"],
  obstacle: "no-consent"
} as const satisfies User

/** A user who is not assigned to the application (50105). */
export const notAssigned = {
  username: "annie@contoso.example",
  password: "centaur-rocket-1963",
  groups: ["data-scientists"],
  obstacle: "not-assigned"
} as const satisfies User

/**
 * The users of the sample tenant. Their passwords are published with this package and protect nothing.
 *
 * @example
 * import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
 *
 * // The sample tenant, where olga too must prove a second factor.
 * const others = AzureDirectory.sampleUsers.filter(({ username }) => username !== AzureDirectory.olga.username)
 * const users = [...others, { ...AzureDirectory.olga, obstacle: "mfa" as const }]
 * const Server = DevServer.layer({ azure: { users } })
 */
export const sampleUsers = [
  ada,
  olga,
  withMfa,
  federated,
  locked,
  disabled,
  passwordExpired,
  blocked,
  withoutConsent,
  notAssigned
] as const
