/**
 * Machine Learning Server as issuer: `POST /login`, `POST /login/refreshToken`, `DELETE /login/refreshToken`. The same
 * three calls for the local `admin` and for users of Active Directory or LDAP; the server asks the directory.
 *
 * Source: the server's "Manage access tokens" and "Authentication" documentation, API descriptions 9.0.1 to 9.3.0.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AuthError from "./AuthError.js"
import * as Credential from "./Credential.js"
import { type Answer, exchange, failedLate, type Fault, isSuccess, retryAfter } from "./internal/exchange.js"
import { untraced } from "./internal/foreignTracing.js"
import * as TokenAnswer from "./internal/tokenAnswer.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import * as Token from "./Token.js"
import { TokenIssuer, type Service } from "./TokenIssuer.js"
import * as TokenKey from "./TokenKey.js"

/** How the issuer is set up. */
export interface Options {
  readonly endpoint: ServerEndpoint
  /** Where log-ins go, below the endpoint; `/login` unless said otherwise (some notes of the server say `/user/login`). */
  readonly loginPath?: string | undefined
  /** How long one call may take from sending to the last byte; 30 seconds unless said otherwise. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** As documented: a refresh token lives 14 days without use, a chain of renewals 90 days. */
export const lifetimes: Token.Lifetimes = { idle: Duration.toMillis("14 days"), chain: Duration.toMillis("90 days") }

/**
 * Whether a log-in path can be used: plain, and still the same in an address, where `..` (also spelt `%2e%2e`) would lead
 * elsewhere than it reads.
 *
 * @example
 * import { MlServerIssuer } from "@mlserver-auth/core"
 *
 * const usable = MlServerIssuer.isLoginPath("/user/login")
 */
export const isLoginPath = (path: string): boolean =>
  /^(\/[A-Za-z0-9\-._~%]+)+$/.test(path) && new URL(path, "http://localhost").pathname === path

/**
 * An issuer over the `HttpClient` of the context. `ConfigurationInvalid` if the login path cannot be one. Do not wrap that
 * client in `HttpClient.followRedirects`: it would repeat a password wherever it is told to.
 */
export const make = (options: Options): Effect.Effect<Service, AuthError.ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const path = options.loginPath ?? "/login"
    if (!isLoginPath(path)) {
      return yield* new AuthError.ConfigurationInvalid({
        setting: "loginPath",
        problem: "not a plain path",
        fix: "Write it like /login."
      })
    }
    const server = options.endpoint.origin
    const loginUrl = options.endpoint.base + path
    const sendBy = (by: HttpClient.HttpClient) => (request: HttpClientRequest.HttpClientRequest) =>
      exchange(by, HttpClientRequest.acceptJson(request), options.timeout ?? "30 seconds")
    const send = sendBy(client)
    // Its address holds a secret.
    const sendUnseen = sendBy(untraced(client))
    return {
      server,
      lifetimes,
      canRevoke: true,
      key: (principal) => TokenKey.make({ issuer: options.endpoint.base, principal }),
      grant: (credential) => grant(server, loginUrl, send, credential).pipe(spanned("grant", server)),
      renew: (token) => renew(server, loginUrl, send, token).pipe(spanned("renew", server)),
      revoke: (token) => revoke(server, loginUrl, sendUnseen, token).pipe(spanned("revoke", server))
    } satisfies Service
  })

/** The issuer as a layer. */
export const layer = (
  options: Options
): Layer.Layer<TokenIssuer, AuthError.ConfigurationInvalid, HttpClient.HttpClient> =>
  Layer.effect(TokenIssuer, make(options))

const spanned = (operation: string, server: string) =>
  Effect.withSpan(`MlServerIssuer.${operation}`, { attributes: { "server.address": server }, captureStackTrace: false })

