/**
 * Promises and `fetch` for programs on Node.js that call a Machine Learning Server without Effect. You sign in once, each
 * call carries a valid token, and every failure is one class of error that says what to do. For pages:
 * `@mlserver-auth/client/browser`.
 */
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { CredentialSource } from "@mlserver-auth/core/CredentialSource"
import { make } from "@mlserver-auth/core/promises"
import * as Effect from "effect/Effect"
import { bodyOf } from "./internal/body.js"
import { checkCall, checkConnect } from "./internal/checks.js"
import { credentialOf, isNothing, sourceOf } from "./internal/credentials.js"
import { started } from "./internal/started.js"
import type { Client, ConnectOptions, Credential, Nothing, Users, UsersOptions } from "./options.js"

export { type Code, MlServerAuthError } from "@mlserver-auth/core/promises/MlServerAuthError"
export type { Abortable, Fetch, SignedIn, SignedOut, SignOut, State } from "@mlserver-auth/core/promises/PromiseClient"
export type {
  AccessToken,
  Browser,
  Client,
  CommonOptions,
  ConnectOptions,
  Credential,
  DeviceCode,
  Entra,
  FileStore,
  Http,
  Nothing,
  OnPrompt,
  Prompt,
  Proxies,
  UsernamePassword,
  Users,
  UsersOptions
} from "./options.js"

/**
 * Makes the client of one server and one user. Nothing is sent before you use it. Rejected with an `MlServerAuthError`: its
 * `code` is `ConfigurationInvalid` if an option is unknown or wrong, and `StoreUnavailable` if the store cannot be used.
 *
 * @example
 * import { connect } from "@mlserver-auth/client"
 *
 * // MLS_USERNAME and MLS_PASSWORD, or MLS_ACCESS_TOKEN.
 * await using client = await connect({ server: "https://mlserver.contoso.com:12800" })
 * const response = await client.fetch("/services", { signal: AbortSignal.timeout(10_000) })
 * const services: unknown = await response.json()
 */
export const connect = async (options: ConnectOptions): Promise<Client> => {
  const { close, made, runtime } = await started(
    options,
    Effect.suspend(() => Effect.provideService(authOf(options), CredentialSource, sourceOf(options))),
    checkConnect(options)
  )
  const { session } = made
  return make<Credential | Nothing>({
    ...made,
    runtime,
    body: bodyOf(runtime),
    check: checkCall,
    signIn: (given) =>
      session.signIn(given === undefined || isNothing(given) ? undefined : credentialOf(given, options)),
    close
  })
}

/** What Azure needs is loaded where it is asked for. */
const authOf = ({ entra, ...options }: ConnectOptions) =>
  entra === undefined
    ? MlServerAuth.make(options)
    : Effect.flatMap(
        Effect.promise(() => import("@mlserver-auth/core/EntraAuth")),
        (azure) => azure.make({ ...options, ...entra })
      )

/**
 * Makes the clients of many users in one program. Each user has a session of their own. All of them share connections and
 * the store. Rejected as `connect` is.
 *
 * @example
 * import { users } from "@mlserver-auth/client"
 *
 * await using sessions = await users({ server: "https://mlserver.contoso.com:12800", store: "encrypted" })
 * const ada = sessions.of("ada")
 * if ((await ada.state())._tag === "SignedOut") await ada.signIn({ username: "ada", password: "…" })
 * const response = await ada.fetch("/services")
 */
export const users = async (options: UsersOptions): Promise<Users> =>
  (await import("./internal/users.js")).open(options)
