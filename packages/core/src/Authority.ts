/**
 * Where Azure Active Directory (Entra ID) is, checked once: an address and a tenant, as a colleague hands them over.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { ConfigurationInvalid } from "./AuthError.js"
import * as ServerEndpoint from "./ServerEndpoint.js"

/** A checked authority. */
export class Authority extends Data.Class<{
  /** Scheme, host and port as configured: where requests go. */
  readonly origin: string
  /** In lower case: a GUID, a domain, `organizations`, `common`, `consumers` or `adfs`. */
  readonly tenant: string
  /** The same for all names of one cloud, so that tokens are found whichever name was configured. */
  readonly network: string
}> {
  /** Origin and tenant, without a slash at its end: `https://login.microsoftonline.com/contoso.com`. */
  get base(): string {
    return `${this.origin}/${this.tenant}`
  }
}

/** The global cloud, which is used where no `authuri` is given. */
export const GLOBAL = "https://login.microsoftonline.com"

/**
 * Names of the same cloud, the one that Microsoft prefers first. Source: the instance metadata of Azure, as
 * Microsoft's own libraries carry it; nothing is ever looked up.
 */
const CLOUDS: ReadonlyArray<readonly [preferred: string, ...aliases: ReadonlyArray<string>]> = [
  ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
  ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
  ["login.microsoftonline.us", "login.usgovcloudapi.net"],
  ["login.microsoftonline.de"],
  ["login-us.microsoftonline.com"]
]

/** The preferred name for a host of a known cloud; any other host stands for itself. */
export const preferredHost = (host: string): string => CLOUDS.find((names) => names.includes(host))?.[0] ?? host

/** What an authority is made of: the words of the server's documentation and of its Python client. */
export interface Settings {
  /** `https://login.microsoftonline.com` unless said otherwise; `https://login.windows.net` in older notes. */
  readonly authuri?: string | URL | undefined
  /** A GUID or a domain. It may stand in the path of `authuri` too. */
  readonly tenant: string
}

/** RFC 1123 names and GUIDs, in either case: lower case would make a letter of the Kelvin sign. */
const TENANT = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i

/**
 * Checks an address and a tenant. Refused: what `ServerEndpoint.make` refuses (http off loopback, user information, a
 * query), another path than the tenant's, and a tenant that cannot be one. Nothing is asked of the network.
 *
 * @example
 * import { Authority } from "@mlserver-auth/core"
 *
 * const authority = Authority.make({ authuri: "https://login.windows.net", tenant: "contoso.com" })
 */
export const make = (settings: Settings): Either.Either<Authority, ConfigurationInvalid> =>
  Either.gen(function* () {
    const endpoint = yield* Either.mapLeft(
      ServerEndpoint.make(settings.authuri ?? GLOBAL),
      ({ fix, problem }) =>
        new ConfigurationInvalid({
          setting: "authuri",
          problem,
          // What a server may be allowed to, an authority is not.
          fix: problem.startsWith("plain http") ? "Use https." : fix.replaceAll(EXAMPLE, GLOBAL)
        })
    )
    const given = settings.tenant.trim()
    if (given === "") return yield* refuse("tenant", "empty", "Give its GUID or its domain, like contoso.com.")
    if (!TENANT.test(given)) {
      return yield* refuse("tenant", "neither a GUID nor a domain", "Give its GUID or its domain, like contoso.com.")
    }
    const tenant = given.toLowerCase()
    const path = endpoint.base.slice(endpoint.origin.length + 1).toLowerCase()
    if (path !== "" && path !== tenant) {
      return yield* refuse(
        "authuri",
        "has a path that is not the tenant",
        "Give the address alone, like " + GLOBAL + "."
      )
    }
    const { host, protocol } = new URL(endpoint.origin)
    return new Authority({ origin: endpoint.origin, tenant, network: `${protocol}//${preferredHost(host)}` })
  })

/** What `ServerEndpoint` shows as an example; an authority needs another. */
const EXAMPLE = "https://mlserver.example.com:12800"

const refuse = (setting: string, problem: string, fix: string) =>
  Either.left(new ConfigurationInvalid({ setting, problem, fix }))
