/** Connections: kept open between requests, made within a limit, and known to be made. */
import type * as NodeHttp from "node:http"
import type * as Https from "node:https"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import { Http, https } from "../builtins.js"
import { TransportFailure } from "./failure.js"
import * as TimeLimit from "./timeLimit.js"
import type { Settings } from "./defaults.js"

/** What holds for every connection. Milliseconds, 0 for no limit. */
export interface Links {
  readonly connect: number
  readonly tls: Settings
}

/** Sockets over which bytes may have gone: connected, and behind the TLS handshake where there is one. */
const established = new WeakSet<Duplex>()

/** Whether a request on this socket may have left. */
export const isEstablished = (socket: Duplex | null | undefined): boolean =>
  socket !== null && socket !== undefined && established.has(socket)

/**
 * How long a connection is kept without a request, in milliseconds: less than what servers and what lies before them
 * commonly do. A server that says how long it waits is believed, less a second for the way.
 */
const IDLE = 4000
const HINT = /(?:^|[,\s])timeout=(\d{1,7})/i

const idleAfter = (request: NodeHttp.ClientRequest & { readonly res?: NodeHttp.IncomingMessage | null }): number => {
  const keepAlive = request.res?.headers["keep-alive"]
  const hint = keepAlive === undefined ? undefined : HINT.exec(String(keepAlive))?.[1]
  return hint === undefined ? IDLE : Math.min(Math.max(Number(hint) * 1000 - 1000, 0), 600_000)
}

/** What may be sent again when its connection turns out to have been closed before (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
const RESET: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"])

/** Whether a request went to a kept connection that its other side had closed already, and may be sent again. */
export const isLost = (request: NodeHttp.ClientRequest, method: string, code: string | undefined): boolean =>
  request.reusedSocket && RESET.has(code) && IDEMPOTENT.has(method)

/** Of two addresses the second is tried in good time, whether the first one is dead or only far away. */
export const families = ({ connect }: Links) => ({
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: connect === 0 ? 2500 : Math.max(Math.min(Math.floor(connect / 4), 2500), 10)
})

/** Ends a connection that does not come about in time; `ready` is the event that it has. */
export const watched = <S extends Duplex>(socket: S, ready: "connect" | "secureConnect", limit: number): S => {
  const late = (): void => void socket.destroy(new TransportFailure("MLS_CONNECT_TIMEOUT"))
  const timer = TimeLimit.start(limit, late)
  socket.once(ready, () => {
    timer?.clear()
    established.add(socket)
  })
  socket.once("close", () => timer?.clear())
  return socket
}

/** A name to ask for, which addresses have none of (RFC 6066 3). */
export const servernameOf = (host: string): string => (Net.isIP(host) === 0 ? host : "")

type Made = (error: Error | null, socket: Duplex) => void

/** Of every connection: small requests go at once, and one whose other side has vanished is noticed. */
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 }

const nameOf = ({ host, port }: Pick<NodeHttp.ClientRequestArgs, "host" | "port">): string => `${host}:${port}`

/** A socket and where it leads to. */
interface Kept {
  readonly socket: Socket
  readonly name: string
  /** When it is closed if it is idle until then, by `performance.now()`. */
  due: number
}

/** What Node's HTTP client notes on a socket: the request that has it. */
type Socket = Net.Socket & { _httpMessage?: NodeHttp.ClientRequest | null }

/** Node's types leave out how a request learns that there is no connection. */
interface Asking {
  onSocket(socket: Net.Socket | undefined, error?: Error): void
}

/**
 * Connections with TLS, whose sessions are taken up again, and without, kept for the next request.
 *
 * `addRequest` is all that Node's HTTP client asks of an agent. Its own copies the options twice and names all of their
 * settings for each request, which costs a tenth of the request; it also counts what a `Gate` has counted already.
 */
export class KeptAgent extends Http.Agent {
  readonly protocol: string
  protected readonly links: Links
  private readonly secure: boolean
  private readonly all = new Set<Socket>()
  private readonly idle = new Map<string, Array<Kept>>()
  private lazySecuring: Https.Agent | undefined = undefined
  private readonly alarm = new TimeLimit.Alarm((now) => this.closeIdle(now))

