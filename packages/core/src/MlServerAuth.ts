/**
 * Everything together: what an application uses. Give it an `HttpClient`, a `TokenStore` and a `CredentialSource`, and
 * it gives a signed client and the session behind it. `@mlserver-auth/node` has a layer that brings the first two.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
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

/** Options of a server, for every issuer. */
export interface ServerOptions extends Session.Options {
  /** The address of the server, usually with port 12800. `ServerEndpoint.make` says which addresses are refused. */
  readonly server: string | URL
  /** See `ServerEndpoint.Options`. */
  readonly dangerouslyAllowHttp?: boolean | undefined
  /** How long one call to the issuer may take in total. Default: 30 seconds. */
  readonly issuerTimeout?: Duration.DurationInput | undefined
}

/** Options of a server that issues its tokens itself. In the cloud, see `EntraAuth`. */
export interface Options extends ServerOptions {
  /** The path of sign-ins. Default: `/login`. */
  readonly loginPath?: string | undefined
}

/** The client and the session of one server and one principal. */
export interface Service {
  readonly endpoint: ServerEndpoint.ServerEndpoint
  readonly session: Session.Service
  /** Signs with the session's token. */
  readonly client: AuthHttpClient.Service
}

/** The services that an application must provide. */
export type Requirements = HttpClient.HttpClient | TokenStore | CredentialSource

/**
 * The client and the session of one server and one principal as a value, for applications that call several servers, each
 * under its own tag. If you set no `principal` and the source has a user name, that user is the principal, so that two of
 * these with one store do not mix. Fails with `ConfigurationInvalid` for an address or a path that cannot be one, and with what the
 * source fails with.
 *
 * @example
 * import * as Context from "effect/Context"
 * import * as Layer from "effect/Layer"
 * import { MlServerAuth } from "@mlserver-auth/core"
 *
 * class Staging extends Context.Tag("Staging")<Staging, MlServerAuth.Service>() {}
 * class Production extends Context.Tag("Production")<Production, MlServerAuth.Service>() {}
 *
 * const Servers = Layer.mergeAll(
 *   Layer.scoped(Staging, MlServerAuth.make({ server: "https://staging.contoso.com:12800" })),
 *   Layer.scoped(Production, MlServerAuth.make({ server: "https://mlserver.contoso.com:12800" }))
 * )
 */
export const make = (options: Options): Effect.Effect<Service, AuthError, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const endpoint = yield* ServerEndpoint.make(options.server, options)
    const { issuerTimeout: timeout, loginPath } = options
    return yield* makeWith(options, endpoint, yield* MlServerIssuer.make({ endpoint, loginPath, timeout }))
  })

/** The same as `make` with an issuer of your own: `EntraAuth` is this with Azure Active Directory. */
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
 * The signed client and the session of an application's one server. Fails as `make` does.
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

/**
 * Provides a service that `make` or `makeWith` made under the two tags that an application uses: `AuthHttpClient` and `Session`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { MlServerAuth, ServerEndpoint, type TokenIssuer } from "@mlserver-auth/core"
 *
 * const Auth = (issuer: TokenIssuer.Service) =>
 *   ServerEndpoint.make("https://mlserver.contoso.com:12800").pipe(
 *     Effect.flatMap((endpoint) => MlServerAuth.makeWith({}, endpoint, issuer)),
 *     MlServerAuth.toLayer
 *   )
 */
export const toLayer = <R>(
  made: Effect.Effect<Service, AuthError, R>
): Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, AuthError, Exclude<R, Scope.Scope>> =>
  // One layer for both: each layer is work at the start of every program.
  Layer.scopedContext(
    Effect.map(made, ({ client, session }) =>
      Context.add(Context.make(AuthHttpClient.AuthHttpClient, client), Session.Session, session)
    )
  )

/**
 * The same with options from Effect's `Config`. Fails with `ConfigurationInvalid`, which names all options that could not be
 * read.
 *
 * @example
 * import * as Config from "effect/Config"
 * import { MlServerAuth } from "@mlserver-auth/core"
 *
 * const Auth = MlServerAuth.layerConfig({
 *   server: Config.string("MLS_SERVER"),
 *   issuerTimeout: Config.duration("MLS_TIMEOUT").pipe(Config.withDefault("30 seconds"))
 * })
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<AuthHttpClient.AuthHttpClient | Session.Session, AuthError, Requirements> =>
  Layer.unwrapEffect(Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer)))
