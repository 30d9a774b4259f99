/** Another HTTP client below: the built-in fetch, with a header of the application's own on every request. */
import { AuthHttpClient, CredentialSource, MlServerAuth, TokenStore } from "@mlserver-auth/core"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { randomUUID } from "node:crypto"

const Http = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.mapRequest((request) => HttpClientRequest.setHeader(request, "x-correlation-id", randomUUID()))
  )
).pipe(Layer.provide(FetchHttpClient.layer))

const Auth = MlServerAuth.layerConfig({ server: Config.string("MLS_HOST") }).pipe(
  Layer.provide([Http, TokenStore.layerMemory, CredentialSource.layerConfig()])
)

const program = Effect.gen(function* () {
  // What repeats or judges answers goes around the signed client, where each try is signed anew.
  const http = HttpClient.retryTransient(HttpClient.filterStatusOk(yield* AuthHttpClient.AuthHttpClient), { times: 2 })
  const { request, status } = yield* http.get("/services")
  return `${status}, ${request.headers["x-correlation-id"]?.length} characters of x-correlation-id`
})

console.log(await Effect.runPromise(program.pipe(Effect.provide(Auth))))
