/** Which way a request goes: directly, through a proxy as plain http, or through a tunnel; one gate for each place. */
import { KeptAgent, type Links } from "./agents.js"
import { Gate } from "./gate.js"
import type { Proxy, Route } from "./proxy/proxy.js"
import * as ProxyProof from "./proxy/proxyProof.js"
import { TunnelAgent } from "./proxy/tunnel.js"
import { portOf, unbracketed } from "./socketAddress.js"

/** How requests get to one origin. */
export interface Way {
  readonly agent: KeptAgent
  readonly gate: Gate
  readonly protocol: string
  readonly host: string
  readonly port: number
  /** When a new connection of the agent can be used. */
  readonly ready: "connect" | "secureConnect"
  /** The proxy in between. */
  readonly proxy: Proxy | undefined
  /** Whether the proxy is sent the request itself, in absolute form (RFC 9112 3.2.2). */
  readonly forwarded: boolean
  /** Of name and password that go with each request; a tunnel's go with its connections. */
  readonly proof: ProxyProof.ProxyProof | undefined
}

export interface Ways {
  readonly to: (url: URL) => Way
  /** Closes every connection, in use or not. */
  readonly close: () => void
}

/** Ways that are remembered before idle ones are forgotten. */
const REMEMBERED = 1000

export const make = (links: Links, connections: number, route: Route): Ways => {
  const plain = new KeptAgent(links, false)
  const secure = new KeptAgent(links, true)
  const tunnels = new Map<string, TunnelAgent>()
  const ways = new Map<string, Way>()
  const proxies = new Map<string, Way>()

  const tunnel = (proxy: Proxy): TunnelAgent => {
    const known = tunnels.get(proxy.origin)
    if (known !== undefined) return known
    const made = new TunnelAgent(proxy, links)
    tunnels.set(proxy.origin, made)
    return made
  }

  const leading = (url: URL, agent: KeptAgent, proxy: Proxy | undefined): Way => {
    const isSecure = url.protocol === "https:"
    return {
      agent,
      gate: new Gate(connections),
      protocol: url.protocol,
      host: unbracketed(url.hostname),
      port: portOf(url),
      ready: isSecure ? "secureConnect" : "connect",
      proxy,
      forwarded: false,
      proof: undefined
    }
  }

  const direct = (url: URL): Way => leading(url, url.protocol === "https:" ? secure : plain, undefined)

  /** Whatever plain http goes through a proxy shares the connections to it. */
  const forwarding = (proxy: Proxy): Way => {
    const known = proxies.get(proxy.origin)
    if (known !== undefined) return known
    const made = { ...direct(new URL(proxy.origin)), proxy, forwarded: true, proof: ProxyProof.of(proxy) }
    proxies.set(proxy.origin, made)
    return made
  }

  const found = (url: URL): Way => {
    const proxy = route(url)
    if (proxy === undefined) return direct(url)
    return url.protocol === "https:" ? leading(url, tunnel(proxy), proxy) : forwarding(proxy)
  }

  const forget = (): void => {
    for (const [origin, { gate }] of ways) if (gate.isIdle) ways.delete(origin)
  }

  return {
    to: (url) => {
      const { origin } = url
      const known = ways.get(origin)
      if (known !== undefined) return known
      if (ways.size >= REMEMBERED) forget()
      const way = found(url)
      ways.set(origin, way)
      return way
    },
    close: () => {
      plain.destroy()
      secure.destroy()
      for (const agent of tunnels.values()) agent.destroy()
    }
  }
}
