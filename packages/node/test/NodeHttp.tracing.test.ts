import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Loopback from "./loopback.js"

interface Recorded {
  readonly name: string
  readonly parent: string | undefined
  readonly kind: Tracer.SpanKind
  readonly traceId: string
  readonly attributes: Map<string, unknown>
  exit: Exit.Exit<unknown, unknown> | undefined
}

/** A tracer that keeps what it is told. */
const recording = () => {
  const spans: Array<Recorded> = []
  const tracer = Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind) => {
      const recorded: Recorded = {
        name,
        kind,
        parent: Option.isSome(parent) ? parent.value.spanId : undefined,
        traceId: "0af7651916cd43dd8448eb211c80319c",
        attributes: new Map(),
        exit: undefined
      }
      spans.push(recorded)
      const span: Tracer.Span = {
        _tag: "Span",
        name,
        spanId: `b7ad6b716920333${spans.length}`,
        traceId: recorded.traceId,
        parent,
        context,
        links: [...links],
        kind,
        sampled: true,
        attributes: recorded.attributes,
        status: { _tag: "Started", startTime },
        end: (_, exit) => {
          recorded.exit = exit
        },
        attribute: (key, value) => void recorded.attributes.set(key, value),
        event: () => {},
        addLinks: () => {}
      }
      return span
    }
  })
  return { spans, tracer }
}

const exchange = (
  request: (url: string) => HttpClientRequest.HttpClientRequest,
  change: (client: HttpClient.HttpClient) => HttpClient.HttpClient = (client) => client
) =>
  Effect.gen(function* () {
    const server = yield* Loopback.http((received, response) => {
      response.setHeader("set-cookie", "canary-cookie")
      response.setHeader("x-answer", "yes")
      Loopback.mirror(received, response)
    })
    const client = change(yield* NodeHttp.make())
    const response = yield* client.execute(request(server.url))
    return { url: server.url, seen: (yield* response.json) as Loopback.Mirrored }
  })

const plain = (url: string) => HttpClientRequest.get(url)

describe("tracing", () => {
  it.scopedLive("a span with what an operator needs, and none of the secrets", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const { seen, url } = yield* exchange((url) =>
        HttpClientRequest.get(`${url}/services?refreshToken=canary-a#canary-b`, {
          urlParams: { code: "canary-c" },
          headers: { authorization: "Bearer canary-d", "proxy-authorization": "canary-e", "x-plain": "shown" }
        })
      ).pipe(Effect.withTracer(tracer))
      assert.strictEqual(spans.length, 1)
      const span = yield* Effect.fromNullable(spans[0])
      assert.strictEqual(span.name, "http.client GET")
      assert.strictEqual(span.kind, "client")
      assert.isTrue(span.exit !== undefined && Exit.isSuccess(span.exit))
      const query = "refreshToken=<redacted>&code=<redacted>"
      assert.deepInclude(Object.fromEntries(span.attributes), {
        "http.request.method": "GET",
        "server.address": url,
        "server.port": Number(new URL(url).port),
        "url.full": `${url}/services?${query}`,
        "url.path": "/services",
        "url.query": query,
        "url.scheme": "http",
        "http.response.status_code": 200,
        "http.request.header.x-plain": "shown",
        "http.request.header.authorization": "<redacted>",
        "http.response.header.x-answer": "yes"
      })
      assert.notInclude(JSON.stringify([...span.attributes]), "canary")
      assert.strictEqual(seen.headers["traceparent"], `00-${span.traceId}-b7ad6b7169203331-01`)
    })
  )

  it.scopedLive("headers named by currentRedactedNames are masked too", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      yield* exchange((url) =>
        HttpClientRequest.get(url, { headers: { "x-own": "canary", authorization: "canary" } })
      ).pipe(Effect.withTracer(tracer), Effect.locally(Headers.currentRedactedNames, ["x-own"]))
      assert.notInclude(JSON.stringify([...(spans[0]?.attributes ?? [])]), "canary")
    })
  )

  it.scopedLive("the caller's span is the parent, also of Effect's own tracer", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      yield* exchange(plain).pipe(Effect.withSpan("caller"), Effect.withTracer(tracer))
      assert.deepStrictEqual(
        spans.map(({ name, parent }) => [name, parent]),
        [
          ["caller", undefined],
          ["http.client GET", "b7ad6b7169203331"]
        ]
      )
      const native = yield* Effect.withSpan(Effect.zip(exchange(plain), Effect.currentSpan), "caller")
      assert.include(native[0].seen.headers["traceparent"], native[1].traceId)
    })
  )

  it.scopedLive("an external parent is continued", () =>
    Effect.gen(function* () {
      const parent = Tracer.externalSpan({ spanId: "b7ad6b7169203331", traceId: "0af7651916cd43dd8448eb211c80319c" })
      const { seen } = yield* Effect.withParentSpan(exchange(plain), parent)
      assert.match(seen.headers["traceparent"] ?? "", /^00-0af7651916cd43dd8448eb211c80319c-/)
    })
  )

  it.scopedLive("nobody watches: no header is added", () =>
    Effect.gen(function* () {
      const { seen } = yield* exchange(plain)
      assert.notProperty(seen.headers, "traceparent")
      assert.notProperty(seen.headers, "b3")
    })
  )

  it.scopedLive("withTracerEnabled(false) and withTracerDisabledWhen: no span, no header", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const off = yield* exchange(plain).pipe(Effect.withTracerEnabled(false), Effect.withTracer(tracer))
      const when = yield* exchange(
        plain,
        HttpClient.withTracerDisabledWhen((request) => request.method === "GET")
      ).pipe(Effect.withTracer(tracer))
      assert.deepStrictEqual(spans, [])
      assert.notProperty(off.seen.headers, "traceparent")
      assert.notProperty(when.seen.headers, "traceparent")
    })
  )

  it.scopedLive("withTracerPropagation(false): a span, no header", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const { seen } = yield* exchange(plain, HttpClient.withTracerPropagation(false)).pipe(Effect.withTracer(tracer))
      assert.strictEqual(spans.length, 1)
      assert.notProperty(seen.headers, "traceparent")
    })
  )

  it.scopedLive("SpanNameGenerator names the span", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      yield* exchange(plain).pipe(
        Effect.provide(Context.make(HttpClient.SpanNameGenerator, (request) => `mls ${request.method}`)),
        Effect.withTracer(tracer)
      )
      assert.strictEqual(spans[0]?.name, "mls GET")
    })
  )

  it.scopedLive("a failure ends its span as one", () =>
    Effect.gen(function* () {
      const { spans, tracer } = recording()
      const client = yield* NodeHttp.make()
      yield* Effect.flip(client.get(`http://127.0.0.1:${yield* Loopback.closedPort}/`)).pipe(Effect.withTracer(tracer))
      assert.isTrue(spans[0]?.exit !== undefined && Exit.isFailure(spans[0].exit))
    })
  )
})
