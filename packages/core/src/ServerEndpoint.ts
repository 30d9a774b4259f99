/**
 * The address of a Machine Learning Server, checked once. A token can then go to this server only.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { ConfigurationInvalid } from "./AuthError.js"
import * as Address from "./internal/address.js"
import * as ServerAddress from "./ServerAddress.js"

/**
 * A checked base address. Made by `make`. `origin` is what a token is bound to (RFC 6454); `base` is the address without a slash
 * at its end, so that `base + "/services"` is a call.
 */
export class ServerEndpoint extends Data.Class<{ readonly origin: string; readonly base: string }> {
  /**
   * Whether a URL lies at this endpoint's own origin, so that a token may travel with it. A relative reference
   * (`/services`) is not a URL yet: resolve it first.
   */
  owns(url: string): boolean {
    // The common case without a parse: after `origin + "/"` nothing can change the authority any more.
    if (url.startsWith(this.origin) && url.charCodeAt(this.origin.length) === 0x2f) return true
    // Not by `URL.origin`: `blob:https://…` has the origin of what it names, and userinfo has none.
    return Address.parseUrl(url)?.href.startsWith(`${this.origin}/`) === true
  }

  /** The absolute URL of a path of this server: `/services` and `services` alike. Absolute URLs stay as they are. */
  resolve(url: string): string {
    if (url.charCodeAt(0) === 0x2f && url.charCodeAt(1) !== 0x2f && url.charCodeAt(1) !== 0x5c) return this.base + url
    return /^[a-z][a-z0-9+.-]*:|^[/\\]{2}/i.test(url) ? url : `${this.base}/${url.replace(/^[/\\]+/, "")}`
  }
}

/**
 * Whether a parsed host name is this machine: 127.0.0.0/8, ::1 or `localhost` exactly, so that neither
 * `localhost.example.com` nor `127.0.0.1.example.com` passes. The URL parser has brought `127.1` and the like to
 * their four-part form before.
 *
 * @example
 * import { ServerEndpoint } from "@mlserver-auth/core"
 *
 * const mayBePlainHttp = ({ hostname, protocol }: URL) =>
 *   protocol === "https:" || ServerEndpoint.isLoopback(hostname) // "localhost", "127.0.0.1", "[::1]"
 */
export const isLoopback: (hostname: string) => boolean = Address.isLoopback

/** Options of the check. */
export interface Options extends ServerAddress.Options {}

/**
 * Checks an address. `ConfigurationInvalid` for anything but http(s), plain http off this machine, user names or passwords in
 * it (RFC 9110 4.2.4), a query or a fragment.
 *
 * @example
 * import * as Either from "effect/Either"
 * import { ServerEndpoint } from "@mlserver-auth/core"
 *
 * const endpoint = ServerEndpoint.make("https://mlserver.contoso.com:12800")
 * Either.map(endpoint, (e) => e.owns("https://mlserver.contoso.com:12800/services")) // right(true)
 */
export const make = (url: string | URL, options: Options = {}): Either.Either<ServerEndpoint, ConfigurationInvalid> => {
  const plainHttp = options.dangerouslyAllowHttp === true
  const found = Address.check(String(url).trim(), { plainHttp })
  if (typeof found === "string") {
    const words = Address.wordsOf(found, EXAMPLE)
    const fix = found === "PlainHttp" ? INSECURELY : words.fix
    return Either.left(new ConfigurationInvalid({ setting: "server", problem: words.problem, fix }))
  }
  return Either.right(new ServerEndpoint(ServerAddress.of(found)))
}

const EXAMPLE = "https://mlserver.example.com:12800"
const INSECURELY = "Use https; or, on a network that is encrypted by other means, say `dangerouslyAllowHttp: true`."
