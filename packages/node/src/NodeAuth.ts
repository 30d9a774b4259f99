/** Core's `MlServerAuth` or `EntraAuth` with everything that Node.js can bring: HTTP, a terminal, a store. */
import type { AuthError, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { fromConfigError } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type { Credential } from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as EntraAuth from "@mlserver-auth/core/EntraAuth"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import type { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FileTokenStore from "./FileTokenStore.js"
import * as LoopbackRedirect from "./LoopbackRedirect.js"
import * as NodeHttp from "./NodeHttp.js"
import * as TerminalPrompt from "./TerminalPrompt.js"

/**
 * Whom Azure Active Directory is asked about, and for what: the four settings that a colleague hands over, and more.
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
   * For a server that leaves sign-ins to Azure Active Directory; without it the server itself is asked, at `loginPath`.
   */
  readonly entra?: Entra | undefined
  /**
   * Kept and used without asking for as long as the layer lives. Default: `MLS_ACCESS_TOKEN`, or `MLS_USERNAME` and
   * `MLS_PASSWORD` from Effect's `Config`; for what is missing `Session.signIn` asks at the terminal, and with `entra`
   * it shows a device code there.
   */
  readonly credential?: Credential | undefined
  /**
   * Where tokens rest. "memory" ends with the program; the others are found by the next one, in a file of its owner's:
   *
   * - "keyring": sealed with a key in the keyring of the desktop (needs `@napi-rs/keyring`).
   * - "encrypted": sealed with a key in a file beside it, which protects copies and backups of single files.
   * - "file": in clear, protected by the file's mode and nothing else.
   * - options: as they say; only `sealing: "best"` takes something weaker, with a warning, where there is no keyring.
   *
   * A word is kept or the layer fails with `StoreUnavailable`. Default: "memory".
   */
  readonly store?: "memory" | "file" | "encrypted" | "keyring" | FileTokenStore.Options | undefined
  readonly http?: NodeHttp.Options | undefined
  readonly prompt?: TerminalPrompt.Options | undefined
  /**
   * With `entra`: how a person is asked. A device code unless told otherwise; "browser", or how that goes, for the
   * person's own browser on this machine.
   */
  readonly person?: "device-code" | "browser" | LoopbackRedirect.Options | undefined
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
  authOf(options).pipe(Layer.provide([NodeHttp.layer(options.http), storeOf(options), sourceOf(options)]))

/** The same with options from Effect's `Config`. */
export const layerConfig = (options: Config.Config.Wrap<Options>): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  Config.unwrap(options).pipe(Effect.mapError(fromConfigError), Effect.map(layer), Layer.unwrapEffect)

const authOf = ({ entra, ...options }: Options) =>
  entra === undefined ? MlServerAuth.layer(options) : EntraAuth.layer({ ...options, ...entra })

const storeOf = ({ store = "memory" }: Options): Layer.Layer<TokenStore.TokenStore, StoreUnavailable> => {
  if (store === "memory") return TokenStore.layerMemory
  return FileTokenStore.layer(typeof store === "object" ? store : { sealing: SEALING[store] })
}

const SEALING = { file: "none", encrypted: "keyFile", keyring: "keyring" } as const

const sourceOf = ({
  credential,
  entra,
  person = "device-code",
  prompt
}: Options): Layer.Layer<CredentialSource.CredentialSource> => {
  if (credential !== undefined) return CredentialSource.layer(credential)
  if (entra === undefined) return Layer.provide(CredentialSource.layerConfigOrPrompt(), TerminalPrompt.layer(prompt))
  if (person !== "device-code") {
    const redirect = LoopbackRedirect.make({ ...prompt, ...(person === "browser" ? {} : person) })
    return Layer.succeed(
      CredentialSource.CredentialSource,
      CredentialSource.firstOf(CredentialSource.config(), CredentialSource.authorizationCode({ redirect }))
    )
  }
  const { clientid, resource, tenant } = entra
  const device = { authorises: { client: clientid, resource, tenant }, ...prompt?.device }
  return Layer.provide(CredentialSource.layerConfigOrDeviceCode(), TerminalPrompt.layer({ ...prompt, device }))
}