  constructor(links: Links, secure: boolean) {
    super({ keepAlive: true })
    this.protocol = secure ? "https:" : "http:"
    this.links = links
    this.secure = secure
  }

  addRequest(request: NodeHttp.ClientRequest, options: NodeHttp.ClientRequestArgs): void {
    const name = nameOf(options)
    const kept = this.take(name)
    if (kept === undefined) return this.connect(request, name, options)
    request.reusedSocket = true
    kept.ref()
    return request.onSocket(kept)
  }

  override createConnection(options: NodeHttp.ClientRequestArgs, _done?: Made): Duplex | null | undefined {
    if (this.secure) return this.secured(options, {}, this.links.connect)
    const to = { host: options.host ?? "", port: Number(options.port), ...SOCKET, ...families(this.links) }
    return watched(Net.connect(to), "connect", this.links.connect)
  }

  /** Closes every connection, in use or not. */
  override destroy(): void {
    for (const socket of this.all) socket.destroy()
  }

  /** Closes the idle connections to one place. */
  forget(place: { readonly host: string; readonly port: number }): void {
    for (const { socket } of this.idle.get(nameOf(place)) ?? []) socket.destroy()
  }

  /** TLS to a host, over a connection of its own or over `more.socket`. */
  protected secured(
    options: NodeHttp.ClientRequestArgs,
    more: { readonly socket?: Duplex },
    limit: number
  ): Duplex | null | undefined {
    const servername = servernameOf(options.host ?? "")
    const settings = { ...SOCKET, ...families(this.links), ...this.links.tls }
    const socket = this.securing.createConnection({ ...options, ...settings, ...more, servername, path: undefined })
    return socket instanceof Net.Socket ? watched(socket, "secureConnect", limit) : socket
  }

  /** Makes connections with TLS and remembers their sessions. A program that calls plain http needs none of it. */
  private get securing(): Https.Agent {
    return (this.lazySecuring ??= new (https().Agent)())
  }

  private take(name: string): Socket | undefined {
    const idle = this.idle.get(name)
    if (idle === undefined) return undefined
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.socket.writable && last.due > performance.now()) return last.socket
      last.socket.destroy()
    }
    return undefined
  }

  private connect(request: NodeHttp.ClientRequest, name: string, options: NodeHttp.ClientRequestArgs): void {
    const asking: Asking = request
    const made: Made = (error, socket) => {
      if (error !== null) return asking.onSocket(undefined, error)
      if (!(socket instanceof Net.Socket)) return undefined
      this.keep({ socket, name, due: 0 })
      return request.onSocket(socket)
    }
    // By this name Node remembers sessions of TLS.
    const named = { ...options, _agentKey: name }
    const socket = this.createConnection(named, made)
    if (socket !== undefined && socket !== null) made(null, socket)
  }

  private keep(kept: Kept): void {
    const { socket } = kept
    this.all.add(socket)
    socket.on("free", () => this.rest(kept))
    socket.on("close", () => this.all.delete(socket))
    // While it is idle there is no other listener; then it is closed, and that is all.
    socket.on("error", () => {})
  }

  /** A request is done with the connection. */
  private rest(kept: Kept): void {
    const { name, socket } = kept
    const request = socket._httpMessage
    const wait = socket.writable && request?.shouldKeepAlive === true ? idleAfter(request) : 0
    if (wait === 0) return void socket.destroy()
    socket._httpMessage = null
    socket.unref()
    kept.due = performance.now() + wait
    const others = this.idle.get(name)
    if (others === undefined) this.idle.set(name, [kept])
    else others.push(kept)
    return this.alarm.by(kept.due)
  }

  private closeIdle(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const [name, all] of this.idle) {
      const left = all.filter(({ due, socket }) => due > now && socket.writable)
      for (const kept of all) if (!left.includes(kept)) kept.socket.destroy()
      if (left.length === 0) this.idle.delete(name)
      else this.idle.set(name, left)
      for (const { due } of left) next = Math.min(next, due)
    }
    return next
  }
}
