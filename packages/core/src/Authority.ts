/**
 * Where Azure Active Directory (Entra ID) is: an address and a tenant, checked once.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { ConfigurationInvalid } from "./AuthError.js"
import * as Address from "./internal/address.js"

/** A checked authority. Made by `make`. */
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

/** The address of the global cloud: the default of `authuri`. */
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

/**
 * The preferred name for a host of a known cloud; any other host stands for itself.
 *
 * @example
 * import { Authority } from "@mlserver-auth/core"
 *
 * const host = Authority.preferredHost("login.windows.net") // "login.microsoftonline.com"
 */
export const preferredHost = (host: string): string => CLOUDS.find((names) => names.includes(host))?.[0] ?? host

/** The settings of an authority, with the names of the server's documentation and of its Python client. */
export interface Settings {
  /** Default: `https://login.microsoftonline.com`; older notes have `https://login.windows.net`. */
  readonly authuri?: string | URL | undefined
  /** A GUID or a domain. It may stand in the path of `authuri` too. */
  readonly tenant: string
}

/** RFC 1123 names and GUIDs, in either case: lower case would make a letter of the Kelvin sign. */
const TENANT = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i

/**
 * Checks an address and a tenant. `ConfigurationInvalid` for what `ServerEndpoint.make` refuses (http off loopback, user
 * information, a query), for another path than the tenant's, and for a tenant that cannot be one. Nothing is asked of the network.
 *
 * @example
 * import { Authority } from "@mlserver-auth/core"
 *
 * const authority = Authority.make({ authuri: "https://login.windows.net", tenant: "contoso.com" })
 */
export const make = (settings: Settings): Either.Either<Authority, ConfigurationInvalid> =>
  Either.gen(function* () {
    // What a server may be allowed to, an authority is not: plain http.
    const found = Address.check(String(settings.authuri ?? GLOBAL).trim(), { plainHttp: false })
    if (typeof found === "string") {
      const { fix, problem } = Address.wordsOf(found, GLOBAL)
      return yield* refuse("authuri", problem, fix)
    }
    const given = settings.tenant.trim()
    if (given === "") return yield* refuse("tenant", "empty", "Give its GUID or its domain, like contoso.com.")
    if (!TENANT.test(given)) {
      return yield* refuse("tenant", "neither a GUID nor a domain", "Give its GUID or its domain, like contoso.com.")
    }
    const tenant = given.toLowerCase()
    const { host, origin, pathname, protocol } = found
    const path = pathname.replace(/\/+$/, "").slice(1).toLowerCase()
    if (path !== "" && path !== tenant) {
      return yield* refuse(
        "authuri",
        "has a path that is not the tenant",
        "Give the address alone, like " + GLOBAL + "."
      )
    }
    return new Authority({ origin, tenant, network: `${protocol}//${preferredHost(host)}` })
  })

/**
 * Where a person signs out at the authority itself (OpenID Connect RP-Initiated Logout 1.0), for a browser to be sent to: this
 * ends their session there for every application of that browser. `returnTo` must be a redirect address of the application.
 *
 * @example
 * import { Authority } from "@mlserver-auth/core"
 * import * as Either from "effect/Either"
 *
 * const address = Authority.make({ authuri: Authority.GLOBAL, tenant: "contoso.com" }).pipe(
 *   Either.map((authority) => Authority.endSessionUrl(authority, { returnTo: "https://app.contoso.com/" }))
 * ) // …/contoso.com/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fapp.contoso.com%2F
 */
export const endSessionUrl = (
  { base }: Authority,
  options: {
    /** The endpoints to use. Default: `v2`. */
    readonly wire?: "v1" | "v2" | undefined
    readonly returnTo?: string | undefined
    /** Which of several accounts to sign out, without asking: the `login_hint` claim of its ID token. */
    readonly logoutHint?: string | undefined
  } = {}
): string => {
  const url = new URL(`${base}/oauth2/${options.wire === "v1" ? "" : "v2.0/"}logout`)
  if (options.returnTo !== undefined) url.searchParams.set("post_logout_redirect_uri", options.returnTo)
  if (options.logoutHint !== undefined) url.searchParams.set("logout_hint", options.logoutHint)
  return url.href
}

const refuse = (setting: string, problem: string, fix: string) =>
  Either.left(new ConfigurationInvalid({ setting, problem, fix }))
