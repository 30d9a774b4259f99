/**
 * A response whose body is in memory: everything about it is synchronous, which a fetch `Response` is not.
 */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Answer } from "./Reply.js"

/** An answer of the server as a client receives it. */
export class InMemoryResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly remoteAddress = Option.some("127.0.0.1")
  readonly #answer: Answer

  constructor(request: HttpClientRequest.HttpClientRequest, answer: Answer) {
    super()
    this.request = request
    this.status = answer.status
    this.headers = Headers.unsafeFromRecord({ ...answer.headers })
    this.#answer = answer
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie(this.headers["set-cookie"] ?? [])
  }

  get #bytes(): Effect.Effect<Uint8Array> {
    const { body, stalled } = this.#answer
    if (stalled === true) return Effect.never
    return Effect.sync(() => (typeof body === "string" ? new TextEncoder().encode(body) : body))
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    const { body, stalled } = this.#answer
    return stalled !== true && typeof body === "string"
      ? Effect.succeed(body)
      : Effect.map(this.#bytes, (bytes) => new TextDecoder().decode(bytes))
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.flatMap(this.text, (text) =>
      Effect.try({ try: (): unknown => (text === "" ? null : JSON.parse(text)), catch: this.#decodeError })
    )
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.#bytes, (bytes) => new Uint8Array(bytes).buffer)
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: this.headers }).formData(),
        catch: this.#decodeError
      })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    const { body, stalled } = this.#answer
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
    if (stalled !== true) return Stream.make(bytes)
    return Stream.concat(Stream.make(bytes.slice(0, Math.ceil(bytes.length / 2))), Stream.never)
  }

  readonly #decodeError = (cause: unknown) =>
    new HttpClientError.ResponseError({ request: this.request, response: this, reason: "Decode", cause })

  toJSON(): unknown {
    return { _id: "@mlserver-auth/dev-server/InMemoryResponse", status: this.status }
  }
}
