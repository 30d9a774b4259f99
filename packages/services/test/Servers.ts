/** A server in the process, and services over a client that is signed in there. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Services from "../src/Services.js"

/** Who signs in. */
export interface User {
  readonly username: string
  readonly password: string
}

/** What tests mostly want. */
export const { ada, olga, rhea } = Accounts

/** A server, whose batches are done at once unless told. */
export const server = (options: DevServer.InProcessOptions = {}) =>
  DevServer.makeInProcess({ tokenFormat: "opaque", recordTime: 0, ...options })

type Server = Effect.Effect.Success<ReturnType<typeof server>>

export const signedIn = (
  { client, url }: { readonly client: HttpClient.HttpClient; readonly url: string },
  who: User
) =>
  MlServerAuth.layer({ server: url }).pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, client),
      TokenStore.layerMemory,
      CredentialSource.layer(Credential.usernamePassword(who))
    ])
  )

/** The services as that user has them, and the signed client beneath. */
export const servicesOf = (peer: Server, who: User = ada) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(Layer.provideMerge(Services.layer, signedIn(peer, who)))
    return yield* Effect.all({ services: Services.Services, client: AuthHttpClient.AuthHttpClient }).pipe(
      Effect.provide(context)
    )
  })

/** A signed client in whose place this function answers: for answers that no server of ours gives. */
export const answering = (
  answer: (
    method: string,
    path: string,
    body: string
  ) => { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }
): Services.Service =>
  Services.make(
    HttpClient.mapRequest(
      HttpClient.make((request, url) =>
        Effect.sync(() => {
          const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
          const {
            headers = {},
            status = 200,
            body: text
          } = answer(request.method, `${url.pathname}${url.search}`, body)
          return HttpClientResponse.fromWeb(request, new Response(text, { status, headers }))
        })
      ),
      HttpClientRequest.prependUrl("https://mls.example.com")
    )
  )
