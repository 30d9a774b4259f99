/**
 * Azure Active Directory (Entra ID) as issuer: password, device code, sign-in in the browser and refresh, over its v1
 * endpoints (`resource`, as Machine Learning Server's own clients use them) or over v2 (`{resource}/.default`).
 *
 * What an error is, is decided by `error`, `suberror` and the status; Azure's numbers only pick the words
 * (`EntraAdvice`). No call is made unasked: no discovery, and a realm probe only by option.
 *
 * Sources: RFC 6749 4.1, 4.3, 5 and 6, RFC 7636, RFC 8628, RFC 7009, RFC 9207; Microsoft's documentation of the v1 and v2 endpoints.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AuthError from "./AuthError.js"
import type { Authority } from "./Authority.js"
import * as EntraAnswer from "./internal/entra/answer.js"
import * as EntraSignIn from "./internal/entra/signIn.js"
import * as EntraWire from "./internal/entra/wire.js"
import { exchange, isSuccess } from "./internal/issuer/exchange.js"
import * as TokenAnswer from "./internal/issuer/tokenAnswer.js"
import * as Token from "./Token.js"
import { type RenewOptions, type Service, TokenIssuer } from "./TokenIssuer.js"
import * as TokenKey from "./TokenKey.js"

/** Options of the issuer. */
export interface Options {
  readonly authority: Authority
  /** Id of the native (public) application; a secret is never sent. */
  readonly clientid: string
  /** Id (or URI) of the web application that stands for the server. */
  readonly resource: string
  /** The endpoints to use. Default: `v1`, and `v2` for a page in a browser, which v1 does not know. */
  readonly wire?: "v1" | "v2" | undefined
  /**
   * What the application's redirect addresses are registered as: `native` (mobile and desktop applications, the
   * default), or `spa` (single-page application), whose calls must come from a browser and whose sessions end after 24
   * hours, however much they are used.
   */
  readonly registration?: "native" | "spa" | undefined
  /**
   * The authority's issuer identifier, for one whose metadata promise it in answers to the browser
   * (`authorization_response_iss_parameter_supported`, RFC 9207): then an answer without it, or with another, is refused.
   */
  readonly issuer?: string | undefined
  /**
   * Ask first whether the account's password is checked by Azure at all, and send none if it is not. One more call
   * before each password. Default: false.
   */
  readonly realmProbe?: boolean | undefined
  /** How long one call may take from sending to the last byte. Default: 30 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * Whether a refresh token works once, as with authorities that rotate. Default: `reusable`, as Azure's
   * are. Only with `one-time` may a lost answer have cost the session: it is reported as `RenewalUncertain`.
   */
  readonly refreshTokens?: "reusable" | "one-time" | undefined
  /** Where refresh tokens are revoked (RFC 7009), as a path below the authority. Azure has no such place. */
  readonly revocationPath?: string | undefined
}

/**
 * As Azure documents it, in milliseconds: a refresh token ends after 90 days without use. A chain of renewals has no end.
 *
 * @example
 * import { EntraIssuer, Token } from "@mlserver-auth/core"
 *
 * // Until when a person need not sign in again, if this program runs until then. Epoch milliseconds.
 * const unusedUntil = (token: Token.Token) => Token.idleEndsAt(token, EntraIssuer.lifetimes)
 * const inAPage = (token: Token.Token) => Token.chainEndsAt(token, EntraIssuer.spaLifetimes)
 */
export const lifetimes: Token.Lifetimes = { idle: Duration.toMillis("90 days"), chain: Infinity }

/** The same for a page in a browser, in milliseconds: 24 hours from the sign-in, even if it is used. */
export const spaLifetimes: Token.Lifetimes = {
  idle: Duration.toMillis("24 hours"),
  chain: Duration.toMillis("24 hours")
}

/** What every part needs. */
interface Context extends EntraSignIn.Context {
  readonly server: string
  readonly options: Options
}

/**
 * An issuer over the `HttpClient` of the context. `ConfigurationInvalid` for a client id or a resource that cannot be
 * one. Do not wrap that client in `HttpClient.followRedirects`.
 *
 * @example
 * import { Authority, EntraIssuer, Session, TokenIssuer } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // A session without a client, for a program that sends its requests by other means.
 * const session = Effect.gen(function* () {
 *   const authority = yield* Authority.make({ tenant: "contoso.com" })
 *   const ids = { clientid: "00000000-0000-0000-0000-000000000000", resource: "11111111-1111-1111-1111-111111111111" }
 *   const issuer = yield* EntraIssuer.make({ authority, ...ids, wire: "v2" })
 *   return yield* Effect.provideService(Session.make(), TokenIssuer.TokenIssuer, issuer)
 * })
 */
