/** Bodies as they are written: bytes at once, or a stream. */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import * as Cause from "effect/Cause"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import { asError, NotEncodable, UploadFailed } from "./failure.js"

/** What is written, and the type that only its encoding knows. */
export interface Sendable {
  readonly content: Uint8Array | Readable | undefined
  readonly type?: string | undefined
}

/** Longer ones are written piece by piece, so that a slow way can be told from one that stands still. */
const AT_ONCE = 1024 * 1024

/** The body of a request. `NotEncodable` for a raw one of no known kind. */
export const of = (body: HttpBody.HttpBody): Effect.Effect<Sendable, NotEncodable> => {
  switch (body._tag) {
    case "Empty":
      return NONE
    case "Uint8Array":
      return Effect.succeed({ content: whole(body.body) })
    case "Raw":
      return raw(body.body)
    case "FormData":
      return form(body.formData)
    case "Stream":
      return Effect.map(Effect.runtime<never>(), (runtime) => ({ content: streaming(body, runtime) }))
  }
}

const NONE = Effect.succeed<Sendable>({ content: undefined })

const whole = (bytes: Uint8Array): Uint8Array | Readable => (bytes.byteLength <= AT_ONCE ? bytes : pieces(bytes))

const pieces = (bytes: Uint8Array): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.byteLength; at += AT_ONCE / 4) yield bytes.subarray(at, at + AT_ONCE / 4)
    })(),
    { objectMode: false }
  )

const raw = (body: unknown): Effect.Effect<Sendable, NotEncodable> => {
  if (body === null || body === undefined) return NONE
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

/** What became of a stream, as the request's own fault. */
export const failed = (error: unknown): Error =>
  error instanceof UploadFailed ? error : new UploadFailed(asError(error))

interface Watcher {
  readonly onPiece: () => void
  /** More or fewer bytes came than were announced. */
  readonly onWrong: () => void
}

/** Counts what a stream sends. Before it is piped, so that a wrong length is known before the request ends by it. */
export const watch = (content: Readable, length: number | undefined, { onPiece, onWrong }: Watcher): void => {
  let size = 0
  content.on("data", (chunk: Uint8Array | string) => {
    size += Buffer.byteLength(chunk)
    onPiece()
    if (length !== undefined && size > length) onWrong()
  })
  content.on("end", () => {
    if (length !== undefined && size < length) onWrong()
  })
}
