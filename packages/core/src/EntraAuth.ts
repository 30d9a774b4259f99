/**
 * Everything together for a server that leaves sign-ins to Azure Active Directory: `MlServerAuth` with `EntraIssuer`. The
 * person who set up the server knows the four settings.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type AuthError, fromConfigError } from "./AuthError.js"
import type { AuthHttpClient } from "./AuthHttpClient.js"
import * as Authority from "./Authority.js"
import type { CredentialSource } from "./CredentialSource.js"
import * as EntraIssuer from "./EntraIssuer.js"
import * as MlServerAuth from "./MlServerAuth.js"
import * as ServerEndpoint from "./ServerEndpoint.js"
import type { Session } from "./Session.js"
import type { TokenStore } from "./TokenStore.js"

/** The authority, the application and the resource, in the words of the server's documentation and of its Python client. */
export interface Settings extends Authority.Settings {
  /** Id of the native application. */
  readonly clientid: string
  /** Id of the web application that stands for the server. */
  readonly resource: string
}

/** Options of a server that leaves sign-ins to Azure. */
export interface Options
  extends
    MlServerAuth.ServerOptions,
    Settings,
    Omit<EntraIssuer.Options, "authority" | "clientid" | "resource" | "timeout"> {}

/** The services that an application must provide. */
export type Requirements = HttpClient.HttpClient | TokenStore | CredentialSource

/**
 * The client and the session of one server and one principal, as a value: see `MlServerAuth.make`. Fails with `ConfigurationInvalid`
 * for an address, a tenant or an id that cannot be one, and with what the source fails with; nothing is sent yet.
 *
 * @example
 * import { EntraAuth } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const models = Effect.gen(function* () {
 *   const { client } = yield* EntraAuth.make({
 *     server: "https://mlserver.contoso.com:12800",
 *     tenant: "contoso.com",
 *     clientid: "00000000-0000-0000-0000-000000000000",
 *     resource: "11111111-1111-1111-1111-111111111111"
 *   })
 *   const response = yield* client.get("/services")
 *   return yield* response.json
 * }).pipe(Effect.scoped)
 */
export const make = (options: Options): Effect.Effect<MlServerAuth.Service, AuthError, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const endpoint = yield* ServerEndpoint.make(options.server, options)
    const authority = yield* Authority.make(options)
    const issuer = yield* EntraIssuer.make({ ...options, authority, timeout: options.issuerTimeout })
    return yield* MlServerAuth.makeWith(options, endpoint, issuer)
  })

/**
 * The signed client and the session of an application's one server, with tokens from Azure Active Directory. Fails as `make` does.
 *
 * @example
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { AuthHttpClient, CredentialPrompt, CredentialSource, EntraAuth, Session, TokenStore } from "@mlserver-auth/core"
 *
 * const Auth = EntraAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   authuri: "https://login.windows.net",
 *   tenant: "contoso.com",
 *   clientid: "00000000-0000-0000-0000-000000000000",
 *   resource: "11111111-1111-1111-1111-111111111111"
 * }).pipe(
 *   Layer.provide([FetchHttpClient.layer, TokenStore.layerMemory, CredentialSource.layerConfigOrDeviceCode()])
 * )
 *
 * const services = Effect.gen(function* () {
 *   const session = yield* Session.Session
 *   yield* session.signIn() // shows a device code unless a user name and a password are configured
 *   const http = yield* AuthHttpClient.AuthHttpClient
 *   const response = yield* http.get("/services")
 *   return yield* response.json
 * }).pipe(Effect.provide(Auth))
 *
 * const program: Effect.Effect<unknown, unknown, CredentialPrompt.CredentialPrompt> = services
 */
export const layer = (options: Options): Layer.Layer<AuthHttpClient | Session, AuthError, Requirements> =>
  MlServerAuth.toLayer(make(options))

/**
 * The same with options from Effect's `Config`. Fails with `ConfigurationInvalid`, which names all options that could not be
 * read.
 *
 * @example
 * import { EntraAuth } from "@mlserver-auth/core"
 * import * as Config from "effect/Config"
 *
 * const Auth = EntraAuth.layerConfig({
 *   server: Config.string("MLS_SERVER"),
 *   tenant: Config.string("MLS_TENANT"),
 *   clientid: Config.string("MLS_CLIENT_ID"),
 *   resource: Config.string("MLS_RESOURCE")
 * })
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<AuthHttpClient | Session, AuthError, Requirements> =>
  Layer.unwrapEffect(Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer)))
