/**
 * The idea of this library in one file: an `HttpClient` that adds the token to each request. After a 401 it renews the
 * token once and sends the request once more.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { type AuthError, type ConfigurationInvalid, RequestUnauthorized } from "./AuthError.js"
import * as Challenge from "./Challenge.js"
import { drained } from "./internal/answerBody.js"
import { monotonic } from "./internal/monotonic.js"
import { RenewedInVain } from "./internal/renewedInVain.js"
import * as ProxyRefusal from "./internal/proxyRefusal.js"
import { bringsItsOwn, signed, unsignedAnswer, unsignedError } from "./internal/signing.js"
import { unauthorized } from "./internal/telemetry.js"
import { bareUrl } from "./RequestReport.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import * as Session from "./Session.js"
import { isFresh, isSame, type Token } from "./Token.js"
import {
  type Answer as Refusal,
  type Decision,
  type Service as Policy,
  UnauthorizedPolicy
} from "./UnauthorizedPolicy.js"

/** An `HttpClient` whose calls can also fail with an `AuthError`. It works wherever an `HttpClient` is wanted. */
export type Service = HttpClient.HttpClient.With<HttpClientError.HttpClientError | AuthError>

/**
 * The signed client of an application's one server and principal. Paths (`/services`) are relative to that server. See
 * `MlServerAuth.layer` for it in a program.
 */
export class AuthHttpClient extends Context.Tag("@mlserver-auth/core/AuthHttpClient")<AuthHttpClient, Service>() {}

/** A request that was answered, and how often it has been sent. */
interface Sent {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly token: Token
  readonly attempt: number
  readonly response: HttpClientResponse.HttpClientResponse
}

type Answer = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | AuthError>

/**
 * Signs the requests of a bare client. A token is attached for the endpoint's own origin only; a request to elsewhere,
 * or one that brings its own Authorization header, passes unsigned and unjudged. Do not put a client that follows
 * redirects or retries inside; put that outside, where each request is signed anew.
 *
 * Fails with what the bare client fails with, with what `Session.token` and `Session.renew` fail with, and with
 * `RequestUnauthorized`. A 403 is an answer like any other: a permission, not a matter of the token.
 *
 * @example
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as Effect from "effect/Effect"
 * import { AuthHttpClient, ServerEndpoint, Session } from "@mlserver-auth/core"
 *
 * const signed = Effect.gen(function* () {
 *   const endpoint = yield* ServerEndpoint.make("https://mlserver.contoso.com:12800")
 *   const http = yield* AuthHttpClient.make(yield* HttpClient.HttpClient, yield* Session.Session, endpoint)
 *   return HttpClient.retryTransient(http, { times: 3 }) // outside: each attempt is signed anew
 * })
 */
