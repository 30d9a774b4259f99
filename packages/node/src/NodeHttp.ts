/**
 * An `HttpClient` for Node.js on undici: keep-alive, proxies, an authority of your own, limits for everything, and no
 * more between the caller and the wire than that.
 *
 * Not through `@effect/platform-node`: as a peer it brings 17 more packages (13 MB, two of them native) into a user's
 * tree, and its undici layer costs 4.0 times the client CPU of bare undici (2.9 with the tracer off), its default layer
 * 14.7 and `FetchHttpClient` 9.1 times, measured in one run; this one 1.1 to 1.4 times, from run to run. What made the
 * difference: undici's dispatcher instead of its response streams, no AbortController and no FinalizationRegistry per
 * request, no span that nobody could see, headers and cookies built when asked for. `benchmarks/src/transport.ts`
 * measures it.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import { ConfigurationInvalid, fromConfigError } from "@mlserver-auth/core/AuthError"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Dispatcher } from "undici"
import { ACCEPTED } from "./internal/decoding.js"
import * as Dispatchers from "./internal/dispatchers.js"
import { codeOf, Exchange } from "./internal/exchange.js"
import * as Proxy from "./internal/proxy.js"
import { reportedRequest } from "./internal/report.js"
import * as RequestBody from "./internal/requestBody.js"
import { NodeResponse } from "./internal/response.js"
import * as Tracing from "./internal/tracing.js"
import * as Trust from "./internal/trust.js"

/** Proxies by hand, each with the meaning of the environment variable of its name. */
export type Proxies = Proxy.Proxies

/** `Duration.infinity` (or 0) switches a time limit off. */
export interface Options {
  /** From the start of connecting to the end of the TLS handshake, also with a proxy between. Default: 10 seconds. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** From the request being sent to its answer's headers; an R function called synchronously runs in it. Default: 5 minutes. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** Between two pieces of a body, and for a large answer that nobody begins to read. Default: 1 minute. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** Connections to one origin; requests beyond them wait, until their caller loses patience. Default: 256. */
  readonly connections?: number | undefined
  /**
   * The largest answer that is read, in bytes after decompression; `HttpIncomingMessage.withMaxBodySize` lowers it for
   * one reader. Default: 256 MiB.
   */
  readonly maxResponseBytes?: number | undefined
  /** A PEM file of authorities to believe in addition to Node's own and NODE_EXTRA_CA_CERTS. */
  readonly caFile?: string | undefined
  /** Default: "environment", i.e. HTTPS_PROXY, HTTP_PROXY and NO_PROXY as they are when the client is made. */
  readonly proxy?: "environment" | "none" | Proxies | undefined
}

/** What a client works with once its options are checked. */
interface Transport {
  readonly dispatchers: Dispatchers.Dispatchers
  readonly unreadMillis: number
  readonly maxResponseBytes: number
}

/**
 * A client whose connections live as long as the scope; closing it aborts what is under way.
 *
 * Fails with `ConfigurationInvalid` for a limit that is none, a `caFile` that cannot be read and a proxy that is not
 * one. Requests fail as `@effect/platform` says: `RequestError` (`InvalidUrl`, `Encode`; `Transport` with Node's or
 * undici's `cause.code`, and with `cause.sent` false where surely no byte of the request left) and `ResponseError` (`Decode`: the answer broke off, is too large, or is not what was asked for).
 * Neither holds a header value of `authorization` or its like, a query, or a body.
 *
 * Redirects are never followed. Bodies in gzip, deflate and br are asked for and decoded.
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, ConfigurationInvalid, Scope.Scope> =>
  Effect.gen(function* () {
    const limits = yield* limitsOf(options)
    const maxResponseBytes = yield* positive("maxResponseBytes", options.maxResponseBytes ?? 256 * 1024 * 1024)
    const route = yield* routeOf(options.proxy ?? "environment")
    const tls = yield* Trust.settings(options.caFile)
    const dispatchers = yield* Effect.acquireRelease(
      Effect.sync(() => Dispatchers.make(limits, tls, route)),
      (made) => Effect.promise(made.destroy)
    )
    return client({ dispatchers, unreadMillis: limits.body, maxResponseBytes })
  })

/**
 * The client as a layer.
 *
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as Effect from "effect/Effect"
 * import { NodeHttp } from "@mlserver-auth/node"
 *
 * const status = HttpClient.get("https://mls.contoso.com:12800/status").pipe(
 *   Effect.flatMap((response) => response.json),
 *   Effect.provide(NodeHttp.layer({ caFile: "contoso-root.pem", headersTimeout: "30 minutes" }))
 * )
 */
export const layer = (options?: Options): Layer.Layer<HttpClient.HttpClient, ConfigurationInvalid> =>
  Layer.scoped(HttpClient.HttpClient, make(options))

