/** Servers of another origin that allow pages what a test says. */
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

/** The same before a server that knows nothing of it. */
export const before = (server: string, allowed: Allowed) =>
  serve(allowed, (incoming, outgoing) => Site.forward(server, incoming.url ?? "/", incoming, outgoing, {}))
