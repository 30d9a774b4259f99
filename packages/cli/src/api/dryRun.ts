/**
 * What a call would be, to be looked at and pasted into a ticket: as it would be sent, without what may be a secret.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Option from "effect/Option"
import * as ForeignJson from "../text/json.js"
import type * as Outputs from "../outputs/outputs.js"
import { plain, plainLine } from "../text/sanitize.js"
import { HELD } from "./upload.js"

const HIDDEN = "(hidden)"

/** Names whose values are kept back: in headers, in the query, anywhere in a body. */
const SECRET = /authori[sz]ation|cookie|api[-_]?key|pass(word|wd|phrase)|pwd|secret|token/i
/** In a query `code` is one that a token can be got for (RFC 6749 4.1.2); in a body it is the code of a service. */
const inQuery = (name: string): boolean => SECRET.test(name) || name.toLowerCase() === "code"

/** A call that is not made. */
export type DryRun = Outputs.Of<"api-dry-run">

const redacted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(redacted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET.test(name) ? HIDDEN : redacted(inner)])
  )
}

const unshown = (size: string, type: string | undefined) => `(${size} bytes of ${type}, not shown)`

const bodyOf = ({ body }: HttpClientRequest.HttpClientRequest): unknown => {
  if (body._tag === "Raw") return unshown(String(body.contentLength ?? `more than ${HELD}`), body.contentType)
  if (body._tag !== "Uint8Array") return null
  try {
    return redacted(ForeignJson.parse(new TextDecoder("utf-8", { fatal: true }).decode(body.body)))
  } catch {
    return unshown(String(body.body.length), body.contentType)
  }
}

const urlOf = (request: HttpClientRequest.HttpClientRequest): string => {
  const url = Option.getOrUndefined(HttpClientRequest.toUrl(request))
  if (url === undefined) return request.url.replace(/[?#].*$/s, "")
  // In place, so that what is not hidden is spelled as it would be sent.
  url.search = url.search.replace(/([?&])([^=&]*)=[^&]*/g, (pair, before: string, name: string) =>
    inQuery(decoded(name)) ? `${before}${name}=${HIDDEN}` : pair
  )
  return url.href
}

const decoded = (name: string): string => new URLSearchParams(`${name}=`).keys().next().value ?? name

/** The call as it would be made, signed with a token that is not even looked for. */
export const of = (request: HttpClientRequest.HttpClientRequest): DryRun => ({
  dryRun: true,
  method: request.method,
  url: urlOf(request),
  headers: {
    authorization: `Bearer ${HIDDEN}`,
    ...Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, SECRET.test(name) ? HIDDEN : value])
    )
  },
  body: bodyOf(request)
})

/** For people. */
export const lines = ({ body, headers, method, url }: DryRun): string =>
  [
    `${method} ${url}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${plainLine(value)}`),
    ...(body === null ? [] : ["", plain(typeof body === "string" ? body : JSON.stringify(body, undefined, 2))])
  ].join("\n")
