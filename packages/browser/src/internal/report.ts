/** What may be said of a request where people and programs read: errors, inspected responses. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"

const SENSITIVE: ReadonlyArray<string> = ["authorization", "proxy-authorization", "cookie"]

/** The same word as a printed `Redacted`. */
const MASK = "<redacted>"

/** The address without user information, query and fragment: each of them may hold a secret. */
export const bareUrl = (url: string): string =>
  url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1")

const maskedHeaders = (headers: Headers.Headers): Headers.Headers =>
  SENSITIVE.filter((name) => name in headers).reduce((masked, name) => Headers.set(masked, name, MASK), headers)

/** The request that an answer belongs to: usable as it is, but for its credentials, and printed without query and body. */
export const shownRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  Object.create(request, {
    headers: { value: maskedHeaders(request.headers), enumerable: true },
    toJSON: { value: () => ({ method: request.method, url: bareUrl(request.url) }) }
  }) as HttpClientRequest.HttpClientRequest

/** What an error may keep of a request: method, bare address and harmless headers; no query, no body. */
export const reportedRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.make(request.method)(bareUrl(request.url), { headers: maskedHeaders(request.headers) })
