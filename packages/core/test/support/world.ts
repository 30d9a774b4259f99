/** A server inside the process and a client of it, under TestClock: nothing real moves. */
import {
  type AuthError,
  type AuthHttpClient,
  type Credential,
  CredentialSource,
  EntraAuth,
  MlServerAuth,
  type ServerEndpoint,
  type Session,
  TokenStore
} from "@mlserver-auth/core"
import { Accounts, type Control, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Canary from "./canary.js"

/** The directory's user that most stories are about. */
export const ada = { username: Accounts.ada.username, password: Accounts.ada.password }
export const olga = { username: Accounts.olga.username, password: Accounts.olga.password }

export interface WorldOptions {
  readonly dev?: DevServer.InProcessOptions
  readonly auth?: Partial<MlServerAuth.Options>
  /** Signs in at the authority of a server that has one (`dev: { azure: true }`). */
  readonly entra?: Partial<EntraAuth.Options>
  readonly store?: TokenStore.Service
  readonly source?: CredentialSource.Service
  readonly credential?: Credential.Credential
  readonly client?: (bare: HttpClient.HttpClient) => HttpClient.HttpClient
}

type Dev = DevServer.Service & { readonly client: HttpClient.HttpClient }

/** What a story plays in. */
export interface World {
  readonly canary: Canary.Canary
  readonly dev: Dev
  readonly control: Control.Control
  readonly store: TokenStore.Service
  readonly endpoint: ServerEndpoint.ServerEndpoint
  readonly session: Session.Service
  readonly client: AuthHttpClient.Service
}

/** A client of a server that runs already. */
export const clientOf = (
  dev: Dev,
  options: WorldOptions = {}
): Effect.Effect<World, AuthError.AuthError, Scope.Scope> =>
  Effect.gen(function* () {
    const canary = yield* Canary.watch
    const store = Canary.planting(canary, options.store ?? (yield* TokenStore.makeMemory))
    const source =
      options.source ??
      (options.credential === undefined ? CredentialSource.none : CredentialSource.fromCredential(options.credential))
    const made =
      dev.azure === undefined
        ? MlServerAuth.make({ server: dev.url, ...options.auth })
        : EntraAuth.make({ server: dev.url, ...dev.azure, ...options.entra })
    const auth = yield* made.pipe(
      Effect.provideService(HttpClient.HttpClient, options.client?.(dev.client) ?? dev.client),
      Effect.provideService(TokenStore.TokenStore, store),
      Effect.provideService(CredentialSource.CredentialSource, source)
    )
    return {
      canary,
      dev,
      store,
      control: dev.control,
      endpoint: auth.endpoint,
      session: Canary.session(canary, auth.session),
      client: Canary.client(canary, auth.client)
    }
  })

/** A server and a client of it. */
export const world = (options: WorldOptions = {}): Effect.Effect<World, AuthError.AuthError, Scope.Scope> =>
  Effect.flatMap(DevServer.makeInProcess({ tokenFormat: "opaque", ...options.dev }), (dev) => clientOf(dev, options))
