/** An `HttpClient` whose requests are calls of a client's `fetch`. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { Fetch } from "@mlserver-auth/core/promises/PromiseClient"
import { MlServerAuthError } from "@mlserver-auth/core/promises/MlServerAuthError"
import * as Effect from "effect/Effect"

/** The client knows its server: what is called is a path of that. */
const ANYWHERE = "http://server.invalid"

const initOf = ({ body, headers, method }: HttpClientRequest.HttpClientRequest, signal: AbortSignal): RequestInit => {
  // Written by whatever sends it.
  const { "content-length": _, ...others } = headers
  return {
    method,
    headers: others,
    signal,
    ...(body._tag === "Uint8Array" ? { body: new Uint8Array(body.body) } : {})
  }
}

/** A client over that function. Nothing is traced: the function belongs to the caller. */
export const clientOver = (fetch: Fetch): HttpClient.HttpClient =>
  HttpClient.make((request, { pathname, search }, signal) =>
    Effect.tryPromise({
      try: () => fetch(`${pathname}${search}`, initOf(request, signal)),
      catch: (cause) => new HttpClientError.RequestError({ request, reason: "Transport", cause })
    }).pipe(
      Effect.map((response) =>
        HttpClientResponse.fromWeb(HttpClientRequest.setUrl(request, response.url || pathname), response)
      )
    )
  ).pipe(
    HttpClient.mapRequest(HttpClientRequest.prependUrl(ANYWHERE)),
    HttpClient.withTracerDisabledWhen(() => true)
  )

/** What that function was rejected with, where it was one of this library's. */
export const fetchFault = ({ cause }: HttpClientError.RequestError): MlServerAuthError | undefined =>
  cause instanceof MlServerAuthError ? cause : undefined
