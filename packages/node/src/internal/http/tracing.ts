/** The span of a request, for those who look at spans. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Tracer from "effect/Tracer"
import { bareUrl, MASK, SENSITIVE } from "@mlserver-auth/core/RequestReport"
import { maskedQuery } from "./report.js"

const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/**
 * Whether a tracer could ever show the span. Effect's own default tracer records nothing: a span of it is seen by the
 * code inside it (there is none) and, as a parent, by others; so without a parent span it is pure cost, and its
 * `traceparent` would name a trace that exists nowhere.
 */
export const isObserved = (fiber: AnyFiber, request: HttpClientRequest.HttpClientRequest): boolean => {
  const silent =
    Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) === native &&
    !fiber.currentContext.unsafeMap.has(Tracer.ParentSpan.key)
  return (
    !silent &&
    fiber.getFiberRef(FiberRef.currentTracerEnabled) &&
    !fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request)
  )
}

/** Runs `send` in a client span named and filled as `HttpClient.make` does it, but for what may be secret. */
export const traced = <E>(
  fiber: AnyFiber,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  send: (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<HttpClientResponse.HttpClientResponse, E>
): Effect.Effect<HttpClientResponse.HttpClientResponse, E> => {
  const redacted = [...fiber.getFiberRef(Headers.currentRedactedNames), ...SENSITIVE]
  const name = Context.get(fiber.currentContext, HttpClient.SpanNameGenerator)(request)
  return Effect.useSpan(name, { kind: "client", captureStackTrace: false }, (span) => {
    describe(span, request, url)
    headers(span, "request", request.headers, redacted)
    const outgoing = fiber.getFiberRef(HttpClient.currentTracerPropagation)
      ? HttpClientRequest.setHeaders(request, HttpTraceContext.toHeaders(span))
      : request
    return Effect.map(Effect.withParentSpan(send(outgoing), span), (response) => {
      span.attribute("http.response.status_code", response.status)
      headers(span, "response", response.headers, redacted)
      return response
    })
  })
}

const describe = (span: Tracer.Span, request: HttpClientRequest.HttpClientRequest, url: URL): void => {
  span.attribute("http.request.method", request.method)
  span.attribute("server.address", url.origin)
  if (url.port !== "") span.attribute("server.port", Number(url.port))
  const query = maskedQuery(url.searchParams)
  span.attribute("url.full", bareUrl(url.href) + (query === "" ? "" : `?${query}`))
  span.attribute("url.path", url.pathname)
  span.attribute("url.scheme", url.protocol.slice(0, -1))
  if (query !== "") span.attribute("url.query", query)
}

const headers = (
  span: Tracer.Span,
  side: "request" | "response",
  all: Headers.Headers,
  redacted: ReadonlyArray<string | RegExp>
): void => {
  const shown = Headers.redact(all, redacted)
  for (const [name, value] of Object.entries(shown)) {
    span.attribute(`http.${side}.header.${name}`, typeof value === "string" ? value : MASK)
  }
}
