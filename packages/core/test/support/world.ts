/** A server inside the process and a client of it, under TestClock: nothing real moves. */
import { CredentialSource, type Credential, MlServerAuth, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"

/** The directory's user that most stories are about. */
export const ada = { username: Accounts.ada.username, password: Accounts.ada.password }
export const olga = { username: Accounts.olga.username, password: Accounts.olga.password }

export interface WorldOptions {
  readonly dev?: DevServer.InProcessOptions
  readonly auth?: Partial<MlServerAuth.Options>
  readonly store?: TokenStore.Service
  readonly source?: CredentialSource.Service
  readonly credential?: Credential.Credential
  readonly client?: (bare: HttpClient.HttpClient) => HttpClient.HttpClient
}

/** A client of a server that runs already. */
export const clientOf = (
  dev: DevServer.Service & { readonly client: HttpClient.HttpClient },
  options: WorldOptions = {}
) =>
  Effect.gen(function* () {
    const store = options.store ?? (yield* TokenStore.makeMemory)
    const source =
      options.source ??
      (options.credential === undefined ? CredentialSource.none : CredentialSource.fromCredential(options.credential))
    const auth = yield* MlServerAuth.make({ server: dev.url, ...options.auth }).pipe(
      Effect.provideService(HttpClient.HttpClient, options.client?.(dev.client) ?? dev.client),
      Effect.provideService(TokenStore.TokenStore, store),
      Effect.provideService(CredentialSource.CredentialSource, source)
    )
    return { dev, store, control: dev.control, ...auth }
  })

/** A server and a client of it. */
export const world = (options: WorldOptions = {}) =>
  Effect.flatMap(DevServer.makeInProcess({ tokenFormat: "opaque", ...options.dev }), (dev) => clientOf(dev, options))
