/** The body of an answer as `fetch` gives it. */
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { type Parts, settle } from "@mlserver-auth/core/promises"
import * as Effect from "effect/Effect"
import type * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"

type Body = ReturnType<Parts<unknown>["body"]>

/** Announced bodies up to this many bytes are read whole, which costs a fifth of running a stream. */
const SMALL = 65_536

export const bodyOf =
  (runtime: Runtime.Runtime<never>) =>
  (response: HttpClientResponse): Body => {
    const { headers } = response
    const length = Number(headers["content-length"] ?? Number.NaN)
    if (length === 0) return null
    return length <= SMALL ? whole(response, runtime) : asItComes(response, runtime)
  }

const whole = ({ arrayBuffer }: HttpClientResponse, runtime: Runtime.Runtime<never>): Body =>
  new ReadableStream(
    {
      pull: async (controller) => {
        const bytes = await settle(arrayBuffer, undefined, runtime)
        if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes))
        controller.close()
      },
      // It is not wanted: the connection is given back.
      cancel: () => settle(Effect.ignore(arrayBuffer), undefined, runtime)
    },
    { highWaterMark: 0 }
  )

/** Nothing is read ahead, so that a slow reader holds the sender back. */
const asItComes = ({ stream }: HttpClientResponse, runtime: Runtime.Runtime<never>): Body =>
  Stream.toReadableStreamRuntime(stream as Stream.Stream<Uint8Array<ArrayBuffer>, unknown>, runtime, {
    strategy: { highWaterMark: 0 }
  })