/** The client with its options read from `Config`. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<HttpClient.HttpClient, ConfigurationInvalid> =>
  Layer.scoped(HttpClient.HttpClient, Effect.flatMap(Effect.mapError(Config.unwrap(options), fromConfigError), make))

const client = (transport: Transport): HttpClient.HttpClient =>
  HttpClient.makeWith(
    (request) => Effect.flatMap(request, (ready) => send(transport, ready)),
    Effect.succeed as HttpClient.HttpClient.Preprocess<never, never>
  )

type Sent = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const send = (transport: Transport, request: HttpClientRequest.HttpClientRequest): Sent =>
  Effect.withFiberRuntime((fiber) => {
    const made = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
    if (made._tag === "Left") return invalidUrl(request, "not an absolute URL")
    const url = made.right
    if (url.protocol !== "https:" && url.protocol !== "http:") return invalidUrl(request, "neither http nor https")
    if (url.username !== "" || url.password !== "") return invalidUrl(request, "user information in a URL is not sent")
    return Tracing.isObserved(fiber, request)
      ? Tracing.traced(fiber, request, url, (outgoing) => exchange(transport, scopedAs(request, outgoing), url))
      : exchange(transport, request, url)
  })

const invalidUrl = (request: HttpClientRequest.HttpClientRequest, description: string): Sent =>
  Effect.fail(
    new HttpClientError.RequestError({ request: reportedRequest(request), reason: "InvalidUrl", description })
  )

const exchange = (transport: Transport, request: HttpClientRequest.HttpClientRequest, url: URL): Sent => {
  const { body } = request
  return body._tag === "Stream"
    ? Effect.flatMap(Effect.runtime(), (runtime) =>
        dispatch(transport, request, url, () => RequestBody.streaming(body, runtime))
      )
    : dispatch(transport, request, url, () => RequestBody.ready(body))
}

const dispatch = (
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  body: () => RequestBody.Sendable
): Sent =>
  Effect.async((resume) => {
    const running = new Exchange(
      {
        onHeaders: (answered) =>
          resume(Effect.succeed(new NodeResponse(request, answered, transport.maxResponseBytes))),
        onFailure: (cause) => resume(Effect.fail(requestError(request, cause)))
      },
      transport.unreadMillis
    )
    scopedRequests.get(request)?.signal.addEventListener("abort", () => running.cancel(), { once: true })
    const outgoing = { method: request.method as Dispatcher.HttpMethod, headers: headersOf(request), body: body() }
    transport.dispatchers.dispatch(url, outgoing, running)
    return Effect.sync(() => running.cancel())
  })

/** Where `HttpClient.withScope` leaves the controller that ends a request with its scope. */
const scopedRequests = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<HttpClientRequest.HttpClientRequest, AbortController>()
)

/** A request with more headers is another object, and what ends the first one is to end it too. */
const scopedAs = (
  request: HttpClientRequest.HttpClientRequest,
  outgoing: HttpClientRequest.HttpClientRequest
): HttpClientRequest.HttpClientRequest => {
  const controller = scopedRequests.get(request)
  if (controller !== undefined) scopedRequests.set(outgoing, controller)
  return outgoing
}

const headersOf = (request: HttpClientRequest.HttpClientRequest): Array<string> => {
  const list: Array<string> = []
  for (const name in request.headers) list.push(name, request.headers[name] ?? "")
  if (!("accept-encoding" in request.headers)) list.push("accept-encoding", ACCEPTED)
  return list
}

/** Refused by undici before anything was sent: a header with a line break, a body of no known kind. */
const NOT_ENCODABLE: ReadonlySet<unknown> = new Set([
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
  "MLS_UPLOAD_FAILED"
])

const requestError = (request: HttpClientRequest.HttpClientRequest, cause: Error): HttpClientError.RequestError => {
  const code = codeOf(cause)
  return new HttpClientError.RequestError({
    request: reportedRequest(request),
    reason: NOT_ENCODABLE.has(code) ? "Encode" : "Transport",
    cause,
    ...(code === undefined ? undefined : { description: code })
  })
}

const limitsOf = (options: Options): Effect.Effect<Dispatchers.Limits, ConfigurationInvalid> =>
  Effect.all({
    connect: millis("connectTimeout", options.connectTimeout ?? "10 seconds"),
    headers: millis("headersTimeout", options.headersTimeout ?? "5 minutes"),
    body: millis("bodyTimeout", options.bodyTimeout ?? "1 minute"),
    connections: positive("connections", options.connections ?? 256)
  })

/** undici's and Node's timers know no infinity: 0 is off. Nor fractions, which a `Duration` may have: up, or 0 comes of them. */
const millis = (setting: string, input: Duration.DurationInput): Effect.Effect<number, ConfigurationInvalid> => {
  const value = Math.ceil(Duration.toMillis(input))
  if (value === Number.POSITIVE_INFINITY) return Effect.succeed(0)
  return value < 2 ** 31 ? Effect.succeed(value) : invalid(setting, "longer than 24 days")
}

const positive = (setting: string, value: number): Effect.Effect<number, ConfigurationInvalid> =>
  Number.isInteger(value) && value > 0 ? Effect.succeed(value) : invalid(setting, "not a positive whole number")

const invalid = (setting: string, problem: string): Effect.Effect<never, ConfigurationInvalid> =>
  Effect.fail(new ConfigurationInvalid({ setting, problem, fix: "Leave it out for the default" }))

const routeOf = (proxy: NonNullable<Options["proxy"]>): Effect.Effect<Proxy.Route, ConfigurationInvalid> => {
  if (proxy === "none") return Effect.succeed(() => undefined)
  return Effect.suspend(() => Proxy.route(proxy === "environment" ? Proxy.fromEnvironment(process.env) : proxy))
}
