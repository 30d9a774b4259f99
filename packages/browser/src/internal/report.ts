/** An answer's request as pages may inspect it. */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { bareUrl, maskedHeaders } from "@mlserver-auth/core/RequestReport"

/** The request that an answer belongs to: usable as it is, but for its credentials, and printed without query and body. */
export const shownRequest = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  Object.create(request, {
    headers: { value: maskedHeaders(request.headers), enumerable: true },
    toJSON: { value: () => ({ method: request.method, url: bareUrl(request.url) }) }
  }) as HttpClientRequest.HttpClientRequest
