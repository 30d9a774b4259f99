/** The answer as `@effect/platform` wants it, over a reader of bytes. */
import { concealsRequest } from "@mlserver-auth/core/AuthHttpClient"
import * as RequestReport from "@mlserver-auth/core/RequestReport"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { IncomingHttpHeaders } from "node:http"
import { BodyReader } from "./body.js"
import type { ByteReader } from "./byteReader.js"
import { decode } from "./decoding.js"
import type { Exchange } from "../exchange.js"
import { maskedRequest } from "../report.js"

/** The answer to `request`. Nothing is read, decoded or copied before it is asked for. */
export class NodeResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  private readonly sent: HttpClientRequest.HttpClientRequest
  private readonly exchange: Exchange
  private readonly maxBytes: number
  private readonly begun: ByteReader | undefined
  private reader: BodyReader | undefined = undefined
  private lazyRequest: HttpClientRequest.HttpClientRequest | undefined = undefined
  private lazyHeaders: Headers.Headers | undefined = undefined
  private lazyCookies: Cookies.Cookies | undefined = undefined

  /** `begun`: the body, where some of it was read already. */
  constructor(sent: HttpClientRequest.HttpClientRequest, exchange: Exchange, maxBytes: number, begun?: ByteReader) {
    super()
    this.begun = begun
    this.sent = sent
    this.exchange = exchange
    this.maxBytes = maxBytes
  }

  get request(): HttpClientRequest.HttpClientRequest {
    return (this.lazyRequest ??= maskedRequest(this.sent))
  }

  /** The request is shown with its credentials masked, and made only for those who look. */
  get [concealsRequest](): true {
    return true
  }

  get status(): number {
    return this.exchange.status
  }

  get headers(): Headers.Headers {
    return (this.lazyHeaders ??= Headers.fromInput(this.exchange.headers))
  }

  get cookies(): Cookies.Cookies {
    return (this.lazyCookies ??= Cookies.fromSetCookie(this.exchange.headers["set-cookie"] ?? []))
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.bytes, (bytes) => new Uint8Array(bytes).buffer)
  }

  get text(): Effect.Effect<string, HttpClientError.ResponseError> {
    return Effect.map(this.bytes, textOf)
  }

  get json(): Effect.Effect<unknown, HttpClientError.ResponseError> {
    return Effect.flatMap(this.bytes, (bytes) => {
      const text = textOf(bytes)
      if (text === "") return Effect.succeed(null)
      try {
        return Effect.succeed<unknown>(JSON.parse(text))
      } catch {
        // The parser's own message quotes the text, which may hold a token.
        return Effect.fail(this.error(new SyntaxError("the body is not JSON")))
      }
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.ResponseError> {
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.ResponseError> {
    return Effect.flatMap(this.bytes, (bytes) =>
      Effect.tryPromise({
        try: () => new Response(new Uint8Array(bytes), { headers: contentType(this.exchange.headers) }).formData(),
        catch: (cause) => this.error(cause)
      })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    return Stream.unwrap(
      Effect.withFiberRuntime<Stream.Stream<Uint8Array, HttpClientError.ResponseError>>((fiber) =>
        Effect.succeed(Stream.mapError(this.body.stream(this.limit(fiber)), (cause) => this.error(cause)))
      )
    )
  }

  override toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: { method: this.sent.method, url: RequestReport.bareUrl(this.sent.url) },
      status: this.status,
      headers: { ...RequestReport.maskedHeaders(this.headers) }
    }
  }

  private get bytes(): Effect.Effect<Uint8Array, HttpClientError.ResponseError> {
    return Effect.withFiberRuntime<Uint8Array, HttpClientError.ResponseError>((fiber) => {
      const collected = this.body.collect(this.limit(fiber))
      const { whole } = this.body
      return whole === undefined ? Effect.mapError(collected, (cause) => this.error(cause)) : Effect.succeed(whole)
    })
  }

  private get body(): BodyReader {
    return (this.reader ??= new BodyReader(
      this.begun ?? decode(this.exchange, this.exchange.headers["content-encoding"])
    ))
  }

  private limit(fiber: Fiber.RuntimeFiber<unknown, unknown>): number {
    const asked = Context.get(fiber.currentContext, HttpIncomingMessage.MaxBodySize)
    return Option.isNone(asked) ? this.maxBytes : Math.min(this.maxBytes, Number(asked.value))
  }

  private error(cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({
      request: RequestReport.reported(this.sent),
      response: this,
      reason: "Decode",
      cause,
      ...(cause instanceof Error && "code" in cause ? { description: cause.message } : undefined)
    })
  }
}

const contentType = (headers: IncomingHttpHeaders): Record<string, string> => {
  const type = headers["content-type"]
  return type === undefined ? {} : { "content-type": type }
}

/** UTF-8 with a leading byte order mark dropped, as `Response.text` does. */
const textOf = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
