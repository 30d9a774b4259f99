/** Bodies as undici takes them. */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as Cause from "effect/Cause"
import type * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import { FormData, type Dispatcher } from "undici"

/** The stream that was to be sent failed, or could not be read a second time. */
export class UploadFailed extends Error {
  override readonly name = "UploadFailed"
  readonly code = "MLS_UPLOAD_FAILED"
  constructor(cause: Cause.Cause<unknown>) {
    super("the stream of the request's body failed", { cause: Cause.squash(cause) })
  }
}

export type Sendable = Exclude<Dispatcher.DispatchOptions["body"], undefined>

/** Every kind but streams, which need a runtime. */
export const ready = (body: Exclude<HttpBody.HttpBody, HttpBody.Stream>): Sendable => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      return body.body as Sendable
    case "FormData":
      return ownForm(body.formData)
  }
}

/** undici encodes forms of its own class only; the one of the platform is another undici's. */
const ownForm = (form: globalThis.FormData): FormData => {
  const own = new FormData()
  for (const [name, value] of form) {
    if (typeof value === "string") own.append(name, value)
    else own.append(name, value, value.name)
  }
  return own
}

/** A stream in the runtime of the caller; undici destroys it with the request, which interrupts the stream. */
export const streaming = (body: HttpBody.Stream, runtime: Runtime.Runtime<never>): Readable =>
  Readable.from(
    Stream.toAsyncIterableRuntime(
      Stream.catchAllCause(body.stream, (cause) => Stream.fail(new UploadFailed(cause))),
      runtime
    ),
    { objectMode: false }
  ).on("error", () => {})
