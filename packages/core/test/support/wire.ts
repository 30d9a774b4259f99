/**
 * The far end of a wire as a script: an issuer over an `HttpClient` that gives the planned answers in their order and
 * remembers what it was sent.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Credential from "../../src/Credential.js"
import * as MlServerIssuer from "../../src/MlServerIssuer.js"
import * as ServerEndpoint from "../../src/ServerEndpoint.js"
import * as Token from "../../src/Token.js"
import type * as TokenIssuer from "../../src/TokenIssuer.js"

/** 20 November 2016, 12:04:14 GMT: the clock of these tests, in epoch milliseconds. */
export const NOW = Date.UTC(2016, 10, 20, 12, 4, 14)

/** Everything that must not come out anywhere. None is a part of another. */
export const secrets = {
  password: "Canary-password-7f3a",
  access: "Canary.access.0b1c",
  refresh: "0/Canary+refresh-9d2e==",
  newAccess: "Canary.newaccess.51aa",
  newRefresh: "1/Canary+newrefresh-66bb=="
} as const

export const ENDPOINT = Either.getOrThrow(ServerEndpoint.make("https://mls.example.com:12800"))

/** What the server is planned to do with a request. */
export type Plan =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: BodyInit | null }
  /** The transport fails as Node's do: an error whose cause has this code. */
  | { readonly breaks: string | undefined; readonly at?: "request" | "body" }
  /** No answer, ever. */
  | "silence"

/** What the server was sent. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** Epoch milliseconds. */
  readonly at: number
}

const broken = (code: string | undefined) =>
  new TypeError("fetch failed", {
    cause: Object.assign(new Error(secrets.password), code === undefined ? {} : { code })
  })

const respond = (plan: Plan, request: HttpClientRequest.HttpClientRequest) => {
  if (plan === "silence") return Effect.never
  if (!("breaks" in plan)) {
    const { body = null, headers = {}, status = 200 } = plan
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))
  }
  const cause = broken(plan.breaks)
  if (plan.at !== "body") return Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
  const body = new ReadableStream({ start: (controller) => controller.error(cause) })
  return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body)))
}

/** JSON, or the fields of a form; a field that is there twice is an array, which no test expects. */
const read = (body: HttpBody.HttpBody): unknown => {
  if (body._tag !== "Uint8Array") return undefined
  const text = new TextDecoder().decode(body.body)
  if (!body.contentType.includes("form-urlencoded")) return JSON.parse(text)
  const form = new URLSearchParams(text)
  return Object.fromEntries(
    [...form.keys()].map((name) => [name, form.getAll(name).length === 1 ? form.get(name) : form.getAll(name)])
  )
}

/** A client that answers each request with the next plan, and the last one for ever. */
export const client = (plans: ReadonlyArray<Plan>) => {
  const sent: Array<Sent> = []
  const http = HttpClient.make((request, url) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      const { body, headers, method } = request
      sent.push({ method, url: url.href, headers, body: read(body), at })
      return respond(plans[Math.min(sent.length, plans.length) - 1] ?? "silence", request)
    })
  )
  return { http, sent }
}

/** An issuer over any client. */
export const issuerOver = (http: HttpClient.HttpClient, options: Partial<MlServerIssuer.Options> = {}) =>
  Effect.provideService(MlServerIssuer.make({ endpoint: ENDPOINT, ...options }), HttpClient.HttpClient, http)

/** An issuer whose server follows the script. */
export const issuer = (...plans: ReadonlyArray<Plan>) => {
  const { http, sent } = client(plans)
  return Effect.map(issuerOver(http), (issuer) => ({ issuer, sent }))
}

/** The answer that the documentation of the server shows, with the fields of a test on top; `undefined` leaves one out. */
export const pair = (fields: Readonly<Record<string, unknown>> = {}) => ({
  body: JSON.stringify({
    token_type: "Bearer",
    access_token: secrets.newAccess,
    expires_in: 3600,
    expires_on: NOW / 1000 + 3600,
    refresh_token: secrets.newRefresh,
    ...fields
  })
})

/** Who signs in. */
export const ada = Credential.usernamePassword({ username: "CONTOSO\\ada", password: secrets.password })

/** A pair obtained ten minutes ago, with this refresh token. */
export const heldWith = (refreshToken: string) =>
  Token.first(
    {
      accessToken: Redacted.make(secrets.access),
      refreshToken: Redacted.make(refreshToken),
      obtainedAt: NOW - 600_000,
      expiresAt: NOW + 3_000_000,
      clockDifference: 0
    },
    "CONTOSO\\ada"
  )

/** A pair obtained ten minutes ago. */
export const held = heldWith(secrets.refresh)

export const operations = ["grant", "renew", "revoke"] as const
export type Operation = (typeof operations)[number]

/** The fields of a token or a credential with secrets in clear: to the matchers any two Redacted values are equal. */
export const clear = (holder: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(holder).map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

/** Runs one of the issuer's operations. */
export const run = (issuer: TokenIssuer.Service, operation: Operation) =>
  operation === "grant"
    ? Effect.asVoid(issuer.grant(ada))
    : operation === "renew"
      ? Effect.asVoid(issuer.renew(held))
      : issuer.revoke(held)

/** How an operation fails when the server follows the script. */
export const failure = (operation: Operation, ...plans: ReadonlyArray<Plan>) =>
  Effect.flatMap(issuer(...plans), (wire) => Effect.flip(run(wire.issuer, operation)))
