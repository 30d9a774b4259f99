/** The way of a program's requests to the API: the signed client as it ships, over a wire whose every request is a step. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Shared } from "./ports.js"
import type { Pair } from "./server.js"

/** With the token's own words: an access token of the model is the name of its pair. */
const sentWith = ({ headers }: HttpClientRequest.HttpClientRequest): Pair =>
  (headers["authorization"] ?? "").replace(/^Bearer /, "")

/** No body, and said so: nothing has to be read, which would be a step that nobody takes. */
const answerOf = (request: HttpClientRequest.HttpClientRequest, status: number) =>
  HttpClientResponse.fromWeb(request, new Response(null, { status, headers: { "content-length": "0" } }))

/**
 * What a program sends its requests with, before they are signed; each has an address of its own. One that is sent was handed a
 * token, and not the one that it has met a 401 with.
 */
export const clientOf = ({ machine, monitor, server }: Shared, process: number): HttpClient.HttpClient => {
  const rejected = new Map<string, Pair>()
  return HttpClient.make((request) =>
    Effect.suspend(() => {
      const pair = sentWith(request)
      monitor.returned(process, pair, rejected.get(request.url), false)
      return machine.park<HttpClientResponse.HttpClientResponse, never>(process, () => {
        const isIn = server.accepts(pair)
        const take = () => {
          if (!isIn) rejected.set(request.url, pair)
          return Exit.succeed(answerOf(request, isIn ? 200 : 401))
        }
        return [{ label: `asks with ${pair}: ${isIn ? "200" : "401"}`, take }]
      })
    })
  )
}
