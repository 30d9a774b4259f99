/** The head of a request as it is written: the caller's headers, and those that say where a message ends. */
import type { Readable } from "node:stream"
import { ACCEPTED } from "./decoding.js"
import { NotEncodable } from "../failure.js"
import type { Sendable } from "./upload.js"
import type { Way } from "../ways.js"

/** They are about the connection and not the request: a caller that sets one could end a message where it does not end. */
const OURS: ReadonlySet<string> = new Set(["transfer-encoding", "keep-alive", "upgrade", "expect", "trailer"])

const PAYLOAD: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"])

export interface Head {
  /** An object, since instrumentation of `node:http` adds its own to a copy of it, which spoils a list. */
  readonly headers: Readonly<Record<string, string>>
  /** The length that the body must have; `undefined` where it is sent in chunks. */
  readonly length: number | undefined
}

/** A request that is ready to be written. */
export interface Outgoing {
  readonly method: string
  readonly path: string
  readonly head: Head
  readonly content: Uint8Array | Readable | undefined
}

const refuse = (name: string): NotEncodable =>
  new NotEncodable(`the header ${name} belongs to the connection, and cannot be set for a request`)

/** What of a request says its head. */
interface Request {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

/** Throws `NotEncodable` for a header that cannot be sent. */
export const make = (request: Request, url: URL, way: Way, sendable: Sendable): Head => {
  const headers: Record<string, string> = {}
  const given = request.headers["content-length"]
  for (const name in request.headers) {
    const value = request.headers[name] ?? ""
    if (OURS.has(name)) throw refuse(name)
    if (name === "connection" && !/^(close|keep-alive)$/i.test(value)) throw refuse(name)
    if (name === "content-length" || (name === "content-type" && sendable.type !== undefined)) continue
    headers[name] = value
  }
  if (!("host" in request.headers)) headers["host"] = url.host
  if (!("accept-encoding" in request.headers)) headers["accept-encoding"] = ACCEPTED
  if (sendable.type !== undefined) headers["content-type"] = sendable.type
  if (way.forwarded && way.proxy?.authorization !== undefined) {
    headers["proxy-authorization"] = way.proxy.authorization
  }
  const length = lengthOf(sendable, sendable.type === undefined ? given : undefined)
  if (length === undefined) headers["transfer-encoding"] = "chunked"
  else if (length > 0 || sendable.content !== undefined || PAYLOAD.has(request.method)) {
    headers["content-length"] = String(length)
  }
  return { headers, length }
}

const lengthOf = ({ content }: Sendable, given: string | undefined): number | undefined => {
  if (given !== undefined && !/^\d{1,15}$/.test(given)) throw new NotEncodable("content-length is not a number")
  const asked = given === undefined ? undefined : Number(given)
  if (content !== undefined && !(content instanceof Uint8Array)) return asked
  const length = content?.byteLength ?? 0
  if (asked !== undefined && asked !== length) throw new NotEncodable("content-length is not the length of the body")
  return length
}
