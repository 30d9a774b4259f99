import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { inspect } from "node:util"
import * as Loopback from "./loopback.js"

interface TransportCause {
  readonly code?: string
  readonly sent?: boolean
}

const causeOf = (error: { readonly cause?: unknown }) => error.cause as TransportCause

describe("failures that a caller can tell apart", () => {
  it.scopedLive("nobody listens: ECONNREFUSED, surely not sent", () =>
    Effect.gen(function* () {
      const client = yield* NodeHttp.make()
      const error = yield* Effect.flip(client.get(`http://127.0.0.1:${yield* Loopback.closedPort}/`))
      assert.strictEqual(error.reason, "Transport")
      assert.strictEqual(causeOf(error).code, "ECONNREFUSED")
      assert.strictEqual(causeOf(error).sent, false)
      assert.include(error.message, "ECONNREFUSED")
    })
  )

  it.scopedLive("no such name: a resolver's code, surely not sent", () =>
    Effect.gen(function* () {
      const client = yield* NodeHttp.make({ proxy: "none" })
      const error = yield* Effect.flip(client.get("http://no-such-host.invalid/"))
      assert.match(causeOf(error).code ?? "", /^(ENOTFOUND|EAI_AGAIN)$/)
      assert.strictEqual(causeOf(error).sent, false)
    })
  )

  it.scopedLive("a TLS handshake that never ends: connect timeout, surely not sent", () =>
    Effect.gen(function* () {
      const silent = yield* Loopback.tcp(() => {})
      const client = yield* NodeHttp.make({ connectTimeout: "50 millis" })
      const error = yield* Effect.flip(client.get(silent.url.replace("http:", "https:")))
      assert.strictEqual(causeOf(error).code, "MLS_CONNECT_TIMEOUT")
      assert.strictEqual(causeOf(error).sent, false)
    })
  )

  it.scopedLive("no headers in time: headers timeout, and it may have been sent", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(() => {})
      const client = yield* NodeHttp.make({ headersTimeout: "50 millis" })
      const error = yield* Effect.flip(client.get(server.url))
      assert.strictEqual(error.reason, "Transport")
      assert.strictEqual(causeOf(error).code, "MLS_HEADERS_TIMEOUT")
      assert.isUndefined(causeOf(error).sent)
      yield* server.drained
    })
  )

  it.scopedLive("a body that stops coming: body timeout", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((_, response) => void response.write("begun"))
      const client = yield* NodeHttp.make({ bodyTimeout: "50 millis" })
      const error = yield* Effect.flip(Effect.flatMap(client.get(server.url), (response) => response.text))
      assert.strictEqual(error._tag, "ResponseError")
      assert.strictEqual(causeOf(error).code, "MLS_BODY_TIMEOUT")
      yield* server.drained
    })
  )

  it.scopedLive("a connection closed instead of an answer: may have been sent", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((request) => void request.socket.destroy())
      const client = yield* NodeHttp.make()
      const error = yield* Effect.flip(client.get(server.url))
      assert.strictEqual(error.reason, "Transport")
      assert.isUndefined(causeOf(error).sent)
      assert.match(causeOf(error).code ?? "", /^ECONNRESET$/)
    })
  )

  it.scopedLive("something that does not speak HTTP", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.tcp((socket) => void socket.end("220 smtp ready\r\n"))
      const client = yield* NodeHttp.make()
      assert.strictEqual((yield* Effect.flip(client.get(server.url))).reason, "Transport")
    })
  )
})

