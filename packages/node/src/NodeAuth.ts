/**
 * `MlServerAuth` or `EntraAuth` of core with everything that Node.js provides: HTTP, a terminal prompt, a store.
 *
 * What the options do not ask for is not loaded: most programs have a credential and keep tokens in memory, and the rest
 * was a tenth of the work of their start.
 */
import type { AuthError, ConfigurationInvalid, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { fromConfigError } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type { Credential } from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import { CredentialPrompt } from "@mlserver-auth/core/CredentialPrompt"
import type * as EntraAuth from "@mlserver-auth/core/EntraAuth"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import type { Session } from "@mlserver-auth/core/Session"
import type * as Sessions from "@mlserver-auth/core/Sessions"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as FileTokenStore from "./FileTokenStore.js"
import type * as LoopbackRedirect from "./LoopbackRedirect.js"
import * as NodeHttp from "./NodeHttp.js"
import type * as TerminalPrompt from "./TerminalPrompt.js"

/**
 * The settings of Azure Active Directory: the four that the person who set up the server knows, and more.
 *
 * @example
 * import { Session } from "@mlserver-auth/core"
 * import { NodeAuth } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * // Shows a device code, unless MLS_USERNAME and MLS_PASSWORD, or MLS_ACCESS_TOKEN, are set.
 * const signIn = Effect.flatMap(Session.Session, (session) => session.signIn()).pipe(
 *   Effect.provide(
 *     NodeAuth.layer({
 *       server: "https://mlserver.contoso.com:12800",
 *       entra: {
 *         authuri: "https://login.windows.net",
 *         tenant: "contoso.com",
 *         clientid: "00000000-0000-0000-0000-000000000000",
 *         resource: "11111111-1111-1111-1111-111111111111"
 *       },
 *       store: "encrypted"
 *     })
 *   )
 * )
 */
export type Entra = Omit<EntraAuth.Options, keyof MlServerAuth.ServerOptions>

/** The server, and how this process reaches it. */
export interface Options extends MlServerAuth.Options {
  /**
   * For a server that leaves sign-ins to Azure Active Directory. Default: none; people sign in at the server itself, at
   * `loginPath`.
   */
  readonly entra?: Entra | undefined
  /**
   * Kept and used without asking for as long as the layer lives. Default: `MLS_ACCESS_TOKEN`, or `MLS_USERNAME` and
   * `MLS_PASSWORD` from Effect's `Config`; for what is missing `Session.signIn` asks at the terminal, and with `entra`
   * it shows a device code there.
   */
  readonly credential?: Credential | undefined
  /**
   * Where tokens are stored. "memory" ends with the program. The next program finds the others, in a file that only its
   * owner can read:
   *
   * - "keyring": encrypted with a key in the keyring of the desktop (needs `@napi-rs/keyring`).
   * - "encrypted": encrypted with a key in a file beside it, which protects copies and backups of single files.
   * - "file": not encrypted, protected by the file's mode only.
   * - options: as they say. Only `sealing: "best"` uses something weaker if there is no keyring, with a warning.
   *
   * If the library cannot use the chosen store, the layer fails with `StoreUnavailable`. Default: "memory".
   */
  readonly store?: "memory" | "file" | "encrypted" | "keyring" | FileTokenStore.Options | undefined
  /** How this process reaches the server: limits, proxies, certificates. Default: as `NodeHttp.Options` says. */
  readonly http?: NodeHttp.Options | undefined
  /** How a person is asked at the terminal. Default: as `TerminalPrompt.Options` says. */
  readonly prompt?: TerminalPrompt.Options | undefined
  /**
   * With `entra`: how a person signs in. "device-code": they enter a code in any browser. "browser", or options for it: in
   * their own browser on this machine. Default: "device-code".
   */
  readonly person?: "device-code" | "browser" | LoopbackRedirect.Options | undefined
}

/**
 * The signed client and the session of an application's one server. Most programs need only this.
 *
 * @example
 * import { AuthHttpClient } from "@mlserver-auth/core"
 * import { NodeAuth } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const services = Effect.gen(function* () {
 *   const http = yield* AuthHttpClient.AuthHttpClient
 *   const response = yield* http.get("/services")
 *   return yield* response.json
 * }).pipe(Effect.provide(NodeAuth.layer({ server: "https://mlserver.contoso.com:12800" })))
 */
export const layer = (options: Options): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  authOf(options).pipe(Layer.provide([NodeHttp.layer(options.http), storeOf(options), sourceOf(options)]))

/**
 * The same with options from Effect's `Config`. Fails also with `ConfigurationInvalid`, which names all options that could not
 * be read.
 *
 * @example
 * import { NodeAuth } from "@mlserver-auth/node"
 * import * as Config from "effect/Config"
 *
 * // REPORT_SERVER=https://mlserver.contoso.com:12800
 * const Auth = NodeAuth.layerConfig({
 *   server: Config.string("REPORT_SERVER"),
 *   store: Config.withDefault(Config.literal("memory", "file", "encrypted", "keyring")("REPORT_STORE"), "memory")
 * })
 */
export const layerConfig = (options: Config.Config.Wrap<Options>): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer), Layer.unwrapEffect)

