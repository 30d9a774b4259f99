/** The body of an answer, piece by piece. */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TimeLimit from "../TimeLimit.js"

/**
 * A client puts this on its answers to say that their `request` shows no credentials by itself; signing then leaves that
 * request alone, which is cheaper where it is made only for those who ask.
 *
 * @example
 * import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const concealing = (response: HttpClientResponse.HttpClientResponse) =>
 *   Object.assign(response, { [AuthHttpClient.concealsRequest]: true })
 */
export const concealsRequest: unique symbol = Symbol.for("@mlserver-auth/core/AuthHttpClient/concealsRequest") as never

/**
 * A client over fetch puts this on the `request` of its answers: the body as fetch gave it, `null` where there is none. It
 * is read by its own reader then, which costs a tenth of a stream.
 *
 * @example
 * import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const answer = (request: HttpClientRequest.HttpClientRequest, fetched: Response) =>
 *   HttpClientResponse.fromWeb(Object.assign(request, { [AuthHttpClient.fetchedBody]: fetched.body }), fetched)
 */
export const fetchedBody: unique symbol = Symbol.for("@mlserver-auth/core/AuthHttpClient/fetchedBody") as never

type Body = ReadableStream<Uint8Array> | null

/**
 * Until the body ends, or `take` has had enough and answers false; the rest is called off then. `onError` says what becomes
 * of a failure before a fiber ends with it, which would log it: it holds the request, and so a secret.
 */
export const eachChunk = <E>(
  response: HttpClientResponse.HttpClientResponse,
  take: (chunk: Uint8Array) => boolean,
  onError: (error: HttpClientError.ResponseError) => E
): Effect.Effect<void, E> => {
  const { request } = response
  return fetchedBody in request
    ? Effect.tryPromise({
        try: (signal) => read(request[fetchedBody] as Body, take, signal),
        catch: (cause) => onError(new HttpClientError.ResponseError({ request, response, reason: "Decode", cause }))
      })
    : Stream.runForEachWhile(
        Stream.catchAll(response.stream, (error) =>
          error.reason === "EmptyBody" ? Stream.empty : Stream.fail(onError(error))
        ),
        (chunk) => Effect.succeed(take(chunk))
      )
}

const read = async (body: Body, take: (chunk: Uint8Array) => boolean, signal: AbortSignal): Promise<void> => {
  if (body === null) return
  const reader = body.getReader()
  const leave = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener("abort", leave)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || !take(value)) return
    }
  } finally {
    leave()
  }
}

/** Announced bodies up to this many bytes are read whole, which costs a fifth of running a stream. */
const SMALL = 65_536

/** An answer that is left unread keeps its connection; a server that trickles must not keep the caller. */
export const drained = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> => {
  const length = Number(response.headers["content-length"] ?? Number.NaN)
  if (length === 0) return Effect.void
  let chunks = 0
  const rest =
    length <= SMALL
      ? Effect.ignore(response.arrayBuffer)
      : Effect.ignore(
          eachChunk(
            response,
            () => ++chunks < 64,
            () => "unread"
          )
        )
  return Effect.asVoid(TimeLimit.timeoutOption("2 seconds")(rest))
}
