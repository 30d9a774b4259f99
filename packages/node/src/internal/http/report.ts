/** What may be said of a request where people and programs read: spans, errors, inspected responses. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"

/** Hidden always, whatever `Headers.currentRedactedNames` says. */
export const SENSITIVE: ReadonlyArray<string> = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

export const MASK = "<redacted>"

/** The address without user information, query and fragment: each of them may hold a secret. */
export const bareUrl = (url: string): string =>
  url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1")

/** The names of a query with their values masked. */
export const maskedQuery = (params: URLSearchParams): string =>
  Array.from(params.keys(), (name) => `${encodeURIComponent(name)}=${MASK}`).join("&")

/** Headers with the values of sensitive ones masked; the same object when it has none. */
export const maskedHeaders = (headers: Headers.Headers): Headers.Headers => {
  const found = SENSITIVE.filter((name) => name in headers)
  return found.length === 0 ? headers : found.reduce((masked, name) => Headers.set(masked, name, MASK), headers)
}

/**
 * The request with its sensitive header values masked, otherwise as it is. The same object behind other headers, since
 * this is done for every answer whose request somebody looks at.
 */
export const maskedRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const headers = maskedHeaders(request.headers)
  return headers === request.headers
    ? request
    : (Object.create(request, { headers: { value: headers, enumerable: true } }) as HttpClientRequest.HttpClientRequest)
}

/** What an error may keep of a request: method, bare address and harmless headers; no query, no body. */
export const reportedRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.make(request.method)(bareUrl(request.url), { headers: maskedHeaders(request.headers) })
