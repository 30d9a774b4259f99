/** One bounded call to an issuer, outside the 401 policy: no redirects, no traces of URL or body, no retry. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ConfigurationInvalid } from "../../AuthError.js"
import * as TimeLimit from "../../TimeLimit.js"
import { eachChunk } from "../answerBody.js"
import { httpDate } from "./httpDate.js"
import { ofCause } from "../proxyRefusal.js"

/** What came back. `body` is at most `BODY_LIMIT` long. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** Epoch milliseconds, local clock. */
  readonly receivedAt: number
  /** Server's clock minus ours in milliseconds, from the `Date` header (whole seconds); absent without one. */
  readonly clockDifference: number | undefined
}

/** Nothing came back, or not all of it. Holds no request and no cause: both hold secrets. */
export class Fault extends Data.TaggedError("Fault")<{
  readonly reason: "Transport" | "Timeout" | "TooLarge"
  /** Whether the request may have reached the server. */
  readonly sent: boolean
  readonly code: string | undefined
  /** The status of an answer whose body could not be had. */
  readonly status?: number
  /** A proxy that answered in the server's place. */
  readonly refusal?: ConfigurationInvalid | undefined
}> {}

/** 1 MiB, after decompression: a token answer has some kilobytes. */
export const BODY_LIMIT = 1024 * 1024

/** Codes of transports that failed before a request could be sent. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|ERR_TLS_.*|ERR_SSL_.*)$/

/** Sends once and reads the answer whole, within `timeout`. */
export const exchange = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  timeout: Duration.DurationInput
): Effect.Effect<Answer, Fault> =>
  client.execute(request).pipe(
    Effect.catchAll(statusOrFault),
    Effect.flatMap(read),
    // The query of a revocation is a secret, and spans of HTTP clients record the whole URL. Without a span there is no
    // trace header to send either.
    Effect.withTracerEnabled(false),
    withoutRedirects,
    Effect.disconnect,
    TimeLimit.timeoutFail({
      duration: timeout,
      onTimeout: () => new Fault({ reason: "Timeout", sent: true, code: undefined })
    })
  )

/** A built-in fetch follows redirects by default, and would repeat a password at the new address (307, 308). */
const withoutRedirects = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.contextWithEffect((context: Context.Context<never>) => {
    const init = Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit))
    return Effect.provideService(effect, FetchHttpClient.RequestInit, {
      ...init,
      redirect: "manual",
      cache: "no-store"
    })
  })

/** A client that is set up to fail for statuses still has the answer. */
const statusOrFault = (
  error: HttpClientError.HttpClientError
): Effect.Effect<HttpClientResponse.HttpClientResponse, Fault> =>
  error._tag === "ResponseError" && error.reason === "StatusCode"
    ? Effect.succeed(error.response)
    : Effect.fail(fault(error))

const fault = (error: HttpClientError.HttpClientError): Fault => {
  const code = transportCode(error.cause)
  const maybe = error.reason === "Transport" && !saysUnsent(error.cause) && (code === undefined || !NOT_SENT.test(code))
  const sent = error._tag === "ResponseError" || maybe
  const late = code !== undefined && /TIMEOUT|ETIMEDOUT/.test(code) && sent
  const refusal = ofCause(error.cause, error.request.url)
  return new Fault({ reason: late ? "Timeout" : "Transport", sent, code, refusal })
}

/** A transport may know for itself that no byte left, as `@mlserver-auth/node`'s does. */
const saysUnsent = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "sent" in cause && cause.sent === false

/** The code of the innermost cause that has one: `fetch` wraps the error of its transport. */
const transportCode = (cause: unknown): string | undefined => {
  let code: string | undefined
  for (let depth = 0, at = cause; depth < 5 && typeof at === "object" && at !== null; depth++) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(at.code)) code = at.code
    at = "cause" in at ? at.cause : undefined
  }
  return code
}

const read = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<Answer, Fault> =>
  Effect.gen(function* () {
    const receivedAt = yield* Clock.currentTimeMillis
    const { headers, status } = response
    const body = yield* isSuccess(response) ? readWhole(response) : readForPeople(response)
    const date = httpDate(headers["date"])
    return { status, headers, body, receivedAt, clockDifference: date === undefined ? undefined : date - receivedAt }
  })

/** Whether an answer does what was asked for. */
export const isSuccess = ({ status }: { readonly status: number }): boolean => status >= 200 && status < 300

const readWhole = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string, Fault> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  const take = (chunk: Uint8Array) => {
    size += chunk.length
    chunks.push(chunk)
    return size <= BODY_LIMIT
  }
  return Effect.flatMap(eachChunk(response, take, fault), () =>
    size > BODY_LIMIT
      ? new Fault({ reason: "TooLarge", sent: true, code: undefined, status: response.status })
      : Effect.succeed(decode(chunks))
  )
}

/** How long a refusal's body may hold up the refusal. */
const BODY_TIMEOUT = "2 seconds"

/**
 * The start of a body that comes with a refusal. The status has said what matters: a page that is too large, breaks off
 * or never ends must not turn a refused password into an outage, after which it would be sent again.
 */
const readForPeople = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  const take = (chunk: Uint8Array) => {
    size += chunk.length
    chunks.push(chunk)
    return size < BODY_LIMIT
  }
  return eachChunk(response, take, fault).pipe(
    Effect.ignore,
    Effect.disconnect,
    TimeLimit.timeoutOption(BODY_TIMEOUT),
    Effect.map(() => decode(chunks))
  )
}

/** UTF-8; a byte order mark is dropped (RFC 8259 8.1), wrong bytes become U+FFFD and fail as JSON or as a token. */
const decode = (chunks: ReadonlyArray<Uint8Array>): string => {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode()
}

/** A server may ask to be left alone for as long as it likes; believed up to an hour. */
const RETRY_AFTER_LIMIT = 3_600_000

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110 10.2.3); absent or unreadable is `undefined`. */
export const retryAfter = (answer: Answer): number | undefined => {
  const value = answer.headers["retry-after"]?.trim() ?? ""
  const date = httpDate(value)
  const millis = /^\d+$/.test(value)
    ? Number(value) * 1000
    : date && date - (answer.receivedAt + (answer.clockDifference ?? 0))
  return millis === undefined ? undefined : Math.min(Math.max(millis, 0), RETRY_AFTER_LIMIT)
}
