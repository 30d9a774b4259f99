/**
 * The address of a Machine Learning Server, checked once: after that a token can only go where it belongs.
 */
import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { ConfigurationInvalid } from "./AuthError.js"

/**
 * A checked base address. `origin` is what a token is bound to (RFC 6454); `base` is the address without a slash at
 * its end, so that `base + "/services"` is a call.
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
    return parse(url)?.href.startsWith(`${this.origin}/`) === true
  }

  /** The absolute URL of a path of this server: `/services` and `services` alike. Absolute URLs stay as they are. */
  resolve(url: string): string {
    if (url.charCodeAt(0) === 0x2f && url.charCodeAt(1) !== 0x2f && url.charCodeAt(1) !== 0x5c) return this.base + url
    return /^[a-z][a-z0-9+.-]*:|^[/\\]{2}/i.test(url) ? url : `${this.base}/${url.replace(/^[/\\]+/, "")}`
  }
}

const parse = (url: string): URL | undefined => {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

/**
 * Whether a parsed host name is this machine: 127.0.0.0/8, ::1 or `localhost` exactly, so that neither
 * `localhost.example.com` nor `127.0.0.1.example.com` passes. The URL parser has brought `127.1` and the like to
 * their four-part form before.
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/** How an address is checked. */
export interface Options {
  /**
   * Allow plain http to another machine. Passwords and tokens then cross the network in clear: only for a network
   * that is encrypted by other means.
   */
  readonly dangerouslyAllowHttp?: boolean | undefined
}

/**
 * Checks an address. Refused: anything but http(s), plain http off this machine, user names or passwords in it
 * (RFC 9110 4.2.4), a query or a fragment.
 *
 * @example
 * import * as Either from "effect/Either"
 * import { ServerEndpoint } from "@mlserver-auth/core"
 *
 * const endpoint = ServerEndpoint.make("https://mlserver.contoso.com:12800")
 * Either.map(endpoint, (e) => e.owns("https://mlserver.contoso.com:12800/services")) // right(true)
 */
export const make = (url: string | URL, options: Options = {}): Either.Either<ServerEndpoint, ConfigurationInvalid> => {
  const given = String(url).trim()
  // A URL parser drops tabs and line breaks without a word, and so joins two lines into another host.
  if (/\p{Cc}/u.test(given)) return refuse("holds control characters (line break, tab, …)", "Write it in one line.")
  const parsed = parse(given)
  if (parsed === undefined) {
    return refuse("not a URL", "Write it whole, like https://mlserver.example.com:12800.")
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return refuse(
      "neither https nor http",
      "Write the scheme too, like https://mlserver.example.com:12800 or http://localhost:12800."
    )
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return refuse("holds a user name or a password", "Leave them out of the address and pass them as a credential.")
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    return refuse("holds a query or a fragment", "Give the address only up to its path.")
  }
  if (parsed.protocol === "http:" && !isLoopback(parsed.hostname) && options.dangerouslyAllowHttp !== true) {
    return refuse(
      "plain http to another machine would send passwords and tokens in clear",
      "Use https; or, on a network that is encrypted by other means, say `dangerouslyAllowHttp: true`."
    )
  }
  return Either.right(
    new ServerEndpoint({ origin: parsed.origin, base: parsed.origin + parsed.pathname.replace(/\/+$/, "") })
  )
}

const refuse = (problem: string, fix: string) =>
  Either.left(new ConfigurationInvalid({ setting: "server", problem, fix }))
