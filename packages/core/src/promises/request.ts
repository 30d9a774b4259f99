/** What `fetch` is given, as a request of `@effect/platform`. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../AuthError.js"
import type { ServerEndpoint } from "../ServerEndpoint.js"
import { Thrown } from "./settle.js"

/** A `Request`, also one of another library than the platform's own. */
type Given = string | URL | Request

const isRequest = (input: Given): input is Request => typeof input === "object" && "headers" in input

/** The signal that a call ends by. */
export const signalOf = (input: Given, init: RequestInit): AbortSignal | undefined =>
  (init.signal === undefined && isRequest(input) ? input.signal : init.signal) ?? undefined

/** The whole address. */
export const addressOf = (endpoint: ServerEndpoint, input: Given): string =>
  endpoint.resolve(isRequest(input) ? input.url : String(input))

/** Fails with `ConfigurationInvalid` for an address of another origin, and a body that cannot be sent. */
export const requestOf = (
  endpoint: ServerEndpoint,
  input: Given,
  init: RequestInit
): Effect.Effect<HttpClientRequest.HttpClientRequest, ConfigurationInvalid> => {
  const address = addressOf(endpoint, input)
  if (!endpoint.owns(address)) return foreign(endpoint)
  const from = isRequest(input) ? input : undefined
  const method = (init.method ?? from?.method ?? "GET").toUpperCase() as "POST"
  const headers = new Headers(init.headers ?? from?.headers)
  const options = { headers: Object.fromEntries(headers) }
  const made = (body: unknown) =>
    Effect.map(bodyOf(body, headers.get("content-type")), (body) =>
      HttpClientRequest.make(method)(address, { ...options, body })
    )
  if (init.body !== undefined && init.body !== null) return made(init.body)
  return from === undefined || from.body === null || from.body === undefined
    ? Effect.succeed(HttpClientRequest.make(method)(address, options))
    : Effect.flatMap(
        Effect.promise(() => from.arrayBuffer().catch(thrown)),
        made
      )
}

const thrown = (error: unknown) => Promise.reject(new Thrown(error))

const foreign = ({ origin }: ServerEndpoint) =>
  new ConfigurationInvalid({
    setting: "fetch",
    problem: `an address of another origin than ${origin}, to which no token goes`,
    fix: "Call other servers with the platform's own fetch."
  })

/** What can be sent a second time, but for a stream. */
const bodyOf = (body: unknown, contentType: string | null): Effect.Effect<HttpBody.HttpBody, ConfigurationInvalid> => {
  if (body instanceof FormData) return Effect.succeed(HttpBody.formData(body))
  const raw = (bytes: unknown, otherwise?: string) =>
    Effect.succeed(HttpBody.raw(bytes, { contentType: contentType ?? otherwise }))
  if (body instanceof URLSearchParams) return raw(String(body), "application/x-www-form-urlencoded;charset=UTF-8")
  if (typeof body === "string") return raw(body, "text/plain;charset=UTF-8")
  if (body instanceof Blob) return raw(body, body.type === "" ? undefined : body.type)
  if (body instanceof ArrayBuffer || body instanceof ReadableStream) return raw(body)
  if (ArrayBuffer.isView(body)) return raw(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  return new ConfigurationInvalid({
    setting: "body",
    problem: "not a text, bytes, a Blob, a form or a stream",
    fix: "Make a text of an object with JSON.stringify."
  })
}
