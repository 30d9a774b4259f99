/**
 * Everything together: what an application uses. Give it an `HttpClient`, a `TokenStore` and a `CredentialSource`, and
 * it gives a signed client and the session behind it. `@mlserver-auth/node` has a layer that brings the first two.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type AuthError, fromConfigError } from "./AuthError.js"
import * as AuthHttpClient from "./AuthHttpClient.js"
import { CredentialSource } from "./CredentialSource.js"
import * as MlServerIssuer from "./MlServerIssuer.js"
import * as ServerEndpoint from "./ServerEndpoint.js"
import * as Session from "./Session.js"
import { TokenIssuer } from "./TokenIssuer.js"
import type { TokenStore } from "./TokenStore.js"

/** How an application reaches a server, whoever issues its tokens. */
export interface ServerOptions extends Session.Options {
  /** The address of the server, usually with port 12800. See `ServerEndpoint.make` for what is refused. */
  readonly server: string | URL
  /** See `ServerEndpoint.Options`. */
  readonly dangerouslyAllowHttp?: boolean | undefined
  /** How long one call to the issuer may take, whole; 30 seconds unless said otherwise. */
  readonly issuerTimeout?: Duration.DurationInput | undefined
}

/** How an application reaches its server, which issues its tokens itself. In the cloud, see `EntraAuth`. */
export interface Options extends ServerOptions {
  /** Where log-ins go; `/login` unless said otherwise. */
  readonly loginPath?: string | undefined
}

/** A server and a principal. */
export interface Service {
  readonly endpoint: ServerEndpoint.ServerEndpoint
  readonly session: Session.Service
  /** Signs with the session's token. */
  readonly client: AuthHttpClient.Service
}

/** What an application brings. */
export type Requirements = HttpClient.HttpClient | TokenStore | CredentialSource

/**
 * One server and one principal as a value: for applications that speak to several, each under a tag of its own. Without
 * a `principal`, a source that gives a user name silently gives the principal too, so that two of these with one store
 * do not mix.
 */
export const make = (options: Options): Effect.Effect<Service, AuthError, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const endpoint = yield* ServerEndpoint.make(options.server, options)
    const { issuerTimeout: timeout, loginPath } = options
    return yield* makeWith(options, endpoint, yield* MlServerIssuer.make({ endpoint, loginPath, timeout }))
  })

/** The same with an issuer of your own: `EntraAuth` is this with Azure Active Directory. */
export const makeWith = (
  options: Session.Options,
  endpoint: ServerEndpoint.ServerEndpoint,
  issuer: TokenIssuer["Type"]
): Effect.Effect<Service, AuthError, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const source = yield* CredentialSource
    const offered = yield* source.silent({ server: issuer.server, principal: options.principal ?? "" })
    const named = Option.isSome(offered) && offered.value._tag === "UsernamePassword" ? offered.value.username : ""
    const session = yield* Effect.provideService(
      Session.make({ ...options, principal: options.principal ?? named }),
      TokenIssuer,
      issuer
    )
    return { endpoint, session, client: yield* AuthHttpClient.make(client, session, endpoint) }
  })

/**
 * The signed client and the session of an application's one server.
 *
 * @example
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { AuthHttpClient, Credential, CredentialSource, MlServerAuth, TokenStore } from "@mlserver-auth/core"
 *
 * const Auth = MlServerAuth.layer({ server: "https://mlserver.contoso.com:12800" }).pipe(
 *   Layer.provide([FetchHttpClient.layer, TokenStore.layerMemory]),
 *   Layer.provide(CredentialSource.layer(Credential.usernamePassword({ username: "ada", password: "…" })))
 * )
 *
 * const services = Effect.gen(function* () {
 *   const http = yield* AuthHttpClient.AuthHttpClient
 *   const response = yield* http.get("/services")
 *   return yield* response.json
 * }).pipe(Effect.provide(Auth))
 */
export const layer = (
  options: Options
): Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, AuthError, Requirements> => toLayer(make(options))

/** A made service under the two tags that an application uses. */
export const toLayer = <R>(
  made: Effect.Effect<Service, AuthError, R>
): Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, AuthError, Exclude<R, Scope.Scope>> =>
  Layer.unwrapScoped(
    Effect.map(made, ({ client, session }) =>
      Layer.merge(Layer.succeed(AuthHttpClient.AuthHttpClient, client), Layer.succeed(Session.Session, session))
    )
  )

/** The same with options from Effect's `Config`; unreadable ones are `ConfigurationInvalid`, all named at once. */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, AuthError, Requirements> =>
  Layer.unwrapEffect(Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer)))
