/** Core's `MlServerAuth` with everything that Node.js can bring: HTTP, a terminal, a store. */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import { fromConfigError } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type { Credential } from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import type { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FileTokenStore from "./FileTokenStore.js"
import * as NodeHttp from "./NodeHttp.js"
import * as TerminalPrompt from "./TerminalPrompt.js"

/** The server, and how this process reaches it. */
export interface Options extends MlServerAuth.Options {
  /**
   * Kept and used without asking for as long as the layer lives. Default: `MLS_ACCESS_TOKEN`, or `MLS_USERNAME` and
   * `MLS_PASSWORD` from Effect's `Config`; for what is missing `Session.signIn` asks at the terminal.
   */
  readonly credential?: Credential | undefined
  /**
   * Where tokens rest: "memory" ends with the program, "file" is found by the next one. Default: "memory".
   */
  readonly store?: "memory" | "file" | FileTokenStore.Options | undefined
  readonly http?: NodeHttp.Options | undefined
  readonly prompt?: TerminalPrompt.Options | undefined
}

/**
 * The signed client and the session of an application's one server; nothing more is needed.
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
  MlServerAuth.layer(options).pipe(Layer.provide([NodeHttp.layer(options.http), storeOf(options), sourceOf(options)]))

/** The same with options from Effect's `Config`. */
export const layerConfig = (options: Config.Config.Wrap<Options>): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer), Layer.unwrapEffect)

const storeOf = ({ store = "memory" }: Options): Layer.Layer<TokenStore.TokenStore> => {
  if (store === "memory") return TokenStore.layerMemory
  return store === "file" ? FileTokenStore.layer() : FileTokenStore.layer(store)
}

const sourceOf = ({ credential, prompt }: Options): Layer.Layer<CredentialSource.CredentialSource> =>
  credential === undefined
    ? Layer.provide(CredentialSource.layerConfigOrPrompt(), TerminalPrompt.layer(prompt))
    : CredentialSource.layer(credential)
