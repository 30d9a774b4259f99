/**
 * An `HttpClient` for Node.js on `node:http`: kept connections, proxies, an authority of your own, limits for everything,
 * and no more between the caller and the wire than that.
 *
 * Neither undici nor the built-in `fetch`, which is undici too: a program that sends one request and ends needs 2 to 6
 * times the processor time of `node -e 0` with them and 1.1 to 1.2 times with `node:http`; and what was sent of a request
 * must be known. Nor `@effect/platform-node`: as a peer it brings 17 more packages (13 MB) into a user's tree. Figures:
 * `docs/benchmarks.md`.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import { type ConfigurationInvalid, fromConfigError } from "@mlserver-auth/core/AuthError"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Exchange, type Limits } from "./internal/http/exchange.js"
import { asError, codeOf, isDefect, isEncode, RequestUnsent, TransportFailure } from "./internal/http/failure.js"
import { largest, limitsOf } from "./internal/http/limits.js"
import * as Proxy from "./internal/http/proxy.js"
import { reportedRequest } from "./internal/http/report.js"
import * as RequestBody from "./internal/http/requestBody.js"
import * as RequestHead from "./internal/http/requestHead.js"
import { NodeResponse } from "./internal/http/response.js"
import * as Tracing from "./internal/http/tracing.js"
import * as Trust from "./internal/http/trust.js"
import * as Ways from "./internal/http/ways.js"

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
  /**
   * Connections to one origin; requests beyond them wait, until their caller loses patience. Default: 1024, since a
   * storm of 1,000 calls took 2.5 times as long with 256, and little longer than with none.
   */
  readonly connections?: number | undefined
  /**
   * The largest answer that is read, in bytes after decompression; `HttpIncomingMessage.withMaxBodySize` lowers it for
   * one reader. `Infinity` for a program that passes answers on as streams. Default: 256 MiB.
   */
  readonly maxResponseBytes?: number | undefined
  /** A PEM file of authorities to believe in addition to Node's own and NODE_EXTRA_CA_CERTS. */
  readonly caFile?: string | undefined
  /** Default: "environment", i.e. HTTPS_PROXY, HTTP_PROXY and NO_PROXY as they are when the client is made. */
  readonly proxy?: "environment" | "none" | Proxies | undefined
}

/** What a client works with once its options are checked. */
interface Transport {
  readonly ways: Ways.Ways
  readonly limits: Limits
  readonly maxResponseBytes: number
  /** Requests without an answer yet; `undefined` when the client is closed. */
  live: Set<Exchange> | undefined
}

/**
 * A client whose connections live as long as the scope; closing it aborts what is under way.
 *
 * Fails with `ConfigurationInvalid` for a limit that is none, a `caFile` that cannot be read and a proxy that is not
 * one. Requests fail as `@effect/platform` says: `RequestError` (`InvalidUrl`, `Encode`; `Transport` with Node's `cause.code`
 * or one of ours that begins with `MLS_`, and with `cause.sent` false where surely no byte of the request left) and
 * `ResponseError` (`Decode`: the answer broke off, is too large, or is not what was asked for). A fault of this program
 * is a defect.
 * Neither holds a header value of `authorization` or its like, a query, or a body.
 *
 * Redirects are never followed. Bodies in gzip, deflate and br are asked for and decoded.
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, ConfigurationInvalid, Scope.Scope> =>
  Effect.gen(function* () {
    const limits = yield* limitsOf(options)
    const maxResponseBytes = yield* largest(options.maxResponseBytes ?? 256 * 1024 * 1024)
    const route = yield* routeOf(options.proxy ?? "environment")
    const tls = yield* Trust.settings(options.caFile)
    return yield* Effect.map(
      Effect.acquireRelease(
        Effect.sync((): Transport => {
          const ways = Ways.make({ connect: limits.connect, tls }, limits.connections, route)
          return { ways, limits, maxResponseBytes, live: new Set() }
        }),
        (transport) => Effect.sync(() => close(transport))
      ),
      client
    )
  })

const close = (transport: Transport): void => {
  const live = transport.live ?? []
  transport.live = undefined
  for (const exchange of live) exchange.abort(new TransportFailure("MLS_CLIENT_CLOSED"))
  transport.ways.close()
}

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

const exchange = (transport: Transport, request: HttpClientRequest.HttpClientRequest, url: URL): Sent =>
  Effect.matchEffect(RequestBody.of(request.body), {
    onFailure: (error) => failure(request, error),
    onSuccess: (sendable) => dispatch(transport, request, url, sendable)
  })

const dispatch = (
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  sendable: RequestBody.Sendable
): Sent =>
  Effect.async((resume) => {
    const { limits, live, maxResponseBytes, ways } = transport
    const fail = (error: Error): void => resume(failure(request, error))
    if (live === undefined) return fail(new RequestUnsent(new TransportFailure("MLS_CLIENT_CLOSED"), undefined))
    const way = ways.to(url)
    const outgoing = writable(request, url, way, sendable)
    if (outgoing instanceof Error) return fail(outgoing)
    const running = new Exchange(way, outgoing, limits, {
      onHeaders: (answered) => {
        live.delete(running)
        resume(Effect.succeed(new NodeResponse(request, answered, maxResponseBytes)))
      },
      onFailure: (error) => {
        live.delete(running)
        fail(error)
      }
    })
    live.add(running)
    scopedRequests.get(request)?.signal.addEventListener("abort", () => running.cancel(), { once: true })
    running.start()
    return Effect.sync(() => running.cancel())
  })

const writable = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  way: Ways.Way,
  sendable: RequestBody.Sendable
): RequestHead.Outgoing | Error => {
  const path = url.pathname + url.search
  try {
    return {
      method: request.method,
      path: way.forwarded ? url.origin + path : path,
      head: RequestHead.make(request, url, way, sendable),
      content: sendable.content
    }
  } catch (thrown) {
    return asError(thrown)
  }
}

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

/** What went wrong, as the caller's request, the network's doing, or a fault of this program. */
const failure = (
  request: HttpClientRequest.HttpClientRequest,
  cause: Error
): Effect.Effect<never, HttpClientError.RequestError> => {
  if (isDefect(cause)) return Effect.die(cause)
  const code = codeOf(cause)
  return Effect.fail(
    new HttpClientError.RequestError({
      request: reportedRequest(request),
      reason: isEncode(cause) ? "Encode" : "Transport",
      cause,
      ...(code === undefined ? undefined : { description: code })
    })
  )
}

const routeOf = (proxy: NonNullable<Options["proxy"]>): Effect.Effect<Proxy.Route, ConfigurationInvalid> => {
  if (proxy === "none") return Effect.succeed(() => undefined)
  return Effect.suspend(() => Proxy.route(proxy === "environment" ? Proxy.fromEnvironment(process.env) : proxy))
}