type Send = (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, Fault>

const grant = (
  server: string,
  loginUrl: string,
  send: Send,
  offered: Credential.Credential
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const credential = yield* Credential.validate(offered)
    if (credential._tag === "AccessToken") return yield* Token.fromAccessToken(credential.accessToken)
    if (credential._tag === "DeviceCode" || credential._tag === "AuthorizationCode") {
      const kind = credential._tag === "DeviceCode" ? "device" : "authorization"
      return yield* new AuthError.ConfigurationInvalid({
        setting: "method",
        problem: `Machine Learning Server gives no ${kind} codes; Azure Active Directory does`,
        fix: "Use EntraAuth (`authuri`, `tenant`, `clientid`, `resource`), or a user name and a password."
      })
    }
    const answer = yield* send(
      HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(loginUrl), {
        username: credential.username,
        password: Redacted.value(credential.password)
      })
    ).pipe(Effect.mapError((fault) => unreachable("sign-in", server, fault)))
    if (answer.status === 401) {
      return yield* new AuthError.CredentialRejected({ reason: "InvalidCredentials", server })
    }
    if (answer.status === 403) return yield* new AuthError.CredentialRejected({ reason: "Forbidden", server })
    if (!isSuccess(answer)) return yield* refused("sign-in", server, answer)
    const received = TokenAnswer.decode(answer)
    return typeof received === "string"
      ? yield* new AuthError.InvalidResponse({ operation: "sign-in", server, status: answer.status, problem: received })
      : Token.first(received, credential.username)
  })

const renew = (
  server: string,
  loginUrl: string,
  send: Send,
  token: Token.Token
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    if (token.refreshToken === undefined) {
      return yield* new AuthError.SessionExpired({ reason: "NotRenewable", server })
    }
    const request = HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(`${loginUrl}/refreshToken`), {
      refreshToken: Redacted.value(token.refreshToken)
    })
    const answer = yield* send(request).pipe(
      Effect.mapError((fault) => (fault.sent ? uncertain(server, fault) : unreachable("renewal", server, fault)))
    )
    if (answer.status === 401) return yield* new AuthError.SessionExpired({ reason: "Refused", server })
    // Whoever answered, a gateway or the server: the renewal may have been carried out all the same.
    if (answer.status >= 500) return yield* failedLate(server, answer)
    if (!isSuccess(answer)) return yield* refused("renewal", server, answer)
    const received = TokenAnswer.decode(answer)
    return typeof received === "string"
      ? yield* new AuthError.RenewalUncertain({ reason: "InvalidResponse", server, status: answer.status })
      : Token.next(token, received)
  })

const revoke = (
  server: string,
  loginUrl: string,
  send: Send,
  token: Token.Token
): Effect.Effect<void, AuthError.AuthError> =>
  Effect.gen(function* () {
    if (token.refreshToken === undefined) return
    // The server wants the token in the query; URLSearchParams encodes its "/", "+" and "=".
    const query = new URLSearchParams({ refreshToken: Redacted.value(token.refreshToken) })
    const answer = yield* send(HttpClientRequest.del(`${loginUrl}/refreshToken?${query}`)).pipe(
      Effect.mapError((fault) => unreachable("revocation", server, fault))
    )
    // 401: the server does not know it (any more), which is what was wanted (RFC 7009 2.2).
    if (!isSuccess(answer) && answer.status !== 401) return yield* refused("revocation", server, answer)
  })

const uncertain = (server: string, fault: Fault): AuthError.RenewalUncertain =>
  new AuthError.RenewalUncertain({
    server,
    reason: fault.reason === "TooLarge" ? "InvalidResponse" : fault.reason,
    ...(fault.code === undefined ? {} : { code: fault.code })
  })

const unreachable = (operation: AuthError.Operation, server: string, fault: Fault): AuthError.AuthError =>
  fault.refusal ??
  (fault.reason === "TooLarge"
    ? new AuthError.InvalidResponse({
        operation,
        server,
        status: fault.status ?? 200,
        problem: "the answer is larger than 1 MiB"
      })
    : new AuthError.ServerUnavailable({
        operation,
        server,
        reason: fault.reason,
        ...(fault.code === undefined ? {} : { code: fault.code })
      }))

/** An answer that is neither a success nor a 401: is the server busy, or is it no Machine Learning Server? */
const refused = (operation: AuthError.Operation, server: string, answer: Answer): AuthError.AuthError => {
  const { status } = answer
  if (status >= 500 || status === 429 || status === 408) {
    const wait = retryAfter(answer)
    return new AuthError.ServerUnavailable({
      operation,
      server,
      reason: "Status",
      status,
      ...(wait === undefined ? {} : { retryAfter: wait })
    })
  }
  return new AuthError.InvalidResponse({ operation, server, status, problem: TokenAnswer.oddity(answer) })
}
