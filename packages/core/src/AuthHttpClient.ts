/**
 * The idea of this library in one file: an `HttpClient` that signs each request, meets a 401, renews the token once and
 * sends the request once more.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { type AuthError, type ConfigurationInvalid, RequestUnauthorized } from "./AuthError.js"
import * as Challenge from "./Challenge.js"
import { monotonic } from "./internal/monotonic.js"
import { RenewedInVain } from "./internal/renewedInVain.js"
import * as ProxyRefusal from "./internal/proxyRefusal.js"
import { unauthorized } from "./internal/telemetry.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import * as Session from "./Session.js"
import type { Token } from "./Token.js"
import { type Decision, UnauthorizedPolicy } from "./UnauthorizedPolicy.js"

/** An `HttpClient` whose calls can also fail with an `AuthError`. */
export type Service = HttpClient.HttpClient.With<HttpClientError.HttpClientError | AuthError>

/** The signed client of an application's one server and principal. Paths (`/services`) are relative to that server. */
export class AuthHttpClient extends Context.Tag("@mlserver-auth/core/AuthHttpClient")<AuthHttpClient, Service>() {}

type Answer = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | AuthError>

/**
 * Signs the requests of a bare client. A token is attached for the endpoint's own origin only; a request to elsewhere,
 * or one that brings its own Authorization header, passes unsigned and unjudged. Do not put a client that follows
 * redirects or retries inside; put that outside, where each request is signed anew.
 *
 * Fails with what the bare client fails with, with what `Session.token` and `Session.renew` fail with, and with
 * `RequestUnauthorized`. A 403 is an answer like any other: a permission, not a matter of the token.
 */
export const make = (
  client: HttpClient.HttpClient,
  session: Session.Service,
  endpoint: ServerEndpoint
): Effect.Effect<Service> =>
  Effect.map(UnauthorizedPolicy, (policy): Service => {
    const vain = new RenewedInVain()
    const policyOf = (context: Context.Context<never>) =>
      context.unsafeMap.has(UnauthorizedPolicy.key) ? Context.get(context, UnauthorizedPolicy) : policy

    const send = (request: HttpClientRequest.HttpClientRequest, token: Token, attempt: number): Answer =>
      Effect.matchEffect(client.execute(signed(request, token)), {
        onFailure: (error) => {
          const clean = unsignedError(error)
          return Effect.fail(proxyRefusal(clean.cause, clean.request.url) ?? clean)
        },
        onSuccess: (response) => judge(request, token, attempt, unsignedAnswer(response))
      })

    const judge = (
      request: HttpClientRequest.HttpClientRequest,
      token: Token,
      attempt: number,
      response: HttpClientResponse.HttpClientResponse
    ): Answer => {
      if (response.status < 400) {
        if (!vain.isEmpty) vain.forget(originAndPath(request.url))
        return Effect.succeed(response)
      }
      return Effect.contextWithEffect((context: Context.Context<never>) =>
        Effect.flatMap(monotonic, (now) => decided(policyOf(context), request, token, attempt, response, now))
      )
    }

    const decided = (
      { decide }: UnauthorizedPolicy["Type"],
      request: HttpClientRequest.HttpClientRequest,
      token: Token,
      attempt: number,
      response: HttpClientResponse.HttpClientResponse,
      now: number
    ): Answer => {
      const address = originAndPath(request.url)
      // Another token at hand costs nobody anything; one that was replaced meanwhile says nothing of the address.
      const isCurrent = session.tokenIfFresh() === token
      const renewedInVain = attempt === 1 && isCurrent && vain.holds(address, now)
      const challenges = Challenge.parse(response.headers["www-authenticate"])
      const replayable = isReplayable(request.body)
      const decision = decide({ status: response.status, attempt, challenges, replayable, renewedInVain })
      if (decision === "Pass") return Effect.succeed(response)
      if (attempt > 1 && response.status === 401 && isCurrent) vain.note(address, now)
      const renewed = decision === "Renew" && attempt === 1
      const refused = () =>
        new RequestUnauthorized({
          reason: attempt > 1 ? "RejectedTwice" : renewedInVain ? "RenewedInVain" : REASONS[decision],
          method: request.method,
          url: address,
          challenge: Challenge.bearerError(challenges)
        })
      const claims = Challenge.claims(challenges)
      const next = renewed
        ? Effect.flatMap(session.renew(token, { claims }), (other) => send(request, other, 2))
        : decision === "RenewOnly"
          ? Effect.flatMap(session.renew(token, { claims }), () => refused())
          : Effect.suspend(refused)
      return Effect.zipRight(Effect.zipRight(counted(decision), drained(response)), next)
    }

    const begin = (given: HttpClientRequest.HttpClientRequest): Answer => {
      const url = endpoint.resolve(given.url)
      const request = url === given.url ? given : HttpClientRequest.setUrl(given, url)
      if (bringsItsOwn(request) || !endpoint.owns(url)) return client.execute(request)
      const token = session.tokenIfFresh()
      return token === undefined
        ? Effect.flatMap(session.token, (awaited) => send(request, awaited, 1))
        : send(request, token, 1)
    }

    const made = HttpClient.makeWith(
      Effect.flatMap(begin),
      Effect.succeed as HttpClient.HttpClient.Preprocess<never, never>
    )
    // What `makeWith` does for `execute`, without its two steps in between. Signed when it runs, not when it is built.
    return Object.assign(made, {
      execute: (request: HttpClientRequest.HttpClientRequest) => Effect.suspend(() => begin(request))
    })
  })

