/**
 * Https through a proxy: CONNECT, then TLS to the server behind it. By hand, since the library for it
 * (`https-proxy-agent` 7) hands a proxy's refusal over as the answer of the server, waits for a proxy without a limit, and
 * takes a stack trace for each request; Node's own `proxyEnv` came with 24.5.
 */
import type * as NodeHttp from "node:http"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import { Http, tls } from "../../builtins.js"
import { families, KeptAgent, type Links, servernameOf } from "../agents.js"
import { asError, ProxyRefused, TransportFailure } from "../failure.js"
import type { Proxy } from "./proxy.js"
import * as ProxyProof from "./proxyProof.js"
import * as TimeLimit from "../timeLimit.js"

/** A connection to the proxy itself. */
const toProxy = (proxy: Proxy, links: Links): Net.Socket => {
  const { host, port, secure } = proxy
  const to = { host, port, noDelay: true, ...families(links) }
  return secure ? tls().connect({ ...to, servername: servernameOf(host), ...links.tls }) : Net.connect(to)
}

type Done = (error: Error | null, socket: Duplex) => void

/** No socket: Node's agent looks at the error first. */
const failed = (done: Done, error: Error): void => (done as (error: Error) => void)(error)

export class TunnelAgent extends KeptAgent {
  private readonly proxy: Proxy
  private readonly proof: ProxyProof.ProxyProof | undefined
  private readonly opening = new Set<ProxyProof.Attempt>()

  constructor(proxy: Proxy, links: Links) {
    super(links, true)
    this.proxy = proxy
    this.proof = ProxyProof.of(proxy)
  }

  /** Calls `done` with a connection behind the TLS handshake with the server, or with what was in the way. */
  override createConnection(options: NodeHttp.ClientRequestArgs, done: Done = () => {}): undefined {
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
    for (const opening of this.opening) opening.refuse(new TransportFailure("MLS_CLIENT_CLOSED"))
    super.destroy()
  }

  /** In its turn, where name and password of the proxy are not known to be right. The time limit holds for both. */
  private open({ host, port }: NodeHttp.ClientRequestArgs, done: Done): void {
    const { links, proof } = this
    const target = `${Net.isIPv6(host ?? "") ? `[${host}]` : host}:${port}`
    let request: NodeHttp.ClientRequest | undefined
    const ended = (error: Error | null, socket?: Duplex): void => {
      timer?.clear()
      if (!this.opening.delete(opening)) return
      proof?.ended(opening, error)
      if (socket !== undefined) return done(null, socket)
      request?.destroy()
      return failed(done, asError(error))
    }
    const asked = (error: Error | null, socket?: Duplex): void => {
      if (error === null) proof?.taken()
      else if (error instanceof ProxyRefused && error.isOfPassword) proof?.refused(error)
      ended(error, socket)
    }
    const begin = (): void => void (request = this.ask(target, asked))
    const opening: ProxyProof.Attempt = { begin, refuse: ended }
    const timer = TimeLimit.start(links.connect, () => ended(new TransportFailure("MLS_CONNECT_TIMEOUT")))
    this.opening.add(opening)
    if (proof === undefined) begin()
    else proof.enter(opening)
  }

  private ask(target: string, ended: (error: Error | null, socket?: Duplex) => void): NodeHttp.ClientRequest {
    const { authorization } = this.proxy
    const request = Http.request({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
      createConnection: () => toProxy(this.proxy, this.links)
    })
    request.on("error", ended)
    request.on("close", () => ended(new TransportFailure("MLS_NO_ANSWER")))
    request.once("connect", (response, socket, head) => {
      if (response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return ended(null, socket)
      }
      socket.on("error", () => {}).destroy()
      return ended(new ProxyRefused(this.proxy, response))
    })
    return request.end()
  }
}
