/** What the instrumentation of the application around us records of our calls: OpenTelemetry's own, for both HTTP clients of Node. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { Credential, CredentialSource, MlServerAuth, Session, TokenStore, type AuthError } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeHttp } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import { context, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http"
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici"
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { createRequire, syncBuiltinESMExports } from "node:module"
import * as Http from "node:http"
import { afterAll, afterEach, beforeAll } from "vitest"

const exporter = new InMemorySpanExporter()
const instrumentations = [
  new HttpInstrumentation({ disableIncomingRequestInstrumentation: true }),
  new UndiciInstrumentation()
]

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(provider)
  for (const each of instrumentations) {
    each.setTracerProvider(provider)
    each.enable()
  }
  // It is the first `require` that is instrumented, and modules see of it what is made known to them.
  const require = createRequire(import.meta.url)
  require("http")
  require("https")
  syncBuiltinESMExports()
})
afterEach(() => exporter.reset())
afterAll(() => {
  for (const each of instrumentations) each.disable()
  syncBuiltinESMExports()
  trace.disable()
  context.disable()
})

/** A client of the application's own, on node:http. */
const onNodeHttp = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request, url, signal) =>
    Effect.async<HttpClientResponse.HttpClientResponse>((resume) => {
      const { body, headers, method } = request
      const sent = Http.request(url, { method, headers, signal }, (answer) => {
        const chunks: Array<Buffer> = []
        answer.on("data", (chunk: Buffer) => chunks.push(chunk))
        answer.on("end", () => {
          const response = new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500 })
          resume(Effect.succeed(HttpClientResponse.fromWeb(request, response)))
        })
      })
      sent.end(body._tag === "Uint8Array" ? body.body : undefined)
    })
  )
)

const TRANSPORTS = [
  ["NodeHttp", NodeHttp.layer()],
  ["the built-in fetch", FetchHttpClient.layer],
  ["a client on node:http", onNodeHttp]
] as const satisfies ReadonlyArray<
  readonly [string, Layer.Layer<HttpClient.HttpClient, AuthError.ConfigurationInvalid>]
>

const credential = Credential.usernamePassword(Accounts.ada)

/** A session by that transport at a new server, and the call of an application. */
const set = (transport: (typeof TRANSPORTS)[number][1]) =>
  Effect.gen(function* () {
    const server = yield* DevServer.make()
    const layer = MlServerAuth.layer({ server: server.url }).pipe(
      Layer.provide([TokenStore.layerMemory, CredentialSource.layer(credential)]),
      Layer.provideMerge(transport)
    )
    const status = Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      yield* Effect.flatMap(http.get(`${server.url}/status`), (response) => response.text)
    })
    return { layer, server, status }
  })

const recorded = () => exporter.getFinishedSpans().map(({ attributes }) => JSON.stringify(attributes))
const ofApplication = () => recorded().filter((text) => text.includes('/status"'))
const ofRevocation = () => recorded().filter((text) => /refreshToken/i.test(text))

describe("instrumentation of the application", () => {
  for (const [name, transport] of TRANSPORTS) {
    for (const [how, status] of [
      ["as ever", undefined],
      ["503", 503]
    ] as const) {
      it.scopedLive(`records no refresh token at a sign-out by ${name}, answered ${how}`, () =>
        Effect.gen(function* () {
          const { layer, server, ...application } = yield* set(transport)
          if (status !== undefined) yield* server.control.answerNext({ on: "revoke", status })
          const story = Effect.gen(function* () {
            const session = yield* Session.Session
            yield* application.status
            yield* session.signIn()
            const { revocation } = yield* session.signOut
            yield* application.status
            return revocation
          })
          const revocation = yield* Effect.provide(story, layer)
          assert.strictEqual(revocation, status === undefined ? "Revoked" : "Unreachable")
          assert.deepStrictEqual(ofRevocation(), [])
          // The application's own calls are recorded as ever, also afterwards.
          assert.lengthOf(ofApplication(), 2)
        })
      )
    }

    it.scopedLive(`records what else is called by ${name} while a sign-out is under way`, () =>
      Effect.gen(function* () {
        const { layer, server, status } = yield* set(transport)
        const story = Effect.gen(function* () {
          const session = yield* Session.Session
          yield* session.signIn()
          const gate = yield* server.control.hold("revoke")
          const signingOut = yield* Effect.fork(session.signOut)
          yield* gate.awaitWaiting()
          yield* Effect.all([status, status, status], { concurrency: "unbounded" })
          yield* gate.release
          yield* Effect.all([status, Fiber.join(signingOut), status], { concurrency: "unbounded" })
          yield* status
        })
        yield* Effect.provide(story, layer)
        assert.deepStrictEqual(ofRevocation(), [])
        assert.lengthOf(ofApplication(), 6)
      })
    )
  }
})