/** The signed client of the context's session, over the context's bare client. */
export const layer = (
  endpoint: ServerEndpoint
): Layer.Layer<AuthHttpClient, never, HttpClient.HttpClient | Session.Session> =>
  Layer.effect(
    AuthHttpClient,
    Effect.flatMap(Effect.all([HttpClient.HttpClient, Session.Session]), ([client, session]) =>
      make(client, session, endpoint)
    )
  )

const signed = (request: HttpClientRequest.HttpClientRequest, token: Token) =>
  HttpClientRequest.setHeader(request, "authorization", Redacted.value(token.authorization))

/**
 * A client puts this on its answers to say that their `request` shows no credentials by itself; signing then leaves that
 * request alone, which is cheaper where it is made only for those who ask.
 */
export const concealsRequest: unique symbol = Symbol.for("@mlserver-auth/core/AuthHttpClient/concealsRequest") as never

/**
 * What a proxy's refusal means, from the `cause` of a transport's error and the address that was called: the setting that
 * is wrong, and where a name and a password go. `undefined` where the error is something else, or an outage.
 */
export const proxyRefusal = (cause: unknown, url: string): ConfigurationInvalid | undefined =>
  ProxyRefusal.ofCause(cause, url)

/** What stands in the place of a credential; the same word as a printed `Redacted`. */
const MASK = "<redacted>"

/**
 * Answers and errors carry the request they belong to, and print its headers in clear when inspected or turned into
 * JSON. The signed request is a copy that nobody needs once it was sent: its header is masked. (Masked, not deleted:
 * deleting a property makes the object a dictionary, at three times the price of signing.)
 */
const unsign = (request: HttpClientRequest.HttpClientRequest): void => {
  const headers = request.headers as Record<string, string>
  if (headers["authorization"] !== undefined) headers["authorization"] = MASK
}

/** Whether a request brings its own Authorization; one taken from an answer, with a mask for it, does not. */
const bringsItsOwn = ({ headers }: HttpClientRequest.HttpClientRequest): boolean =>
  headers["authorization"] !== undefined && headers["authorization"] !== MASK

const unsignedAnswer = (response: HttpClientResponse.HttpClientResponse) => {
  if (!(concealsRequest in response)) unsign(response.request)
  return response
}

const unsignedError = (error: HttpClientError.HttpClientError) => {
  unsign(error.request)
  if (error._tag === "ResponseError") unsign(error.response.request)
  return error
}

/** Whether sending a body twice sends the same thing twice; a stream may be readable only once. */
const isReplayable = (body: HttpBody.HttpBody): boolean => {
  if (body._tag === "Stream") return false
  if (body._tag !== "Raw") return true
  const raw = body.body
  return typeof raw === "string" || ArrayBuffer.isView(raw) || raw instanceof ArrayBuffer || raw instanceof Blob
}

const counted = (decision: Decision): Effect.Effect<void> =>
  Metric.update(Metric.tagged(unauthorized, "decision", decision), 1)

const REASONS = { Pass: "Refused", Renew: "Refused", RenewOnly: "NotReplayable", Reject: "Refused" } as const

/** Announced bodies up to this many bytes are read whole, which costs a fifth of running a stream. */
const SMALL = 65_536

/**
 * An answer that is left unread keeps its connection; a server that trickles must not keep the caller. Errors are dropped
 * inside the stream: running one forks, and a fiber that fails logs its error, which carries the caller's request.
 */
const drained = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> => {
  const length = Number(response.headers["content-length"] ?? Number.NaN)
  if (length === 0) return Effect.void
  const rest =
    length <= SMALL
      ? Effect.ignore(response.arrayBuffer)
      : Stream.runDrain(
          Stream.take(
            Stream.catchAll(response.stream, () => Stream.empty),
            64
          )
        )
  return Effect.asVoid(Effect.timeoutOption(rest, "2 seconds"))
}

const originAndPath = (url: string): string => url.replace(/[?#].*$/s, "")
