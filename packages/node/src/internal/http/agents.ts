/** Connections: kept open between requests, made within a limit, and known to be made. */
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import { TransportFailure } from "./failure.js"
import * as TimeLimit from "./timeLimit.js"
import type { Settings } from "./trust.js"

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

interface Answered {
  readonly _httpMessage?: { readonly res?: Http.IncomingMessage | null } | null
}

const idleOf = (socket: Answered): number => {
  const hint = HINT.exec(String(socket._httpMessage?.res?.headers["keep-alive"] ?? ""))?.[1]
  return hint === undefined ? IDLE : Math.min(Math.max(Number(hint) * 1000 - 1000, 0), 600_000)
}

const rest = (socket: Duplex): boolean => {
  const idle = idleOf(socket as Answered)
  if (idle === 0 || !(socket instanceof Net.Socket)) return false
  socket.setTimeout(idle)
  return true
}

const wake = (socket: Duplex): void => {
  if (socket instanceof Net.Socket) socket.setTimeout(0)
}

/** What may be sent again when its connection turns out to have been closed before (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
const RESET: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"])

/** Whether a request went to a kept connection that its other side had closed already, and may be sent again. */
export const isLost = (request: Http.ClientRequest, method: string, code: string | undefined): boolean =>
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

const KEPT = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: Number.POSITIVE_INFINITY }

/** Connections without TLS. */
export class PlainAgent extends Http.Agent {
  private readonly links: Links

  constructor(links: Links) {
    super(KEPT)
    this.links = links
  }

  override getName(options: Http.ClientRequestArgs = {}): string {
    return `${options.host}:${options.port}`
  }

  override createConnection(options: Http.ClientRequestArgs): Duplex {
    const to = { host: options.host ?? "", port: Number(options.port), noDelay: true, ...families(this.links) }
    return watched(Net.connect(to), "connect", this.links.connect)
  }

  override keepSocketAlive(socket: Duplex): boolean {
    super.keepSocketAlive(socket)
    return rest(socket)
  }

  override reuseSocket(socket: Duplex, request: Http.ClientRequest): void {
    wake(socket)
    super.reuseSocket(socket, request)
  }
}

/** Connections with TLS, whose sessions are taken up again. */
export class SecureAgent extends Https.Agent {
  protected readonly links: Links

  constructor(links: Links) {
    super(KEPT)
    this.links = links
  }

  /** Node's own names all settings there are, for each request. */
  override getName(options: Http.ClientRequestArgs = {}): string {
    return `${options.host}:${options.port}`
  }

  override createConnection(options: Http.ClientRequestArgs, made?: Made): Duplex | null | undefined {
    return this.secured(options, {}, this.links.connect, made)
  }

  override keepSocketAlive(socket: Duplex): boolean {
    super.keepSocketAlive(socket)
    return rest(socket)
  }

  override reuseSocket(socket: Duplex, request: Http.ClientRequest): void {
    wake(socket)
    super.reuseSocket(socket, request)
  }

  /** TLS to a host, over a connection of its own or over `more.socket`. */
  protected secured(
    options: Http.ClientRequestArgs,
    more: { readonly socket?: Duplex },
    limit: number,
    made?: Made
  ): Duplex | null | undefined {
    const servername = servernameOf(options.host ?? "")
    const all = { ...options, ...families(this.links), ...this.links.tls, ...more, servername, path: undefined }
    const socket = super.createConnection(all, made)
    return socket instanceof Net.Socket ? watched(socket, "secureConnect", limit) : socket
  }
}