/** A store of your application, or one that machines share. */
export type SharedStore = Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid | StoreUnavailable>

/** Options for an application that acts for many users: the server, and where the tokens are stored. */
export interface SessionsOptions extends Omit<Options, "principal" | "credential" | "prompt" | "person" | "store"> {
  /**
   * As for one session, or a layer: `RedisTokenStore.layer` or `SqlTokenStore.layer` for several machines. Default: "memory", and
   * then a restart signs all users out.
   */
  readonly store?: Options["store"] | SharedStore
  /** Where each user's credential comes from. Default: nowhere; users sign in by `session.signIn`, and their credential is not kept. */
  readonly source?: Sessions.Options["source"] | undefined
  /** How long a session that is not used stays in memory. Default: 1 hour. */
  readonly idleTimeToLive?: Duration.DurationInput | undefined
}

/**
 * A session and a signed client for each user of an application: `Sessions` of core with everything that it needs.
 *
 * @example
 * import { Credential, Sessions } from "@mlserver-auth/core"
 * import { NodeAuth } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const Users = NodeAuth.layerSessions({ server: "https://mlserver.contoso.com:12800", store: "encrypted" })
 *
 * const signIn = (username: string, password: string) =>
 *   Effect.gen(function* () {
 *     const { session } = yield* (yield* Sessions.Sessions).get(username)
 *     return yield* session.signIn(Credential.usernamePassword({ username, password }))
 *   })
 *
 * const services = (username: string) =>
 *   Effect.gen(function* () {
 *     const { client } = yield* (yield* Sessions.Sessions).get(username)
 *     return yield* client.get("/services")
 *   })
 */
export const layerSessions = ({ store, ...options }: SessionsOptions): Layer.Layer<Sessions.Sessions, AuthError> =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("./internal/manyUsers.js")),
      ({ layer: many }) => many(options, isShared(store) ? store : storeOf({ store }))
    )
  )

const isShared = (store: SessionsOptions["store"]): store is SharedStore => Layer.isLayer(store)

const authOf = ({ entra, ...options }: Options) =>
  entra === undefined
    ? MlServerAuth.layer(options)
    : Layer.unwrapEffect(
        Effect.map(
          Effect.promise(() => import("@mlserver-auth/core/EntraAuth")),
          ({ layer: azure }) => azure({ ...options, ...entra })
        )
      )

const storeOf = ({
  store = "memory"
}: Pick<Options, "store">): Layer.Layer<TokenStore.TokenStore, StoreUnavailable> => {
  if (store === "memory") return TokenStore.layerMemory
  const files = typeof store === "object" ? store : { sealing: SEALING[store] }
  return Layer.unwrapEffect(
    Effect.map(
      Effect.promise(() => import("./FileTokenStore.js")),
      ({ layer: stored }) => stored(files)
    )
  )
}

const SEALING = { file: "none", encrypted: "keyFile", keyring: "keyring" } as const

const sourceOf = ({
  credential,
  entra,
  person = "device-code",
  prompt
}: Options): Layer.Layer<CredentialSource.CredentialSource> => {
  if (credential !== undefined) return CredentialSource.layer(credential)
  if (entra === undefined) return Layer.provide(CredentialSource.layerConfigOrPrompt(), terminal(prompt))
  if (person !== "device-code") {
    const redirect = Effect.flatMap(
      Effect.promise(() => import("./LoopbackRedirect.js")),
      ({ make }) => make({ ...prompt, ...(person === "browser" ? {} : person) })
    )
    return Layer.succeed(
      CredentialSource.CredentialSource,
      CredentialSource.firstOf(CredentialSource.config(), CredentialSource.authorizationCode({ redirect }))
    )
  }
  const { clientid, resource, tenant } = entra
  const device = { authorises: { client: clientid, resource, tenant }, ...prompt?.device }
  return Layer.provide(CredentialSource.layerConfigOrDeviceCode(), terminal({ ...prompt, device }))
}

/** The prompt of `TerminalPrompt`, loaded when a person is first asked. */
const terminal = (options: TerminalPrompt.Options | undefined): Layer.Layer<CredentialPrompt> =>
  Layer.effect(
    CredentialPrompt,
    Effect.map(
      Effect.cached(
        Effect.flatMap(
          Effect.promise(() => import("./TerminalPrompt.js")),
          ({ make }) => make(options)
        )
      ),
      (prompt) => ({
        username: (question) => Effect.flatMap(prompt, ({ username }) => username(question)),
        password: (question) => Effect.flatMap(prompt, ({ password }) => password(question)),
        device: Effect.flatMap(prompt, ({ device }) => device)
      })
    )
  )