export const make = (
  client: HttpClient.HttpClient,
  session: Session.Service,
  endpoint: ServerEndpoint
): Effect.Effect<Service> =>
  Effect.map(UnauthorizedPolicy, (policy): Service => {
    const vain = new RenewedInVain()
    const policyOf = ({ unsafeMap }: Context.Context<never>) =>
      (unsafeMap.get(UnauthorizedPolicy.key) as Policy | undefined) ?? policy

    const send = (request: HttpClientRequest.HttpClientRequest, token: Token, attempt: number): Answer =>
      Effect.matchEffect(client.execute(signed(request, token)), {
        onFailure: (error) => {
          const clean = unsignedError(error)
          return Effect.fail(proxyRefusal(clean.cause, clean.request.url) ?? clean)
        },
        onSuccess: (answer) => {
          const response = unsignedAnswer(answer)
          if (response.status >= 400) return judge({ request, token, attempt, response })
          if (!vain.isEmpty) vain.forget(bareUrl(request.url))
          return Effect.succeed(response)
        }
      })

    const judge = (sent: Sent): Answer => {
      const { attempt, request, response, token } = sent
      return Effect.contextWithEffect((context: Context.Context<never>) =>
        Effect.flatMap(Effect.zip(monotonic, Clock.currentTimeMillis), ([since, now]) => {
          const current = session.tokenIfFresh()
          const refusal = {
            status: response.status,
            attempt,
            challenges: Challenge.parse(response.headers["www-authenticate"]),
            replayable: isReplayable(request.body),
            // Another token at hand costs no call; one that was replaced meanwhile says nothing of the address.
            renewedInVain: attempt === 1 && current === token && vain.holds(bareUrl(request.url), since),
            // Refused for what it is not any more, which says nothing of the caller that sent it.
            outdated: !isFresh(token, now) || (current !== undefined && !isSame(current, token))
          }
          return decided(policyOf(context), sent, refusal, since)
        })
      )
    }

    const decided = ({ decide }: Policy, sent: Sent, asked: Refusal, since: number): Answer => {
      const decision = decide(asked)
      if (decision === "Pass") return Effect.succeed(sent.response)
      // Before a server is believed that refuses what is new: another program may have renewed, which nobody has told this one.
      const replaced = { ...asked, outdated: true }
      const mayHelp = decision === "Reject" && decide(replaced) === "Renew"
      return Effect.flatMap(mayHelp ? session.isReplaced(sent.token) : Effect.succeed(false), (is) =>
        is ? next(sent, replaced, "Renew", since) : next(sent, asked, decision, since)
      )
    }

    const next = (
      { attempt, request, response, token }: Sent,
      { challenges, outdated, renewedInVain }: Refusal,
      decision: Exclude<Decision, "Pass">,
      since: number
    ): Answer => {
      const url = bareUrl(request.url)
      const renewed = session.renew(token, { claims: Challenge.claims(challenges) })
      const refused = Effect.suspend(() => {
        if (attempt > 1 && !outdated && session.tokenIfFresh() === token) vain.note(url, since)
        const reason =
          attempt > 1
            ? "RejectedTwice"
            : renewedInVain
              ? "RenewedInVain"
              : decision === "RenewOnly"
                ? "NotReplayable"
                : "Refused"
        const challenge = Challenge.bearerError(challenges)
        return new RequestUnauthorized({ reason, method: request.method, url, challenge })
      })
      const then =
        decision === "Renew" && attempt <= (outdated ? 2 : 1)
          ? Effect.flatMap(renewed, (other) => send(request, other, attempt + 1))
          : decision === "RenewOnly"
            ? Effect.zipRight(renewed, refused)
            : refused
      return Effect.zipRight(Effect.zipRight(counted(decision), drained(response)), then)
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

/**
 * The signed client of the context's session, over the context's bare client. See `MlServerIssuer.layer` for a program that
 * puts the parts together by itself; `MlServerAuth.layer` does that for you.
 */
export const layer = (
  endpoint: ServerEndpoint
): Layer.Layer<AuthHttpClient, never, HttpClient.HttpClient | Session.Session> =>
  Layer.effect(
    AuthHttpClient,
    Effect.flatMap(Effect.all([HttpClient.HttpClient, Session.Session]), ([client, session]) =>
      make(client, session, endpoint)
    )
  )

export { concealsRequest, fetchedBody } from "./internal/answerBody.js"

/**
 * What a proxy's refusal means, from the `cause` of a transport's error and the address that was called: the setting that
 * is wrong, and where a name and a password go. `undefined` where the error is something else, or an outage.
 *
 * @example
 * import type * as HttpClientError from "@effect/platform/HttpClientError"
 * import { AuthHttpClient } from "@mlserver-auth/core"
 *
 * const explained = ({ cause, message, request }: HttpClientError.RequestError) =>
 *   AuthHttpClient.proxyRefusal(cause, request.url)?.message ?? message
 */
export const proxyRefusal: (cause: unknown, url: string) => ConfigurationInvalid | undefined = ProxyRefusal.ofCause

/**
 * Set this to `true` on a streamed body that returns the same bytes each time it is read, for example because it opens a
 * file again. The client can then send it twice. After a 401 it is sent once more as other bodies are.
 *
 * @example
 * import * as HttpBody from "@effect/platform/HttpBody"
 * import * as Stream from "effect/Stream"
 * import { replayable } from "@mlserver-auth/core/AuthHttpClient"
 *
 * const rows = Stream.range(1, 1_000_000).pipe(Stream.map(String), Stream.encodeText)
 * export const body = Object.assign(HttpBody.stream(rows, "text/plain"), { [replayable]: true })
 */
export const replayable: unique symbol = Symbol.for("@mlserver-auth/core/AuthHttpClient/replayable") as never

/** Whether sending a body twice sends the same thing twice; a stream may be readable only once. */
const isReplayable = (body: HttpBody.HttpBody & { readonly [replayable]?: unknown }): boolean => {
  if (body[replayable] === true) return true
  if (body._tag === "Stream") return false
  if (body._tag !== "Raw") return true
  const raw = body.body
  return typeof raw === "string" || ArrayBuffer.isView(raw) || raw instanceof ArrayBuffer || raw instanceof Blob
}

const counted = (decision: Decision): Effect.Effect<void> =>
  Metric.update(Metric.tagged(unauthorized, "decision", decision), 1)
