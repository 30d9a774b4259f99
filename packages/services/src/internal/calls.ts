/** One call: a path, a body, an answer that is decoded, or a typed refusal. */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import type * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as JsonText from "@mlserver-auth/core/JsonText"
import { bareUrl } from "@mlserver-auth/core/RequestReport"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type CallError, ServiceFailed, ServiceRefused } from "../ServiceError.js"
import { sentence } from "./foreignText.js"

/** Names that a path would lose are no names. */
export const checked = (setting: "name" | "version" | "id" | "fileName", value: string) =>
  /^\.{0,2}$/.test(value)
    ? Effect.fail(
        new ConfigurationInvalid({
          setting,
          problem: value === "" ? "empty" : `${value} does not fit into a path`,
          fix: "Name it as the server lists it."
        })
      )
    : Effect.void

/** The parts as one path of the server. */
export const pathOf = (...parts: ReadonlyArray<string>): string => `/${parts.map(encodeURIComponent).join("/")}`

const Refusal = Schema.parseJson(Schema.Struct({ message: Schema.String }))

const says = (body: string): string => sentence(Option.getOrUndefined(Schema.decodeOption(Refusal)(body))?.message)

const REASONS: Readonly<Record<number, ServiceRefused["reason"]>> = {
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict"
}

const reasonOf = (status: number, body: string): ServiceRefused["reason"] => {
  if (body.includes("SSL certificate")) return "CertificateWanted"
  return status < 400 ? "Redirected" : (REASONS[status] ?? "Status")
}

const refused = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.flatMap(response.text, (body) => {
    const { request, status } = response
    const reason = reasonOf(status, body)
    return Effect.fail(
      new ServiceRefused({
        reason,
        status,
        method: request.method,
        url: bareUrl(request.url),
        says: says(body),
        // Every user with a role may read and consume; `explained` knows more of the other verbs.
        ...(reason === "Forbidden" ? { role: "Reader" as const } : {})
      })
    )
  })

/** Sends a request for a file, which may be anything; every status but a success fails. */
export const sendForFile = (
  client: AuthHttpClient.Service,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, CallError> =>
  Effect.flatMap(client.execute(request), (response) =>
    response.status >= 300 ? refused(response) : Effect.succeed(response)
  )

const isPage = ({ headers }: HttpClientResponse.HttpClientResponse) =>
  /^\s*text\/html\b/i.test(headers["content-type"] ?? "")

/** Sends a request. A web page is never a success: it comes from a captive portal or a log-in in between. */
export const send = (
  client: AuthHttpClient.Service,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, CallError> =>
  Effect.flatMap(sendForFile(client, request), (response) =>
    isPage(response)
      ? Effect.fail(failed(response, { reason: "AnswerUnreadable", says: "a web page" }))
      : Effect.succeed(response)
  )

/** What was answered, and cannot be used. */
export const failed = (
  { request }: Pick<HttpClientResponse.HttpClientResponse, "request">,
  what: Omit<ConstructorParameters<typeof ServiceFailed>[0], "method" | "url">
): ServiceFailed => new ServiceFailed({ ...what, method: request.method, url: bareUrl(request.url) })

/** An answer's JSON by a schema. A text that does not fit is not repeated: it may be a page of another server. */
export const decoded = <A, I>(
  schema: Schema.Schema<A, I>,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<A, ServiceFailed | HttpClientError.ResponseError> =>
  Effect.flatMap(response.text, (body) =>
    Effect.try(() => JsonText.parse(body)).pipe(
      Effect.flatMap(Schema.decodeUnknown(schema)),
      Effect.mapError(() => failed(response, { reason: "AnswerUnreadable", says: "" }))
    )
  )

/** A request with JSON. */
export const withJson = (method: "POST" | "PATCH", path: string, body: unknown): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.bodyText(HttpClientRequest.make(method)(path), JSON.stringify(body), "application/json")

/** Sends, and decodes the answer. */
export const call = <A, I>(
  client: AuthHttpClient.Service,
  request: HttpClientRequest.HttpClientRequest,
  schema: Schema.Schema<A, I>
): Effect.Effect<A, CallError> => Effect.flatMap(send(client, request), (response) => decoded(schema, response))
