/** The bare client in a page. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { BrowserHttp } from "@mlserver-auth/browser"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { offer, told } from "./offer.js"

interface Asked {
  readonly url: string
  readonly method?: "GET" | "POST"
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly streamed?: boolean
  readonly options?: BrowserHttp.Options
}

const requestOf = ({ body, headers = {}, method = "GET", streamed = false, url }: Asked) => {
  const request = HttpClientRequest.make(method)(url, { headers })
  if (body === undefined) return request
  return streamed
    ? HttpClientRequest.bodyStream(request, Stream.fromIterable(body).pipe(Stream.encodeText))
    : HttpClientRequest.bodyText(request, body)
}

const send = (asked: Asked) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const answer = yield* client.execute(requestOf(asked))
    return {
      status: answer.status,
      headers: { ...answer.headers },
      text: yield* answer.text,
      shown: JSON.stringify(answer)
    }
  }).pipe(Effect.provide(BrowserHttp.layer(asked.options)))

const causeOf = (error: unknown) => {
  const { code, sent } = Object(Object(error).cause) as { readonly code?: string; readonly sent?: boolean }
  return { code, sent }
}

let under: Fiber.RuntimeFiber<unknown, unknown> = Effect.runFork(Effect.void)

offer({
  send: (asked: Asked) => Effect.runPromiseExit(send(asked)).then(told),
  cause: (asked: Asked) => Effect.runPromise(Effect.map(Effect.flip(send(asked)), causeOf)),
  begin: (asked: Asked) => {
    under = Effect.runFork(send(asked))
    return Promise.resolve()
  },
  /** Interrupts what was begun. */
  leave: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(under)))
})
