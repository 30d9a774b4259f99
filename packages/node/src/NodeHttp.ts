/**
 * An `HttpClient` for Node.js on `node:http`, with kept connections, proxies, your own certificate authority, and limits of
 * time and size.
 *
 * Neither undici nor the built-in `fetch`, which is undici too: a program that sends one request and ends needs 3 to 6 times the processor time
 * of `node -e 0` with them and 1.4 to 1.6 times with `node:http` (`docs/design/benchmarks.md`); and what was sent of a request must be known. Nor
 * `@effect/platform-node`: as a peer it brings 17 more packages (13 MB) into a user's tree.
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
import * as Begun from "./internal/http/begun.js"
import { Exchange, type Limits } from "./internal/http/exchange.js"
import { asError, codeOf, isDefect, isEncode, RequestUnsent, TransportFailure } from "./internal/http/failure.js"
import { largest, limitsOf } from "./internal/http/limits.js"
import * as Proxy from "./internal/http/proxy/proxy.js"
import * as ProxyVariables from "./internal/http/proxy/proxyVariables.js"
import { reported } from "@mlserver-auth/core/RequestReport"
import * as RequestBody from "./internal/http/message/requestBody.js"
import * as RequestHead from "./internal/http/message/requestHead.js"
import type * as Upload from "./internal/http/message/upload.js"
import { NodeResponse } from "./internal/http/message/response.js"
import * as TimeLimit from "./internal/http/timeLimit.js"
import * as Tracing from "./internal/http/tracing.js"
import * as Trust from "./internal/http/trust.js"
import * as Ways from "./internal/http/ways.js"

/** Proxies that you name. Each has the meaning of the environment variable of its name. */
export type Proxies = ProxyVariables.Proxies

/** Options: limits of time and size, proxies and certificates. `Duration.infinity` (or 0) switches a time limit off. */
export interface Options {
  /** From the start of connecting to the end of the TLS handshake, also with a proxy between. Default: 10 seconds. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** From the end of sending a request to its answer's headers: in this time the R function of a service runs. Default: 5 minutes. */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /** Between two pieces of a body, and before your program begins to read a large answer. Default: 1 minute. */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /**
   * The most connections to one origin; further requests wait, until their caller gives up. Default: 1024, since 1,000
   * calls at once took 2.5 times as long with 256, and hardly less without a limit.
   */
  readonly connections?: number | undefined
  /**
   * The largest answer that is read, in bytes after decompression; `HttpIncomingMessage.withMaxBodySize` lowers it for
   * one reader. `Infinity` for a program that passes answers on as streams. Default: 256 MiB.
   */
  readonly maxResponseBytes?: number | undefined
  /** A PEM file of certificate authorities to trust in addition to Node's own and NODE_EXTRA_CA_CERTS. Default: none. */
  readonly caFile?: string | undefined
  /**
   * Default: "environment", i.e. HTTPS_PROXY, HTTP_PROXY and NO_PROXY as they are when the client is made. A name and a
   * password in one are tried one at a time until the proxy has taken them, and not for 15 minutes after it refused them.
   */
  readonly proxy?: "environment" | "none" | Proxies | undefined
}

/** What a client works with once its options are checked. */
interface Transport {
  readonly ways: Ways.Ways
  readonly limits: Limits
  readonly maxResponseBytes: number
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
          return { ways, limits: { ...limits, watch: new TimeLimit.Watch() }, maxResponseBytes }
        }),
        (transport) => Effect.sync(() => close(transport))
      ),
      client
    )
  })

const close = (transport: Transport): void => {
  transport.limits.watch.close("MLS_CLIENT_CLOSED")
  transport.ways.close()
}

/**
 * The client as a layer.
 *
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import { NodeHttp } from "@mlserver-auth/node"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 *
 * const status = Effect.flatMap(HttpClient.get("https://mls.contoso.com:12800/status"), ({ json }) => json)
 * const read = status.pipe(Effect.provide(NodeHttp.layer({ caFile: "contoso-root.pem", headersTimeout: "30 minutes" })))
 * const direct = Effect.scoped(Effect.flatMap(NodeHttp.make({ proxy: "none" }), ({ get }) => get("http://127.0.0.1:12800/status")))
 * const byConfig = status.pipe(Effect.provide(NodeHttp.layerConfig({ caFile: Config.string("REPORT_CA") })))
 */
export const layer = (options?: Options): Layer.Layer<HttpClient.HttpClient, ConfigurationInvalid> =>
  Layer.scoped(HttpClient.HttpClient, make(options))

/** The same with options from `Config`; `ConfigurationInvalid` names all that could not be read. */
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
  Effect.fail(new HttpClientError.RequestError({ request: reported(request), reason: "InvalidUrl", description }))

const exchange = (transport: Transport, request: HttpClientRequest.HttpClientRequest, url: URL): Sent =>
  RequestBody.isReady(request.body)
    ? dispatch(transport, request, url, RequestBody.ready(request.body))
    : Effect.matchEffect(RequestBody.of(request.body), {
        onFailure: (error) => failure(request, error),
        onSuccess: (sendable) => dispatch(transport, request, url, sendable)
      })

const dispatch = (
  transport: Transport,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  sendable: Upload.Sendable
): Sent => {
  const { limits, maxResponseBytes, ways } = transport
  if (limits.watch.closed) return failure(request, unsent("MLS_CLIENT_CLOSED"))
  const way = ways.to(url)
  const outgoing = writable(request, url, way, sendable)
  if (outgoing instanceof Error) return failure(request, outgoing)
  const begun = Begun.take(url, outgoing)
  if (begun === undefined) return answered(request, new Exchange(way, outgoing, limits), maxResponseBytes)
  if (begun.failure !== undefined) return failure(request, begun.failure)
  return Effect.succeed(new NodeResponse(request, begun.exchange, maxResponseBytes, begun.body))
}

const unsent = (code: TransportFailure["code"]): Error => new RequestUnsent(new TransportFailure(code), undefined)

const answered = (request: HttpClientRequest.HttpClientRequest, exchange: Exchange, maxResponseBytes: number): Sent =>
  Effect.async((resume) => {
    scopedRequests.get(request)?.signal.addEventListener("abort", () => exchange.cancel(), { once: true })
    exchange.start({
      onHeaders: () => resume(Effect.succeed(new NodeResponse(request, exchange, maxResponseBytes))),
      onFailure: (error) => resume(failure(request, error))
    })
    return Effect.sync(() => exchange.cancel())
  })

const writable = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  way: Ways.Way,
  sendable: Upload.Sendable
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
      request: reported(request),
      reason: isEncode(cause) ? "Encode" : "Transport",
      cause,
      ...(code === undefined ? undefined : { description: code })
    })
  )
}

const routeOf = (proxy: NonNullable<Options["proxy"]>): Effect.Effect<Proxy.Route, ConfigurationInvalid> => {
  if (proxy === "none") return Effect.succeed(() => undefined)
  return Effect.suspend(() =>
    Proxy.route(proxy === "environment" ? ProxyVariables.fromEnvironment(process.env) : proxy)
  )
}
