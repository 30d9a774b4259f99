/** The answer as `fetch` gives it. */
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import { MlServerAuthError } from "./MlServerAuthError.js"

/** A body as it comes; `null` where there is none. */
export type Body = ReadableStream<Uint8Array<ArrayBuffer>> | null

/** A `Response` must not be given a body with one of these (RFC 9110 6.4.1). */
const BODILESS: ReadonlyArray<number> = [204, 205, 304]

/** Its body ends with the reason of the signal where that is aborted, also after the head has come. */
export const responseOf = (
  { headers, status }: HttpClientResponse,
  body: Body,
  url: string,
  signal: AbortSignal | undefined
): Response => {
  if (body === null || BODILESS.includes(status)) return addressed(new Response(null, { status, headers }), url)
  const made = addressed(new Response(handedOn(body, signal), { status, headers }), url)
  // A browser's own methods tell any failure of a stream as a `TypeError` that says nothing.
  const blob = () => gathered(made)
  const text = async () => new TextDecoder().decode(await (await blob()).arrayBuffer())
  return Object.assign(made, {
    blob,
    text,
    arrayBuffer: async () => (await blob()).arrayBuffer(),
    json: async (): Promise<unknown> => JSON.parse(await text())
  })
}

const addressed = (response: Response, url: string): Response => Object.defineProperty(response, "url", { value: url })

const gathered = async (response: Response): Promise<Blob> => {
  if (response.bodyUsed || response.body === null) return new Response(response.body).blob()
  const pieces: Array<Uint8Array<ArrayBuffer>> = []
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Blob(pieces, { type: response.headers.get("content-type") ?? "" })
    pieces.push(value as Uint8Array<ArrayBuffer>)
  }
}

const handedOn = (
  body: NonNullable<Body>,
  signal: AbortSignal | undefined
): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const reader = body.getReader()
  const over = new AbortController()
  return new ReadableStream(
    {
      start: (controller) => {
        const leave = () => {
          controller.error(signal?.reason)
          reader.cancel(signal?.reason).catch(() => undefined)
        }
        if (signal?.aborted === true) leave()
        else signal?.addEventListener("abort", leave, { once: true, signal: over.signal })
      },
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          over.abort()
          return controller.close()
        } catch (cause) {
          over.abort()
          return controller.error(unreadable(cause))
        }
      },
      cancel: (reason) => {
        over.abort()
        return reader.cancel(reason)
      }
    },
    { highWaterMark: 0 }
  )
}

/** In words alone: what is behind it holds the request. */
const unreadable = (cause: unknown): MlServerAuthError => {
  const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : ""
  return new MlServerAuthError("ResponseUnreadable", `the answer could not be read to its end${code}`, {
    reason: "Decode",
    retryable: true,
    fix: "Send the request again, or raise the limits of an answer."
  })
}
