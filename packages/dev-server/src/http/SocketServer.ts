/**
 * The adapter for real sockets: `node:http` on a loopback address, closed promptly with its scope.
 */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Api } from "../api/Api.js"
import type { Reply } from "./Reply.js"
import { BODY_LIMIT, type Request } from "./Request.js"

/** Why a server could not listen. */
export const ListenReason = Schema.Literal("NotLoopback", "PortInUse", "PortNotAllowed", "NoSuchPort", "Unknown")

/**
 * The server could not listen. `NotLoopback`: a development server with published passwords must not be reachable from
 * elsewhere. `PortInUse`: take another port, or 0 for a free one. `PortNotAllowed`: ports below 1024 need rights.
 * `NoSuchPort`: not a whole number from 0 to 65535.
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  reason: ListenReason,
  host: Schema.String,
  port: Schema.Number,
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const where = `${this.host}:${this.port}`
    switch (this.reason) {
      case "NotLoopback":
        return `The development server listens on loopback only, and ${this.host} is not: use 127.0.0.1, ::1 or localhost`
      case "PortInUse":
        return `Something else listens on ${where}: choose another port, or 0 for a free one`
      case "PortNotAllowed":
        return `This user may not listen on ${where}: choose a port above 1023, or 0 for a free one`
      case "NoSuchPort":
        return `${this.port} is no port: choose a whole number up to 65535, or 0 for a free one`
      case "Unknown":
        return `Could not listen on ${where}${this.code === undefined ? "" : ` (${this.code})`}`
    }
  }
}

const reasons: Readonly<Record<string, typeof ListenReason.Type>> = {
  EADDRINUSE: "PortInUse",
  EACCES: "PortNotAllowed"
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= 65_535

/** Where to listen. */
export interface Address {
  readonly host: string
  readonly port: number
}

// A thousand clients may well come at once, and the default queue is 511.
const BACKLOG = 4096

const listen = (server: Http.Server, { host, port }: Address) =>
  Effect.async<AddressInfo, ListenError>((resume) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const code = cause.code ?? cause.name
      resume(Effect.fail(new ListenError({ reason: reasons[code] ?? "Unknown", host, port, code })))
    }
    server.once("error", fail)
    server.listen({ host, port, exclusive: true, backlog: BACKLOG }, () => {
      server.off("error", fail)
      const address = server.address()
      if (address !== null && typeof address === "object") resume(Effect.succeed(address))
    })
  })

/** Open connections are cut, or an idle keep-alive connection would hold the close back. */
const close = (server: Http.Server) =>
  Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

/** Reads a body, and stops keeping it as soon as it is known to be too large. */
const receive = (incoming: Http.IncomingMessage, done: (body: Uint8Array) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  incoming.on("data", (chunk: Buffer) => {
    if (size <= BODY_LIMIT) chunks.push(chunk)
    size += chunk.length
  })
  incoming.on("end", () => done(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
}

const toRequest = (incoming: Http.IncomingMessage, body: Uint8Array): Request => {
  const target = incoming.url ?? "/"
  const mark = target.indexOf("?")
  return {
    method: incoming.method ?? "GET",
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? "" : target.slice(mark + 1),
    headers: incoming.headers,
    body
  }
}

const send = (outgoing: Http.ServerResponse, reply: Reply): void => {
  if (outgoing.destroyed) return
  if (reply === "dropped") {
    outgoing.socket?.destroy()
    return
  }
  outgoing.writeHead(reply.status, { ...reply.headers })
  if (reply.stalled === true) outgoing.write(reply.body.slice(0, Math.ceil(reply.body.length / 2)))
  else outgoing.end(reply.body)
}

// Longer than any client keeps an idle connection, so that it is never the server that closes one under a request.
const KEEP_ALIVE_MILLIS = 120_000

/** Serves an api until the scope closes. The answer is the server's address as a URL without a trailing slash. */
export const serve = (
  api: Api,
  address: Address,
  connected: () => void
): Effect.Effect<string, ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port } = address
    if (!isLoopback(host)) return yield* new ListenError({ reason: "NotLoopback", host, port })
    if (!isPort(port)) return yield* new ListenError({ reason: "NoSuchPort", host, port })
    const run = yield* FiberSet.makeRuntime<never>()
    const answer = (incoming: Http.IncomingMessage, outgoing: Http.ServerResponse, body: Uint8Array) =>
      run(
        Effect.catchAllCause(
          Effect.map(api.handle(toRequest(incoming, body)), (reply) => send(outgoing, reply)),
          () => Effect.sync(() => outgoing.socket?.destroy())
        )
      )
    const server = Http.createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, (incoming, outgoing) =>
      receive(incoming, (body) => void answer(incoming, outgoing, body))
    )
    server.on("connection", connected)
    yield* Effect.acquireRelease(Effect.succeed(server), close)
    const bound = yield* listen(server, address)
    return `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`
  })
