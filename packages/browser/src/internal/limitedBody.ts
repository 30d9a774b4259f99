/** An answer whose body is bounded in size and in the time between two pieces of it. */
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"

/** Has a `code`, by which core tells one failure of a transport from another. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure"
  readonly code: string
  /** `false` where surely no byte of the request left. */
  readonly sent: boolean
  constructor(code: string, message: string, options: { readonly sent?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.sent = options.sent ?? true
  }
}

/** Limits of one body. */
export interface Limits {
  readonly maxBytes: number
  /** Milliseconds; `Infinity` for none. */
  readonly idleMillis: number
}

/** RFC 9110 6.4.1: a `Response` with one of these must not be given a body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** A redirect that was not followed shows nothing of itself, not even its status: it gets this one. */
const REDIRECT = 302

/** The answer with its body under limits. Leaving the body early ends the request. */
export const limited = (response: Response, limits: Limits): Response => {
  const { body, headers, status, statusText } = response
  if (response.type === "opaqueredirect") return new Response(null, { status: REDIRECT })
  if (body === null || BODILESS.has(status)) return new Response(null, { headers, status, statusText })
  const made = new Response(counted(body, limits), { headers, status, statusText })
  const arrayBuffer = () => gathered(made)
  // A browser's own methods tell any failure of a stream as a `TypeError` that says nothing.
  return Object.assign(made, {
    arrayBuffer,
    text: async () => new TextDecoder().decode(await arrayBuffer()),
    formData: async () => new Response(await arrayBuffer(), { headers }).formData()
  })
}

const gathered = async ({ body }: Response): Promise<ArrayBuffer> => {
  const chunks: Array<Uint8Array<ArrayBuffer>> = []
  const reader = body?.getReader()
  for (;;) {
    const next = await reader?.read()
    if (next === undefined || next.done) return new Blob(chunks).arrayBuffer()
    chunks.push(next.value)
  }
}

const counted = (body: ReadableStream<Uint8Array<ArrayBuffer>>, { idleMillis, maxBytes }: Limits) => {
  const reader = body.getReader()
  let size = 0
  const next = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> => {
    const { done, value } = await inTime(reader, idleMillis)
    if (done) return controller.close()
    size += value.byteLength
    if (size > maxBytes) throw new HttpFailure("MLS_BODY_TOO_LARGE", `the answer is larger than ${maxBytes} bytes`)
    controller.enqueue(value)
  }
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          await next(controller)
        } catch (cause) {
          controller.error(cause instanceof HttpFailure ? cause : broken(cause))
          await reader.cancel().catch(() => undefined)
        }
      },
      cancel: (reason) => reader.cancel(reason)
    },
    { highWaterMark: 0 }
  )
}

/** Only who reads is waited for: a slow reader is not the server's fault. */
const inTime = async (reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, millis: number) => {
  if (millis === Infinity) return reader.read()
  let callOff = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    const failure = () => new HttpFailure("MLS_BODY_TIMEOUT", "the rest of the answer did not come in time")
    callOff = TimeLimit.start(millis, () => reject(failure()))
  })
  try {
    return await Promise.race([reader.read(), late])
  } finally {
    callOff()
  }
}

const broken = (cause: unknown) => new HttpFailure("MLS_BODY_BROKEN", "the answer broke off", { cause })
