/** Servers of another origin that allow pages what a test says. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Http from "node:http"
import * as Site from "./Site.js"

export interface Allowed {
  /** `undefined`: not even that. */
  readonly origin?: string | undefined
  readonly headers?: string | undefined
  readonly methods?: string | undefined
  readonly expose?: string | undefined
}

/** Everything that a Machine Learning Server must allow. */
export const everything: Allowed = {
  origin: "*",
  headers: "Authorization, Content-Type",
  methods: "GET, POST, PUT, PATCH, DELETE",
  expose: "Date, Retry-After, WWW-Authenticate"
}

const headersOf = ({ expose, headers, methods, origin }: Allowed): Record<string, string> => ({
  ...(origin && { "access-control-allow-origin": origin }),
  ...(headers && { "access-control-allow-headers": headers }),
  ...(methods && { "access-control-allow-methods": methods }),
  ...(expose && { "access-control-expose-headers": expose })
})

/** Answers preflights, and adds headers to what the handler answers. */
export const serve = (allowed: Allowed, handler: Http.RequestListener) =>
  Site.listen((incoming, outgoing) => {
    for (const [name, value] of Object.entries(headersOf(allowed))) outgoing.setHeader(name, value)
    if (incoming.method === "OPTIONS") return outgoing.writeHead(204).end()
    return handler(incoming, outgoing)
  })

/** The same, but some requests are never answered; says when that many of them have come. */
export const withholding = (allowed: Allowed, withheld: (request: Http.IncomingMessage) => boolean, count: number) =>
  Effect.gen(function* () {
    const come = yield* Deferred.make<void>()
    let left = count
    const url = yield* Site.listen((incoming, outgoing) => {
      if (withheld(incoming)) return --left === 0 ? Deferred.unsafeDone(come, Effect.void) : undefined
      for (const [name, value] of Object.entries(headersOf(allowed))) outgoing.setHeader(name, value)
      return outgoing.writeHead(incoming.method === "OPTIONS" ? 204 : 401).end()
    })
    return { url, come: Deferred.await(come) }
  })

/** The same before a server that knows nothing of it. */
export const before = (server: string, allowed: Allowed) =>
  serve(allowed, (incoming, outgoing) => Site.forward(server, incoming.url ?? "/", incoming, outgoing, {}))
