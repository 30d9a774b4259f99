/**
 * Which proxy an address is reached through. Own rules: Node's `proxyEnv` (24.5 and later) knows no networks in NO_PROXY and
 * sends to a proxy what is meant for this machine; `proxy-from-env` knows no networks either.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Either from "effect/Either"
import * as Net from "node:net"
import { portOf, unbracketed } from "../socketAddress.js"
import type { Proxies } from "./proxyVariables.js"

/** A proxy's address without user information, and the header that carries it. */
export interface Proxy {
  readonly origin: string
  readonly host: string
  readonly port: number
  /** Whether it is spoken to over TLS. */
  readonly secure: boolean
  readonly authorization: string | undefined
}

export type Route = (url: URL) => Proxy | undefined

/** The proxy that is named for a protocol, whatever NO_PROXY says. */
export const named = (proxies: Proxies, protocol: string): Either.Either<Proxy | undefined, ConfigurationInvalid> =>
  protocol === "https:" ? parse("HTTPS_PROXY", proxies.https) : parse("HTTP_PROXY", proxies.http)

/** Fails without repeating the value, which may hold a password. */
export const route = (proxies: Proxies): Either.Either<Route, ConfigurationInvalid> =>
  Either.gen(function* () {
    const https = yield* named(proxies, "https:")
    const http = yield* named(proxies, "http:")
    const direct = bypass(proxies.noProxy ?? "")
    return (url) => {
      const proxy = url.protocol === "https:" ? https : http
      return proxy === undefined || direct(url) ? undefined : proxy
    }
  })

const parse = (setting: string, value: string | undefined): Either.Either<Proxy | undefined, ConfigurationInvalid> => {
  if (value === undefined || value.trim() === "") return Either.right(undefined)
  const text = value.trim()
  const absolute = text.includes("://") ? text : `http://${text}`
  const url = URL.canParse(absolute) ? new URL(absolute) : undefined
  if (url === undefined || url.hostname === "" || (url.protocol !== "http:" && url.protocol !== "https:")) {
    const problem = "not the address of an HTTP proxy"
    return Either.left(new ConfigurationInvalid({ setting, problem, fix: "Use http://host:port or https://host:port" }))
  }
  const secure = url.protocol === "https:"
  return Either.right({
    origin: url.origin,
    host: unbracketed(url.hostname),
    port: portOf(url),
    secure,
    authorization: basic(url)
  })
}

/** RFC 7617; a user without a password is sent with an empty one. */
const basic = (url: URL): string | undefined => {
  if (url.username === "" && url.password === "") return undefined
  return `Basic ${Buffer.from(`${plain(url.username)}:${plain(url.password)}`).toString("base64")}`
}

const plain = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Entry {
  readonly port: string
  readonly covers: (host: string) => boolean
}

/**
 * Whether an address is reached directly: this machine always is (a proxy has another loopback, and plain http to it
 * must not leave the machine); else by `host`, `.host`, `*.host` (each with its subdomains), address, network
 * (`10.0.0.0/8`), any of them with `:port`, or `*`.
 */
const bypass = (noProxy: string): ((url: URL) => boolean) => {
  const entries = noProxy.split(/[,\s]+/).flatMap((text) => (text === "" ? [] : [entry(text.toLowerCase())]))
  return (url) => {
    const host = unbracketed(url.hostname.toLowerCase()).replace(/\.$/, "")
    if (isLoopback(host)) return true
    const port = String(portOf(url))
    return entries.some((one) => (one.port === "" || one.port === port) && one.covers(host))
  }
}

const entry = (text: string): Entry => {
  const withPort = Net.isIPv6(text) ? undefined : /^(.+):(\d+)$/.exec(text)
  const name = unbracketed(withPort?.[1] ?? text)
  return { port: withPort?.[2] ?? "", covers: name === "*" ? () => true : (network(name) ?? domain(name)) }
}

const domain = (name: string): ((host: string) => boolean) => {
  const bare = name.replace(/^\*?\./, "").replace(/\.$/, "")
  return (host) => host === bare || host.endsWith(`.${bare}`)
}

const network = (name: string): ((host: string) => boolean) | undefined => {
  const [address = "", bits] = name.split("/")
  const family = Net.isIP(address)
  const longest = family === 6 ? 128 : 32
  const prefix = bits === undefined ? longest : Number(bits)
  // `10.0.0.0/` is a slip: were it a prefix of 0, it would be every address there is.
  if (family === 0 || !/^\d+$/.test(bits ?? "0") || prefix > longest) return undefined
  const list = new Net.BlockList()
  list.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4")
  return (host) => Net.isIP(host) !== 0 && list.check(host, Net.isIPv6(host) ? "ipv6" : "ipv4")
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "::1" || (Net.isIPv4(host) && host.startsWith("127."))
