/** The least that an `HttpClient` over `node:http` can be: what is left is what Effect and the requests' values cost. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import { over } from "./layerClient.js"

const agent = new Http.Agent({ keepAlive: true })

/** Its JSON is all that is asked for here. */
const answer = (body: Buffer): Pick<HttpClientResponse.HttpClientResponse, "json"> => ({
  json: Effect.sync((): unknown => JSON.parse(body.toString()))
})

const send = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.async<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((resume) => {
    const { headers, method, url } = request
    const sent = Http.request(url, { agent, method, headers: { ...headers } }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resume(Effect.succeed(answer(Buffer.concat(chunks)) as HttpClientResponse.HttpClientResponse))
      )
    })
    sent.on("error", (cause) =>
      resume(Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause })))
    )
    sent.end()
    return Effect.sync(() => sent.destroy())
  })

const client = HttpClient.makeWith(
  Effect.flatMap(send),
  Effect.succeed as HttpClient.HttpClient.Preprocess<never, never>
)

export const make = () => over(Layer.succeed(HttpClient.HttpClient, client))
