/** Bodies as they are written: bytes at once, or a stream. */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import * as Cause from "effect/Cause"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import { NotEncodable, UploadFailed } from "../failure.js"
import type { Sendable } from "./upload.js"

/** Longer ones are written piece by piece, so that a slow connection differs from one that stands still. */
const AT_ONCE = 1024 * 1024

/** What most requests have: nothing, or bytes in memory. */
type Ready = HttpBody.Empty | HttpBody.Uint8Array

/** Whether `ready` can tell at once what to send, without an effect. */
export const isReady = (body: HttpBody.HttpBody): body is Ready => body._tag === "Empty" || body._tag === "Uint8Array"

export const ready = (body: Ready): Sendable => (body._tag === "Empty" ? NOTHING : { content: whole(body.body) })

/** The body of a request. `NotEncodable` for a raw one of no known kind. */
export const of = (body: Exclude<HttpBody.HttpBody, Ready>): Effect.Effect<Sendable, NotEncodable> => {
  switch (body._tag) {
    case "Raw":
      return raw(body.body)
    case "FormData":
      return form(body.formData)
    case "Stream":
      return Effect.map(Effect.runtime<never>(), (runtime) => ({ content: streaming(body, runtime) }))
  }
}

const NOTHING: Sendable = { content: undefined }

const whole = (bytes: Uint8Array): Uint8Array | Readable => (bytes.byteLength <= AT_ONCE ? bytes : pieces(bytes))

const pieces = (bytes: Uint8Array): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.byteLength; at += AT_ONCE / 4) yield bytes.subarray(at, at + AT_ONCE / 4)
    })(),
    { objectMode: false }
  )

const raw = (body: unknown): Effect.Effect<Sendable, NotEncodable> => {
  if (body === null || body === undefined) return Effect.succeed(NOTHING)
  if (typeof body === "string") return Effect.succeed({ content: whole(Buffer.from(body)) })
  if (body instanceof Uint8Array) return Effect.succeed({ content: whole(body) })
  if (body instanceof ArrayBuffer) return Effect.succeed({ content: whole(new Uint8Array(body)) })
  if (body instanceof Readable) return Effect.succeed({ content: body })
  if (body instanceof Blob) return Effect.promise(async () => ({ content: new Uint8Array(await body.arrayBuffer()) }))
  // Named after what else there is, since to touch the class itself loads all of Node's own HTTP client.
  if (Object.prototype.toString.call(body) === "[object FormData]") return form(body as FormData)
  return isIterable(body)
    ? Effect.succeed({ content: Readable.from(body, { objectMode: false }) })
    : Effect.fail(new NotEncodable("a body of a kind that cannot be written"))
}

const isIterable = (body: unknown): body is Iterable<Uint8Array> =>
  typeof body === "object" && body !== null && (Symbol.asyncIterator in body || Symbol.iterator in body)

/** In memory, so that it has a length: some servers do not take a form without. */
const form = (data: FormData): Effect.Effect<Sendable> =>
  Effect.promise(async () => {
    const encoded = new Response(data)
    const type = encoded.headers.get("content-type") ?? undefined
    return { content: whole(new Uint8Array(await encoded.arrayBuffer())), type }
  })

/** A stream in the runtime of the caller; it is destroyed with the request, which interrupts the stream. */
const streaming = (body: HttpBody.Stream, runtime: Runtime.Runtime<never>): Readable =>
  Readable.from(
    Stream.toAsyncIterableRuntime(
      Stream.catchAllCause(body.stream, (cause) => Stream.fail(new UploadFailed(Cause.squash(cause)))),
      runtime
    ),
    { objectMode: false }
  )
