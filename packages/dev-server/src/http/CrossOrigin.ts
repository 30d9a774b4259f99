/**
 * What the server lets pages of other origins do with it (CORS), as an administrator would set it at the server or at a
 * proxy before it. The documented server sends nothing of this by itself.
 */
import * as Effect from "effect/Effect"
import type { Api } from "../api/Api.js"
import type { Answer, Reply } from "./Reply.js"
import type { Request } from "./Request.js"

/** Pages of every origin, or of these: `https://app.contoso.com`. */
export type Origins = true | ReadonlyArray<string>

const ALLOWED = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type",
  "access-control-max-age": "600"
}

const EXPOSED = "Date, Retry-After, WWW-Authenticate"

/** The origin that may read the answer. Nothing here goes by cookies, so any page may be told the same. */
const readerOf = (origins: Origins, { headers }: Request): string | undefined => {
  const { origin } = headers
  if (typeof origin !== "string") return undefined
  if (origins === true) return "*"
  return origins.includes(origin) ? origin : undefined
}

const varying = (origins: Origins): Readonly<Record<string, string>> => (origins === true ? {} : { vary: "Origin" })

/** A preflight comes without a token, so it is answered before one is asked for. */
const preflight = (origins: Origins, reader: string | undefined): Answer => ({
  status: 204,
  headers: {
    ...varying(origins),
    ...(reader === undefined ? {} : { ...ALLOWED, "access-control-allow-origin": reader })
  },
  body: ""
})

const readable = (origins: Origins, reader: string | undefined, reply: Reply): Reply =>
  reply === "dropped"
    ? reply
    : {
        ...reply,
        headers: {
          ...reply.headers,
          ...varying(origins),
          ...(reader === undefined
            ? {}
            : { "access-control-allow-origin": reader, "access-control-expose-headers": EXPOSED })
        }
      }

/** The same server, for pages too. `isOurs` tells its requests from those of an authority, which has rules of its own. */
export const around = (api: Api, origins: Origins, isOurs: (request: Request) => boolean): Api => ({
  handle: (request) => {
    if (!isOurs(request)) return api.handle(request)
    const reader = readerOf(origins, request)
    return request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined
      ? Effect.succeed(preflight(origins, reader))
      : Effect.map(api.handle(request), (reply) => readable(origins, reader, reply))
  }
})