export const make = (options: Options): Effect.Effect<Service, AuthError.ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const { authority } = options
    const clientid = yield* named("clientid", options.clientid)
    const resource = yield* named("resource", options.resource)
    const path = options.revocationPath
    if (path !== undefined && !/^(\/[A-Za-z0-9\-._~%]+)+$/.test(path)) {
      return yield* invalid("revocationPath", "not a plain path", "Write it like /oauth2/revoke.")
    }
    const spa = options.registration === "spa"
    if (spa && options.wire === "v1") {
      return yield* invalid(
        "wire",
        "v1 has no registrations for pages in a browser",
        'Use `wire: "v2"`, or leave it out.'
      )
    }
    const server = authority.origin
    const wire = EntraWire.make({
      base: authority.base,
      clientid,
      resource,
      wire: options.wire ?? (spa ? "v2" : "v1"),
      revocationPath: path
    })
    const trace = spa ? tracedWithoutHeaders : traced
    const send = (request: HttpClientRequest.HttpClientRequest) =>
      exchange(client, trace(request), options.timeout ?? "30 seconds")
    const { issuer, realmProbe = false } = options
    const context: Context = { server, options, authority, wire, send, issuer, realmProbe }
    const key = { issuer: authority.network, tenant: authority.tenant, client: clientid.toLowerCase(), resource }
    return {
      server,
      lifetimes: spa ? spaLifetimes : lifetimes,
      canRevoke: path !== undefined,
      key: (principal) => TokenKey.make({ ...key, principal }),
      grant: (credential) => EntraSignIn.grant(context, credential).pipe(spanned("grant", server)),
      renew: (token, renewal) => renew(context, token, renewal ?? {}).pipe(spanned("renew", server)),
      revoke: (token) => revoke(context, token).pipe(spanned("revoke", server))
    } satisfies Service
  })

/**
 * The issuer as a layer. Fails as `make` does.
 *
 * @example
 * import { Authority, EntraIssuer, Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const ids = { clientid: "00000000-0000-0000-0000-000000000000", resource: "11111111-1111-1111-1111-111111111111" }
 * const Issuer = Layer.unwrapEffect(
 *   Effect.map(Authority.make({ tenant: "contoso.com" }), (authority) => EntraIssuer.layer({ authority, ...ids }))
 * )
 * const OwnSession = Layer.provide(Session.layer(), Issuer)
 */
export const layer = (
  options: Options
): Layer.Layer<TokenIssuer, AuthError.ConfigurationInvalid, HttpClient.HttpClient> =>
  Layer.effect(TokenIssuer, make(options))

const invalid = (setting: string, problem: string, fix: string) =>
  new AuthError.ConfigurationInvalid({ setting, problem, fix })

/** An id is a GUID or a URI: nothing with blanks in it, which would be two scopes. */
const named = (setting: string, given: string): Effect.Effect<string, AuthError.ConfigurationInvalid> => {
  const id = given.trim()
  if (id === "") return invalid(setting, "empty", "Give the id of the application, from its registration.")
  const fix = "Give the id alone, from the application's registration."
  return /^[!-~]{1,1024}$/.test(id) ? Effect.succeed(id) : invalid(setting, "holds characters that no id may hold", fix)
}

/** An id for each call, which administrators find it by in the sign-in log. */
const traced = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClientRequest.setHeaders(request, {
    "client-request-id": crypto.randomUUID(),
    "return-client-request-id": "true"
  })

/** The same for a browser, which would ask before it sent headers that not every server allows (CORS). */
const tracedWithoutHeaders = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClientRequest.appendUrlParam(request, "client-request-id", crypto.randomUUID())

const spanned = (operation: string, server: string) =>
  Effect.withSpan(`EntraIssuer.${operation}`, { attributes: { "server.address": server }, captureStackTrace: false })

const renew = (
  { options, send, server, wire }: Context,
  token: Token.Token,
  { claims }: RenewOptions
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    if (token.refreshToken === undefined) {
      return yield* new AuthError.SessionExpired({ reason: "NotRenewable", server })
    }
    const once = options.refreshTokens === "one-time"
    const fails = EntraAnswer.failing(server)
    // The authority may have replaced a refresh token that works once.
    const answer = yield* Effect.mapError(send(wire.refresh(token.refreshToken, claims)), (fault) =>
      once && fault.sent ? fails.uncertain(fault) : fails.unreachable("renewal", fault)
    )
    const refused = EntraAnswer.refusal(answer)
    // The authority's own word that it cannot now says that nothing was done; its fault, or a gateway's, says nothing.
    const unknown = refused === undefined || refused.error === "server_error"
    if (once && unknown && answer.status >= 500) return yield* fails.uncertainAfter("Status", answer)
    if (!isSuccess(answer) || refused !== undefined) return yield* EntraAnswer.renewalError(server, answer)
    const received = TokenAnswer.decode(answer)
    if (typeof received !== "string") return Token.next(token, received)
    return yield* once ? fails.uncertainAfter("InvalidResponse", answer) : fails.invalid("renewal", answer, received)
  })

const revoke = (
  { options, send, server, wire }: Context,
  { refreshToken }: Token.Token
): Effect.Effect<void, AuthError.AuthError> =>
  Effect.gen(function* () {
    if (refreshToken === undefined || options.revocationPath === undefined) return
    const answer = yield* Effect.mapError(send(wire.revoke(refreshToken)), (fault) =>
      EntraAnswer.failing(server).unreachable("revocation", fault)
    )
    // 200 also for a token that is not known, and the body says nothing (RFC 7009 2.2).
    if (isSuccess(answer)) return
    const refused = EntraAnswer.refusal(answer)
    const is = EntraAnswer.meaning(answer, refused)
    const kind = is === "NeedsPerson" || is === "Refused" ? "Unreadable" : is
    return yield* EntraAnswer.common("revocation", server, answer, refused, kind, TokenAnswer.oddity(answer))
  })
