/** What does signing add to a request's processor time, over a client that answers at once and over a real socket? */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { type Contender, type Sampled, median, processor, ratios, takeTurns } from "./measure.js"
import type { Answer, Row } from "./report.js"
import { startServer } from "./transport.js"

type Client = HttpClient.HttpClient.With<unknown>

/** The bare client of a layer and the signed one over it; the token is one that was given. */
const clients = async (layer: Layer.Layer<HttpClient.HttpClient, unknown>, server: string) => {
  const runtime = ManagedRuntime.make(
    MlServerAuth.layer({ server }).pipe(
      Layer.provideMerge(layer),
      Layer.provide(TokenStore.layerMemory),
      Layer.provide(CredentialSource.layer(Credential.accessToken("x")))
    )
  )
  const [bare, signed] = await runtime.runPromise(Effect.all([HttpClient.HttpClient, AuthHttpClient]))
  return { bare, signed, dispose: () => runtime.dispose() }
}

type Send = () => Effect.Effect<HttpClientResponse.HttpClientResponse, unknown>

/** Both send the same bytes: to the bare client the program gives the header that it has at hand. */
const sends = ({ bare, signed }: { readonly bare: Client; readonly signed: Client }, url: string) => ({
  bare: (): ReturnType<Send> => bare.get(url, { headers: { authorization: "Bearer x" } }),
  signed: (): ReturnType<Send> => signed.get(url)
})

/** `width` fibers share the requests; with `read` each answer's JSON is read. */
const sending = (name: string, send: Send, width: number, read: boolean): Contender => {
  // Each time anew, as a program does: building the request is part of the price.
  const once = Effect.suspend(() => (read ? Effect.flatMap(send(), (answer) => answer.json) : send()))
  return {
    name,
    run: (calls) => {
      const fiber = Effect.repeatN(once, Math.ceil(calls / width) - 1)
      return Effect.runPromise(
        Effect.all(
          Array.from({ length: width }, () => fiber),
          { concurrency: "unbounded", discard: true }
        )
      )
    }
  }
}

const rows = (samples: ReadonlyArray<Sampled>, of: string): ReadonlyArray<Row> => [
  ...samples.map(({ name, perCall }): Row => ({
    what: name,
    values: perCall.map((nanos) => nanos / 1000),
    unit: "us"
  })),
  { what: `signed / bare, ${of}`, values: ratios(samples, "signed", "bare"), unit: "x", atMost: 1.05 }
]

/** Answers at once, with everything that `HttpClient.make` puts around a transport: span, propagation, interruption. */
const fakeLayer = Layer.sync(HttpClient.HttpClient, () => {
  const answer = new Response(null, { status: 200 })
  return HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, answer)))
})

/** Answers at once, with nothing around: the least that a client can cost. */
const leastLayer = Layer.sync(HttpClient.HttpClient, () => {
  const answer = new Response(null, { status: 200 })
  return HttpClient.makeWith(
    Effect.map((request: HttpClientRequest.HttpClientRequest) => HttpClientResponse.fromWeb(request, answer)),
    Effect.succeed as HttpClient.HttpClient.Preprocess<never, never>
  )
})

const fake = async (
  layer: Layer.Layer<HttpClient.HttpClient>,
  rounds: number,
  calls: number
): Promise<ReadonlyArray<Sampled>> => {
  const url = "http://127.0.0.1:12800"
  const made = await clients(layer, url)
  const { bare, signed } = sends(made, `${url}/status`)
  const samples = await takeTurns([sending("bare", bare, 1, false), sending("signed", signed, 1, false)], {
    rounds,
    calls,
    gauge: processor
  })
  await made.dispose()
  return samples
}

const socket = async (rounds: number, calls: number): Promise<ReadonlyArray<Sampled>> => {
  const server = await startServer()
  const made = await clients(NodeHttp.layer({ proxy: "none" }), new URL(server.url).origin)
  const { bare, signed } = sends(made, server.url)
  const samples = await takeTurns([sending("bare", bare, 8, true), sending("signed", signed, 8, true)], {
    rounds,
    calls,
    gauge: processor
  })
  await made.dispose()
  server.stop()
  return samples
}

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const rounds = quick ? 3 : 41
  const constant = await fake(fakeLayer, rounds, quick ? 500 : 4000)
  const least = await fake(leastLayer, rounds, quick ? 500 : 10_000)
  const real = await socket(quick ? 3 : 101, quick ? 200 : 1600)
  const added = median(ratios(least, "signed", "bare").map((ratio, at) => (ratio - 1) * (least[0]?.perCall[at] ?? 0)))
  return [
    {
      question: "A request over a transport that answers at once (HttpClient.make), processor time",
      rows: rows(constant, "fake transport"),
      notes: [`Over a client with nothing around it signing is seen alone: ${added.toFixed(0)} ns a request.`]
    },
    {
      question:
        "A request over a real socket (NodeHttp.layer), processor time of the client, the server in another process",
      rows: rows(real, "real socket"),
      notes: ["Eight fibers; both clients build each request and send the same bytes, and each answer's JSON is read."]
    }
  ]
}
