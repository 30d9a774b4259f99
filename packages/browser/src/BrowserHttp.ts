/**
 * An `HttpClient` for pages and workers on the browser's fetch: no cookies, no trace headers, no referrer, no cache, no
 * redirects; limits for everything.
 *
 * Not `FetchHttpClient` as it is: its trace headers fail preflights at servers that allow none, its default sends
 * cookies and follows redirects, and its errors print what was sent.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import { fetchedBody } from "@mlserver-auth/core/AuthHttpClient"
import { isLoopback } from "@mlserver-auth/core/ServerEndpoint"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { HttpFailure, type Limits, limited } from "./internal/limitedBody.js"
import { reported } from "@mlserver-auth/core/RequestReport"
import { shownRequest } from "./internal/report.js"

/** Options: limits of time and size. `Duration.infinity` switches a time limit off. */
export interface Options {
  /** From the end of sending a request to its answer's headers: in this time the R function of a service runs. Default: 5 minutes. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** Between two pieces of a body that is being read. Default: 1 minute. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** The largest answer that is read, in bytes after decompression. Default: 256 MiB. */
  readonly maxResponseBytes?: number | undefined
}

/**
 * A client. Fails with `ConfigurationInvalid` if `maxResponseBytes` is not a positive whole number. Requests fail as
 * `@effect/platform` says: `RequestError` (`InvalidUrl`; `Transport` with `cause.code` if one is known, and with
 * `cause.sent` false if it is certain that no byte of the request left) and `ResponseError` (`Decode`: the answer broke off,
 * is too large, or is not what was asked for). Neither holds a header value of `authorization` or its like, a query, or a
 * body.
 *
 * A browser says only that a request failed: no server, a certificate that it does not trust and a server that does not
 * allow the page's origin look alike. `ServerCheck` tells them apart as far as that goes. A redirect becomes an answer 302
 * without headers: browsers do not show a page where it leads.
 *
 * A body that is a stream is gathered before it is sent, since browsers stream bodies over HTTP/2 only.
 *
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import { BrowserHttp } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * // Small answers only, and every other status than 2xx is an error.
 * const strict = Effect.map(BrowserHttp.make({ maxResponseBytes: 1024 * 1024 }), HttpClient.filterStatusOk)
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const maxBytes = options.maxResponseBytes ?? 256 * 1024 * 1024
    if (!Number.isInteger(maxBytes) || maxBytes <= 0) return yield* invalid("not a positive whole number")
    const limits = { maxBytes, idleMillis: Duration.toMillis(options.bodyTimeout ?? "1 minute") }
    const patience = Duration.decode(options.headersTimeout ?? "5 minutes")
    const client = HttpClient.make((request, url, signal) =>
      Effect.flatMap(bodyOf(request), (body) => send(request, url, body, signal, limits)).pipe(
        TimeLimit.timeoutFail({ duration: patience, onTimeout: () => requestError(request, TOO_LATE()) })
      )
    )
    // A span would record the whole address, and a revocation has a refresh token in it.
    return client.pipe(
      HttpClient.withTracerDisabledWhen(() => true),
      HttpClient.transformResponse(Effect.mapError(withoutSecrets))
    )
  })

/**
 * The client as a layer.
 *
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as Effect from "effect/Effect"
 * import { BrowserHttp } from "@mlserver-auth/browser"
 *
 * const status = HttpClient.get("https://mls.contoso.com:12800/status").pipe(
 *   Effect.flatMap((response) => response.json),
 *   Effect.provide(BrowserHttp.layer({ headersTimeout: "30 minutes" }))
 * )
 */
export const layer = (options?: Options): Layer.Layer<HttpClient.HttpClient, ConfigurationInvalid> =>
  Layer.effect(HttpClient.HttpClient, make(options))

const invalid = (problem: string) =>
  new ConfigurationInvalid({ setting: "maxResponseBytes", problem, fix: "Leave it out for the default" })

