/**
 * The adapter without sockets: an `HttpClient` whose other end is the server in the same process. Time is the fiber's
 * Clock, so tests run under
 * TestClock; a request that has arrived is worked on to its end even when its sender goes away, as on a real server.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Api } from "../api/Api.js"
import { InMemoryResponse } from "./InMemoryResponse.js"
import type { Reply } from "./Reply.js"

const concat = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()

const raw = (body: unknown): Effect.Effect<Uint8Array, unknown> => {
  if (typeof body === "string") return Effect.succeed(encoder.encode(body))
  if (body instanceof Uint8Array) return Effect.succeed(body)
  if (body instanceof ReadableStream || body instanceof Blob || body instanceof ArrayBuffer) {
    return Effect.tryPromise(() => new Response(body).arrayBuffer().then((buffer) => new Uint8Array(buffer)))
  }
  return Effect.fail("a raw body of this kind cannot be sent in process")
}

const bytes = (body: HttpBody.HttpBody): Effect.Effect<Uint8Array, unknown> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(NOTHING)
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Raw":
      return raw(body.body)
    case "FormData":
      return Effect.tryPromise(() => new Response(body.formData).arrayBuffer().then((it) => new Uint8Array(it)))
    case "Stream":
      return Stream.runFold(body.stream, NOTHING, concat)
  }
}

const transport = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  new HttpClientError.RequestError({ request, reason: "Transport", description })

/**
 * A client that reaches this server and nothing else: any other origin is as unreachable as a host that does not
 * listen.
 */
export const make = (api: Api, url: string, scope: Scope.Scope): HttpClient.HttpClient => {
  const origin = new URL(url).origin
  const receive = (request: HttpClientRequest.HttpClientRequest, exit: Exit.Exit<Reply>) => {
    if (Exit.isFailure(exit)) {
      return Cause.isInterruptedOnly(exit.cause)
        ? Effect.fail(transport(request, "the server has stopped"))
        : Effect.failCause(exit.cause)
    }
    return exit.value === "dropped"
      ? Effect.fail(transport(request, "the connection was closed without an answer"))
      : Effect.succeed(new InMemoryResponse(request, exit.value))
  }
  return HttpClient.make((request, target) => {
    if (target.origin !== origin) return Effect.fail(transport(request, `nothing listens at ${target.origin}`))
    return bytes(request.body).pipe(
      Effect.mapError((cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })),
      Effect.flatMap((body) => {
        const { pathname: path, search } = target
        const asked = { method: request.method, path, query: search.slice(1), headers: request.headers, body }
        return Effect.forkIn(Effect.interruptible(api.handle(asked)), scope)
      }),
      Effect.flatMap(Fiber.await),
      Effect.flatMap((exit) => receive(request, exit))
    )
  })
}
