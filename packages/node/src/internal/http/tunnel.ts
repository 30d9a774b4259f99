/**
 * Https through a proxy: CONNECT, then TLS to the server behind it. By hand, since the library for it
 * (`https-proxy-agent` 7) hands a proxy's refusal over as the answer of the server, waits for a proxy without a limit, and
 * takes a stack trace for each request; Node's own `proxyEnv` came with 24.5.
 */
import * as Http from "node:http"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import * as Tls from "node:tls"
import { families, type Links, SecureAgent, servernameOf } from "./agents.js"
import { asError, ProxyRefused, TransportFailure } from "./failure.js"
import type { Proxy } from "./proxy.js"
import * as TimeLimit from "./timeLimit.js"

/** A connection to the proxy itself. */
const toProxy = (proxy: Proxy, links: Links): Net.Socket => {
  const { host, port, secure } = proxy
  const to = { host, port, noDelay: true, ...families(links) }
  return secure ? Tls.connect({ ...to, servername: servernameOf(host), ...links.tls }) : Net.connect(to)
}

type Done = (error: Error | null, socket: Duplex) => void

/** No socket: Node's agent looks at the error first. */
const failed = (done: Done, error: Error): void => (done as (error: Error) => void)(error)

export class TunnelAgent extends SecureAgent {
  private readonly proxy: Proxy
  private readonly opening = new Set<Http.ClientRequest>()

  constructor(proxy: Proxy, links: Links) {
    super(links)
    this.proxy = proxy
  }

  /** Calls `done` with a connection behind the TLS handshake with the server, or with what was in the way. */
  override createConnection(options: Http.ClientRequestArgs, done: Done = () => {}): undefined {
    const started = performance.now()
    const { connect } = this.links
    this.open(options, (error, raw) => {
      if (error !== null) return failed(done, error)
      // What is left of the time; a limit of 0 is none.
      const left = connect === 0 ? 0 : Math.max(Math.ceil(connect - (performance.now() - started)), 1)
      const socket = this.secured(options, { socket: raw }, left)
      if (!(socket instanceof Net.Socket)) return failed(done, new TransportFailure("MLS_CONNECT_TIMEOUT"))
      const onError = (broken: Error): void => failed(done, broken)
      socket.once("error", onError)
      socket.once("secureConnect", () => {
        socket.off("error", onError)
        done(null, socket)
      })
      return undefined
    })
  }

  override destroy(): void {
    for (const request of this.opening) request.destroy(new TransportFailure("MLS_CLIENT_CLOSED"))
    super.destroy()
  }

  private open({ host, port }: Http.ClientRequestArgs, done: Done): void {
    const { authorization, origin } = this.proxy
    const { connect } = this.links
    const target = `${Net.isIPv6(host ?? "") ? `[${host}]` : host}:${port}`
    const request = Http.request({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
      createConnection: () => toProxy(this.proxy, this.links)
    })
    const late = (): void => void request.destroy(new TransportFailure("MLS_CONNECT_TIMEOUT"))
    const timer = TimeLimit.start(connect, late)
    const ended = (error: Error | null, socket?: Duplex): void => {
      timer?.clear()
      if (!this.opening.delete(request)) return
      if (socket === undefined) failed(done, asError(error))
      else done(null, socket)
    }
    this.opening.add(request)
    request.on("error", ended)
    request.on("close", () => ended(new TransportFailure("MLS_NO_ANSWER")))
    request.once("connect", ({ headers, statusCode = 0 }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return ended(null, socket)
      }
      socket.on("error", () => {}).destroy()
      return ended(
        new ProxyRefused(origin, statusCode, headers["proxy-authenticate"]?.toString(), authorization !== undefined)
      )
    })
    request.end()
  }
}
