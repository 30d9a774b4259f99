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
import { type Answer, exchange, type Fault, isSuccess } from "./internal/issuer/exchange.js"
import { untraced } from "./internal/issuer/foreignTracing.js"
import * as IssuerError from "./internal/issuer/issuerError.js"
import * as TokenAnswer from "./internal/issuer/tokenAnswer.js"
import * as ServerAddress from "./ServerAddress.js"
import type { ServerEndpoint } from "./ServerEndpoint.js"
import * as Token from "./Token.js"
import { TokenIssuer, type Service } from "./TokenIssuer.js"
import * as TokenKey from "./TokenKey.js"

/** Options of the issuer. */
export interface Options {
  readonly endpoint: ServerEndpoint
  /** Where log-ins go, below the endpoint (some notes of the server say `/user/login`). Default: `/login`. */
  readonly loginPath?: string | undefined
  /** How long one call may take from sending to the last byte. Default: 30 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * As the server documents it, in milliseconds: a refresh token ends after 14 days without use, and a chain of renewals after 90
 * days.
 *
 * @example
 * import { MlServerIssuer, Token } from "@mlserver-auth/core"
 *
 * // The day on which the person must sign in again, whatever happens.
 * const signInAgainOn = (token: Token.Token) => {
 *   const end = Token.chainEndsAt(token, MlServerIssuer.lifetimes)
 *   return end === undefined ? undefined : new Date(end)
 * }
 */
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
 * client in `HttpClient.followRedirects`: it would repeat a password at any address that an answer names.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Credential, MlServerIssuer, ServerEndpoint } from "@mlserver-auth/core"
 *
 * // Is this password right? A call of its own, which no session stores.
 * const isRight = (username: string, password: string) =>
 *   Effect.gen(function* () {
 *     const endpoint = yield* ServerEndpoint.make("https://mlserver.contoso.com:12800")
 *     const issuer = yield* MlServerIssuer.make({ endpoint, timeout: "5 seconds" })
 *     return yield* Effect.as(issuer.grant(Credential.usernamePassword({ username, password })), true)
 *   }).pipe(Effect.catchTag("CredentialRejected", () => Effect.succeed(false)))
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
    const context: Context = { server, fails: IssuerError.make(server), loginUrl, send: sendBy(client) }
    // Its address holds a secret.
    const unseen: Context = { ...context, send: sendBy(untraced(client)) }
    return {
      server,
      lifetimes,
      canRevoke: true,
      key: (principal) => TokenKey.make(ServerAddress.keyOf(options.endpoint, principal)),
      grant: (credential) => grant(context, credential).pipe(spanned("grant", server)),
      renew: (token) => renew(context, token).pipe(spanned("renew", server)),
      revoke: (token) => revoke(unseen, token).pipe(spanned("revoke", server))
    } satisfies Service
  })

/**
 * The issuer as a layer. Fails as `make` does.
 *
 * @example
 * import { AuthHttpClient, MlServerIssuer, type ServerEndpoint, Session } from "@mlserver-auth/core"
 * import * as Layer from "effect/Layer"
 *
 * // `MlServerAuth.layer` by hand, with a session and an issuer that others can use too.
 * const Auth = (endpoint: ServerEndpoint.ServerEndpoint) =>
 *   AuthHttpClient.layer(endpoint).pipe(
 *     Layer.provideMerge(Session.layer()),
 *     Layer.provideMerge(MlServerIssuer.layer({ endpoint }))
 *   )
 */
export const layer = (
  options: Options
): Layer.Layer<TokenIssuer, AuthError.ConfigurationInvalid, HttpClient.HttpClient> =>
  Layer.effect(TokenIssuer, make(options))

const spanned = (operation: string, server: string) =>
  Effect.withSpan(`MlServerIssuer.${operation}`, { attributes: { "server.address": server }, captureStackTrace: false })

type Send = (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<Answer, Fault>

/** What every call needs. */
interface Context {
  readonly server: string
  readonly fails: IssuerError.IssuerError
  readonly loginUrl: string
  readonly send: Send
}

const grant = (
  { fails, loginUrl, send, server }: Context,
  offered: Credential.Credential
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const credential = yield* Credential.validate(offered)
    if (credential._tag === "AccessToken") return yield* Token.fromAccessToken(credential.accessToken)
    if (Credential.needsPerson(credential)) {
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
    ).pipe(Effect.mapError((fault) => fails.unreachable("sign-in", fault)))
    if (answer.status === 401) {
      return yield* new AuthError.CredentialRejected({ reason: "InvalidCredentials", server })
    }
    if (answer.status === 403) return yield* new AuthError.CredentialRejected({ reason: "Forbidden", server })
    if (!isSuccess(answer)) return yield* refused("sign-in", fails, answer)
    const received = TokenAnswer.decode(answer)
    return typeof received === "string"
      ? yield* fails.invalid("sign-in", answer, received)
      : Token.first(received, credential.username)
  })

const renew = (
  { fails, loginUrl, send, server }: Context,
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
      Effect.mapError((fault) => (fault.sent ? fails.uncertain(fault) : fails.unreachable("renewal", fault)))
    )
    if (answer.status === 401) return yield* new AuthError.SessionExpired({ reason: "Refused", server })
    // Gateway or server: the renewal may have been carried out all the same.
    if (answer.status >= 500) return yield* fails.uncertainAfter("Status", answer)
    if (!isSuccess(answer)) return yield* refused("renewal", fails, answer)
    const received = TokenAnswer.decode(answer)
    return typeof received === "string"
      ? yield* fails.uncertainAfter("InvalidResponse", answer)
      : Token.next(token, received)
  })

const revoke = ({ fails, loginUrl, send }: Context, token: Token.Token): Effect.Effect<void, AuthError.AuthError> =>
  Effect.gen(function* () {
    if (token.refreshToken === undefined) return
    // The server wants the token in the query; URLSearchParams encodes its "/", "+" and "=".
    const query = new URLSearchParams({ refreshToken: Redacted.value(token.refreshToken) })
    const answer = yield* send(HttpClientRequest.del(`${loginUrl}/refreshToken?${query}`)).pipe(
      Effect.mapError((fault) => fails.unreachable("revocation", fault))
    )
    // 401: the server does not know it (any more), which is what was wanted (RFC 7009 2.2). A page says nothing of it.
    const isTold = isSuccess(answer) ? !answer.body.trimStart().startsWith("<") : answer.status === 401
    if (!isTold) return yield* refused("revocation", fails, answer)
  })

/** An answer that is neither a success nor a 401: is the server busy, or is it no Machine Learning Server? */
const refused = (operation: AuthError.Operation, fails: IssuerError.IssuerError, answer: Answer) =>
  IssuerError.isNotNow(answer.status)
    ? fails.notNow(operation, answer)
    : fails.invalid(operation, answer, TokenAnswer.oddity(answer))
