/** What may be said of a request in spans and inspected responses, beside what `RequestReport` says. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { MASK, maskedHeaders } from "@mlserver-auth/core/RequestReport"

/** The names of a query with their values masked. */
export const maskedQuery = (params: URLSearchParams): string =>
  Array.from(params.keys(), (name) => `${encodeURIComponent(name)}=${MASK}`).join("&")

/**
 * The request with its sensitive header values masked, otherwise as it is. The same object behind other headers, since
 * this is done for every answer whose request is looked at.
 */
export const maskedRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const headers = maskedHeaders(request.headers)
  return headers === request.headers
    ? request
    : (Object.create(request, { headers: { value: headers, enumerable: true } }) as HttpClientRequest.HttpClientRequest)
}