describe("no secret in what a failure or an answer prints", () => {
  const secret = (url: string) =>
    HttpClientRequest.post(`${url}/login?code=canary-in-url`, {
      urlParams: { refreshToken: "canary-parameter" },
      headers: { authorization: "Bearer canary-token", cookie: "canary-cookie", "proxy-authorization": "canary-proxy" }
    }).pipe(HttpClientRequest.bodyUnsafeJson({ password: "canary-password" }))

  const printed = (value: unknown) => [String(value), inspect(value, { depth: 12 }), JSON.stringify(value)].join("\n")

  it.scopedLive("a RequestError", () =>
    Effect.gen(function* () {
      const client = yield* NodeHttp.make({ proxy: "none" })
      const url = `http://127.0.0.1:${yield* Loopback.closedPort}`
      const error = yield* Effect.flip(client.execute(secret(url)))
      assert.include(printed(error), `${url}/login`)
      assert.notInclude(printed(error), "canary")
    })
  )

  it.scopedLive("a response and a ResponseError, of this client or of filterStatusOk", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((_, response) => {
        response.writeHead(403, { "set-cookie": "canary-set", "content-type": "application/json" })
        response.end("canary-body")
      })
      const client = yield* NodeHttp.make()
      const request = HttpClientRequest.get(server.url, { headers: { authorization: "Bearer canary-token" } })
      const response = yield* client.execute(request)
      assert.notInclude(printed(response), "canary")
      assert.notInclude(printed(yield* Effect.flip(response.json)), "canary")
      const refused = yield* Effect.flip(HttpClient.filterStatusOk(client).execute(request))
      assert.notInclude(printed(refused), "canary")
    })
  )

  it.scopedLive("and yet the response knows its request", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(Loopback.mirror)
      const client = yield* NodeHttp.make()
      const response = yield* client.execute(secret(server.url))
      assert.strictEqual(response.request.url, `${server.url}/login?code=canary-in-url`)
      assert.strictEqual(response.request.body._tag, "Uint8Array")
      assert.strictEqual(response.request.headers["authorization"], "<redacted>")
      assert.isTrue(HttpClientRequest.TypeId in response.request)
      const again = HttpClientRequest.setHeader(response.request, "x-more", "1")
      assert.deepInclude(again, { method: "POST", url: response.request.url })
      assert.notInclude(inspect(response.request, { depth: 10 }), "canary-token")
      assert.strictEqual(((yield* response.json) as Loopback.Mirrored).headers["authorization"], "Bearer canary-token")
    })
  )
})

describe("options", () => {
  for (const [setting, options] of [
    ["connections", { connections: 0 }],
    ["connections", { connections: 1.5 }],
    ["maxResponseBytes", { maxResponseBytes: Number.NaN }],
    ["headersTimeout", { headersTimeout: "40 days" }]
  ] as const) {
    it.scopedLive(`${inspect(options)} is refused by name`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(NodeHttp.make(options))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.strictEqual(error.setting, setting)
      })
    )
  }

  it.scopedLive("a limit can be switched off", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http(Loopback.mirror)
      const client = yield* NodeHttp.make({ headersTimeout: Duration.infinity, bodyTimeout: Duration.infinity })
      assert.strictEqual((yield* client.get(server.url)).status, 200)
    })
  )

  it.scopedLive("a limit may have fractions of a millisecond", () =>
    Effect.gen(function* () {
      const server = yield* Loopback.http((received, response) => {
        if (received.url === "/") Loopback.mirror(received, response)
      })
      const client = yield* NodeHttp.make({ headersTimeout: Duration.millis(300.5), bodyTimeout: "0.30015 seconds" })
      assert.strictEqual((yield* client.get(server.url)).status, 200)
      const error = yield* Effect.flip(client.get(`${server.url}/silent`))
      assert.strictEqual((error.cause as { readonly code?: string }).code, "MLS_HEADERS_TIMEOUT")
    })
  )

  it.live("layerConfig reads them", () =>
    Effect.gen(function* () {
      const config = NodeHttp.layerConfig({ caFile: Config.string("CA_FILE") })
      const error = yield* Effect.flip(
        Effect.provide(HttpClient.HttpClient, config).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["CA_FILE", "/no/such/file.pem"]])))
        )
      )
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.include(error.message, "/no/such/file.pem")
    })
  )
})
