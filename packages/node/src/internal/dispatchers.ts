/** The connection pools of one client: direct, and one kind per proxy and scheme. */
import { Agent, Pool, ProxyAgent, type Dispatcher } from "undici"
import type { Proxy, Route } from "./proxy.js"
import type { Sendable } from "./requestBody.js"
import type { Settings } from "./trust.js"

/** Milliseconds, 0 for no limit. */
export interface Limits {
  readonly connect: number
  readonly headers: number
  readonly body: number
  readonly connections: number
}

export interface Dispatchers {
  /** Sends a request where its address says, by the right way. */
  readonly dispatch: (url: URL, options: Outgoing, handler: Dispatcher.DispatchHandler) => void
  /** Closes every connection, in use or not. */
  readonly destroy: () => Promise<unknown>
}

/** Headers as undici's flat list: name, value, name, value. */
export interface Outgoing {
  readonly method: Dispatcher.HttpMethod
  readonly headers: Array<string>
  readonly body: Sendable
}

export const make = (limits: Limits, tls: Settings, route: Route): Dispatchers => {
  const connect = { ...tls, timeout: limits.connect }
  const pools = {
    connections: limits.connections,
    headersTimeout: limits.headers,
    bodyTimeout: limits.body
  }
  const direct = new Agent({ ...pools, connect })
  const tunnels = new Map<string, Dispatcher>()
  const tunnel = (proxy: Proxy): Dispatcher => {
    const known = tunnels.get(proxy.origin)
    if (known !== undefined) return known
    const made = new ProxyAgent({
      ...pools,
      uri: proxy.origin,
      ...(proxy.authorization === undefined ? undefined : { token: proxy.authorization }),
      requestTls: connect,
      proxyTls: connect,
      // A proxy that takes a CONNECT and never answers counts as not connecting.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: limits.connect })
    })
    tunnels.set(proxy.origin, made)
    return made
  }
  return {
    dispatch: (url, outgoing, handler) => {
      const { origin } = url
      const path = url.pathname + url.search
      const proxy = route(url)
      if (proxy === undefined) direct.dispatch({ origin, path, ...outgoing }, handler)
      else if (url.protocol === "https:") tunnel(proxy).dispatch({ origin, path, ...outgoing }, handler)
      else direct.dispatch({ origin: proxy.origin, path: origin + path, ...forwarded(url, proxy, outgoing) }, handler)
    },
    destroy: () => Promise.all([direct, ...tunnels.values()].map((dispatcher) => dispatcher.destroy()))
  }
}

/** Plain http goes through a proxy in absolute form (RFC 9112 3.2.2), with the proxy's own authorization. */
const forwarded = (url: URL, proxy: Proxy, outgoing: Outgoing): Outgoing => {
  const host = outgoing.headers.some((text, i) => i % 2 === 0 && text === "host") ? [] : ["host", url.host]
  const authorization = proxy.authorization === undefined ? [] : ["proxy-authorization", proxy.authorization]
  return { ...outgoing, headers: [...outgoing.headers, ...host, ...authorization] }
}
