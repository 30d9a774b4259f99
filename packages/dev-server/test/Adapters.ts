/** Both adapters behind one face, so that one suite runs over both. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as DevServer from "../src/DevServer.js"

/** What a test sees of an answer. */
export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** A server with ways to ask it things. */
export interface Peer extends DevServer.Service {
  readonly client: HttpClient.HttpClient
  readonly ask: (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    options?: { readonly token?: string | undefined; readonly body?: unknown; readonly text?: string }
  ) => Effect.Effect<Seen, HttpClientError.HttpClientError>
  readonly login: (who: {
    readonly username: string
    readonly password: string
  }) => Effect.Effect<Pair, HttpClientError.HttpClientError>
}

/** A token answer. */
export interface Pair {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly expires_on: number
}

/** The object in a JSON body, to be compared, not trusted. */
export const parsed = <A>(seen: Seen): A => JSON.parse(seen.text)

const peer = (service: DevServer.Service, client: HttpClient.HttpClient): Peer => {
  const ask: Peer["ask"] = (method, path, options = {}) => {
    const request = HttpClientRequest.make(method)(`${service.url}${path}`, {
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
    })
    const text = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const full = text === undefined ? request : HttpClientRequest.bodyText(request, text, "application/json")
    return Effect.flatMap(client.execute(full), (response) =>
      Effect.map(response.text, (text) => ({ status: response.status, headers: response.headers, text }))
    )
  }
  const login: Peer["login"] = ({ password, username }) =>
    Effect.map(ask("POST", "/login", { body: { username, password } }), parsed<Pair>)
  return { ...service, client, ask, login }
}

/** A server in process. */
export const peerInProcess = (options: DevServer.InProcessOptions) =>
  Effect.map(DevServer.makeInProcess(options), ({ client, ...service }) => peer(service, client))

/** The ways to run a server; the rest of the suite does not know which it has. */
export const adapters: ReadonlyArray<{
  readonly name: string
  readonly make: (options?: DevServer.Options) => Effect.Effect<Peer, DevServer.ListenError, Scope.Scope>
}> = [
  {
    name: "socket",
    make: (options) =>
      Effect.flatMap(DevServer.make(options), (service) =>
        Effect.map(HttpClient.HttpClient, (client) => peer(service, client)).pipe(
          Effect.provide(FetchHttpClient.layer),
          Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
        )
      )
  },
  {
    name: "in process",
    make: (options = {}) => peerInProcess(options)
  },
  {
    name: "in process, opaque tokens",
    make: (options) => peerInProcess({ ...options, tokenFormat: "opaque" })
  }
]
