/** Servers on loopback that live as long as a scope. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import { once } from "node:events"
import * as Net from "node:net"
import type { Duplex } from "node:stream"

export interface Loopback {
  readonly url: string
  readonly port: number
  /** Connections ever taken. */
  readonly accepted: () => number
  /** Connections open now. */
  readonly open: () => number
  /** Resolves when no connection is open. */
  readonly drained: Effect.Effect<void>
}

/** Listens until the scope ends, which closes what is open. */
export const listen = (server: Net.Server, scheme: string): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Duplex>()
    let accepted = 0
    server.on("connection", (socket: Net.Socket) => {
      accepted++
      sockets.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => {
        sockets.delete(socket)
        if (sockets.size === 0) server.emit("drained")
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as Net.AddressInfo).port)))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    return {
      url: `${scheme}://127.0.0.1:${port}`,
      port,
      accepted: () => accepted,
      open: () => sockets.size,
      drained: Effect.async<void>((resume) => {
        if (sockets.size === 0) resume(Effect.void)
        else server.once("drained", () => resume(Effect.void))
      })
    }
  })

/** Idle connections stay: the default of five seconds is a race with a client that is slower than that. */
const KEPT = { keepAliveTimeout: 0 }

export const http = (handler: Http.RequestListener): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.suspend(() => listen(Http.createServer(KEPT, handler), "http"))

export const https = (
  options: Https.ServerOptions,
  handler: Http.RequestListener
): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.suspend(() => listen(Https.createServer({ ...KEPT, ...options }, handler), "https"))

export const tcp = (handler: (socket: Net.Socket) => void): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.suspend(() => listen(Net.createServer(handler), "http"))

/**
 * A port where no server listens, and none can begin to until the scope ends: it is the other end of a connection. One that was only
 * closed may be another program's by the time it is tried.
 */
export const closedPort: Effect.Effect<number, never, Scope.Scope> = Effect.gen(function* () {
  const { port } = yield* tcp(() => {})
  const socket = yield* Effect.acquireRelease(
    Effect.sync(() => Net.connect(port, "127.0.0.1")),
    (made) => Effect.sync(() => made.destroy())
  )
  yield* Effect.promise(() => once(socket, "connect"))
  return socket.localPort ?? 0
})

/** What a request looked like on the wire. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Http.IncomingHttpHeaders
  readonly body: Buffer
}

export const see = async (request: Http.IncomingMessage): Promise<Seen> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { headers, method = "", url = "" } = request
  return { method, url, headers, body: Buffer.concat(chunks) }
}

/** Answers every request with what it looked like, as JSON; the body as text. */
export const mirror: Http.RequestListener = (request, response) => {
  void see(request).then((seen) => {
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ ...seen, body: seen.body.toString("utf8") }))
  })
}

/** What `mirror` answers. */
export interface Mirrored {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A CONNECT proxy that reaches every name at one loopback port, and forwards plain http in absolute form. */
export const proxy = (
  target: () => number,
  refuse: (headers: Http.IncomingHttpHeaders) => number | undefined = () => undefined
): Effect.Effect<Loopback & { readonly asked: ReadonlyArray<string> }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const server = Http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
      const { pathname } = new URL(request.url ?? "")
      const onward = Http.request(
        { port: target(), host: "127.0.0.1", path: pathname, method: request.method, headers: request.headers },
        (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers))
      )
      request.pipe(onward)
    })
    server.on("connect", (request: Http.IncomingMessage, socket: Duplex) => {
      asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
      socket.on("error", () => {})
      const status = refuse(request.headers)
      if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      const onward = Net.connect(target(), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        onward.pipe(socket).pipe(onward)
      })
      onward.on("error", () => socket.destroy())
      return undefined
    })
    return { ...(yield* listen(server, "http")), asked }
  })