const TOO_LATE = () => new HttpFailure("MLS_HEADERS_TIMEOUT", "no answer came in time")

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<BodyInit | undefined, HttpClientError.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(undefined)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Stream.runCollect(body.stream).pipe(
        Effect.map((chunks) => new Blob(Chunk.toArray(chunks) as Array<BlobPart>)),
        Effect.mapError((cause) => requestError(request, cause, "Encode"))
      )
    default:
      return Effect.succeed(body.body as BodyInit)
  }
}

const send = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  body: BodyInit | undefined,
  signal: AbortSignal,
  limits: Limits
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.RequestError> =>
  Effect.suspend(() => {
    const unsendable = whyUnsendable(url)
    if (unsendable !== undefined) return Effect.fail(requestError(request, unsendable))
    const offline = isOffline(url)
    return Effect.tryPromise({
      try: (late) =>
        fetch(url, {
          method: request.method,
          headers: request.headers,
          ...(body === undefined ? undefined : { body }),
          // The request's own signal outlives this call, for the body; a timeout ends this call alone.
          signal: either(signal, late),
          // What ends something goes on where the page is left: a sign-out, and `location` at once.
          keepalive: request.method === "DELETE" && body === undefined,
          cache: "no-store",
          credentials: "omit",
          redirect: "manual",
          referrerPolicy: "no-referrer"
        }),
      catch: (cause) => requestError(request, failure(cause, offline && isOffline(url)))
    }).pipe(Effect.map((response) => answer(request, limited(response, limits))))
  })

/** `AbortSignal.any`, which browsers have had since 2023 and 2024. */
const either = (one: AbortSignal, other: AbortSignal): AbortSignal => {
  const both = new AbortController()
  for (const signal of [one, other]) {
    const leave = () => both.abort(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener("abort", leave, { once: true, signal: both.signal })
  }
  return both.signal
}

const answer = (request: HttpClientRequest.HttpClientRequest, response: Response) =>
  HttpClientResponse.fromWeb(Object.assign(shownRequest(request), { [fetchedBody]: response.body }), response)

/** Told before anything is tried, since afterwards it looks like a server that is not there. */
const whyUnsendable = (url: URL): HttpFailure | undefined =>
  globalThis.isSecureContext && globalThis.location?.protocol === "https:" && isPlainToElsewhere(url)
    ? new HttpFailure("MLS_MIXED_CONTENT", "a page on https may not call plain http", { sent: false })
    : undefined

const isPlainToElsewhere = ({ hostname, protocol }: URL): boolean => protocol === "http:" && !isLoopback(hostname)

/** A browser that says so has no network at all; this machine can be reached without one. */
const isOffline = ({ hostname }: URL): boolean => globalThis.navigator?.onLine === false && !isLoopback(hostname)

/** The browser's own message says no more; its words differ from one to the next. */
const failure = (cause: unknown, offline: boolean): HttpFailure =>
  offline
    ? new HttpFailure("MLS_OFFLINE", "this browser is offline", { cause, sent: false })
    : new HttpFailure("MLS_FETCH_FAILED", "the browser could not fetch it and does not say why", { cause })

const requestError = (
  request: HttpClientRequest.HttpClientRequest,
  cause: unknown,
  reason: "Transport" | "Encode" = "Transport"
): HttpClientError.RequestError =>
  new HttpClientError.RequestError({
    request: reported(request),
    reason,
    cause,
    ...(cause instanceof HttpFailure ? { description: cause.message } : undefined)
  })

/** An address that is none is found out by `HttpClient.make`, which keeps the whole request. */
const withoutSecrets = (error: HttpClientError.HttpClientError): HttpClientError.HttpClientError =>
  error._tag === "RequestError" && error.reason === "InvalidUrl"
    ? new HttpClientError.RequestError({
        request: reported(error.request),
        reason: "InvalidUrl",
        description: "not an absolute URL"
      })
    : error
