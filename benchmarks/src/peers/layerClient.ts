/** An `HttpClient` of a layer: one fiber sends its share, as an Effect program would. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Run } from "../oneClient.js"

const headers = { authorization: "Bearer x" }

export const over = (layer: Layer.Layer<HttpClient.HttpClient, unknown>): Run => {
  const runtime = ManagedRuntime.make(layer)
  const send = (url: string) =>
    Effect.flatMap(HttpClient.HttpClient, (client) =>
      Effect.flatMap(client.get(url, { headers }), (response) => response.json)
    )
  return (url, count) => runtime.runPromise(Effect.repeatN(send(url), count - 1))
}
