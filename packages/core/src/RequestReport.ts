/** The parts of a request that may appear in spans, errors and inspected responses. Use it in HTTP clients of your own. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"

/**
 * Headers that are always masked, whatever `Headers.currentRedactedNames` contains. In lower case.
 *
 * @example
 * import * as Headers from "@effect/platform/Headers"
 * import * as Effect from "effect/Effect"
 * import { RequestReport } from "@mlserver-auth/core"
 *
 * // The same headers hidden wherever Effect prints some, and one of your own.
 * const hiding = Effect.locally(Headers.currentRedactedNames, [...RequestReport.SENSITIVE, "x-api-key"])
 */
export const SENSITIVE: ReadonlyArray<string> = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

/** The text that replaces a secret: the same as a printed `Redacted`. */
export const MASK = "<redacted>"

/**
 * The address without user information, query and fragment: each of them may hold a secret.
 *
 * @example
 * import { RequestReport } from "@mlserver-auth/core"
 *
 * const shown = RequestReport.bareUrl("https://ada:secret@mlserver.contoso.com/services?key=1")
 * // "https://mlserver.contoso.com/services"
 */
export const bareUrl = (url: string): string =>
  url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1")

/**
 * Headers with the values of sensitive ones masked; the same object when it has none.
 *
 * @example
 * import * as Headers from "@effect/platform/Headers"
 * import { RequestReport } from "@mlserver-auth/core"
 *
 * const sent = Headers.fromInput({ Authorization: "Bearer eyJhbGciOi…", Accept: "application/json" })
 * const shown = RequestReport.maskedHeaders(sent) // { authorization: "<redacted>", accept: "application/json" }
 * const isHidden = shown["authorization"] === RequestReport.MASK // true
 */
export const maskedHeaders = (headers: Headers.Headers): Headers.Headers =>
  SENSITIVE.filter((name) => name in headers).reduce((masked, name) => Headers.set(masked, name, MASK), headers)

/**
 * The parts of a request that an error may keep: method, bare address and harmless headers. No query, no body.
 *
 * @example
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import { RequestReport } from "@mlserver-auth/core"
 *
 * export const shown = RequestReport.reported(HttpClientRequest.get("https://mlserver.example.com/services?key=1"))
 */
export const reported = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.make(request.method)(bareUrl(request.url), { headers: maskedHeaders(request.headers) })
