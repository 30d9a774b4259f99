/**
 * The library for pages without Effect: `connect(…)` and plain promises. Built into `dist/mlserver-auth.js` for a script tag,
 * which needs nothing else, and into `@mlserver-auth/client/browser` for bundlers. For a server that leaves sign-ins to
 * Azure: `azure.ts`.
 */
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { settle } from "@mlserver-auth/core/promises"
import * as Generic from "@mlserver-auth/core/promises/Options"
import * as Session from "@mlserver-auth/core/Session"
import * as Effect from "effect/Effect"
import * as DialogPrompt from "./DialogPrompt.js"
import { opened } from "./internal/page.js"
import * as Options from "./internal/scriptOptions.js"
import type { AskedByDialog, CheckOptions, Client, ConnectOptions, GivenByPage, Report } from "./PageClient.js"
import * as ServerCheck from "./ServerCheck.js"

export { type Code, MlServerAuthError } from "@mlserver-auth/core/promises/MlServerAuthError"
export type { Abortable, Fetch, SignOut, State } from "@mlserver-auth/core/promises/PromiseClient"
export type { AskedByDialog, CheckOptions, Client, ConnectOptions, GivenByPage, Report, Store } from "./PageClient.js"

/**
 * Makes the client of one server and one user. Rejected with an `MlServerAuthError`: its `code` is `ConfigurationInvalid` if an
 * option is unknown or wrong, and `StoreUnavailable` if the store cannot be used.
 *
 * @example
 * import { connect } from "@mlserver-auth/browser/global"
 *
 * const client = await connect({ server: "https://mlserver.contoso.com:12800", store: "encrypted" })
 * if ((await client.state())._tag === "SignedOut") await client.signIn()
 * const services: unknown = await (await client.fetch("/services")).json()
 */
export const connect = async (options: ConnectOptions): Promise<Client> => {
  const { client } = await opened<GivenByPage | AskedByDialog>(options, {
    checked: Effect.zipRight(
      Options.check(options ?? null, Options.CONNECT),
      Effect.suspend(() => Generic.check(options.texts, Options.TEXTS, { where: "texts." }))
    ),
    check,
    source: () =>
      options.accessToken === undefined
        ? CredentialSource.none
        : CredentialSource.fromCredential(Credential.accessToken(options.accessToken)),
    auth: () => MlServerAuth.make(options),
    signIn: (given, { session }) =>
      given?.username === undefined
        ? Effect.provideService(DialogPrompt.signIn({ texts: options.texts }), Session.Session, session)
        : session.signIn(Credential.usernamePassword(given))
  })
  return client
}

const check = (what: "fetch" | "signIn" | "call", given: unknown) =>
  what === "fetch"
    ? Options.checkRequest(given as { readonly input: unknown; readonly init: unknown })
    : what === "signIn"
      ? Options.checkSignIn(given as GivenByPage)
      : Generic.check(given, Generic.ABORTABLE)

/**
 * Finds out what stands between this page and a server, without a credential; `ServerCheck.checkServer` says what each verdict
 * means. Rejected with `ConfigurationInvalid` if `server` is no address.
 *
 * @example
 * import { checkServer } from "@mlserver-auth/browser/global"
 *
 * const { fix, message, ready } = await checkServer("https://mlserver.contoso.com:12800", { timeout: 5_000 })
 * if (!ready) alert(`${message}. ${fix}`) // Something answers at …, but does not allow pages of … to read it (CORS). …
 */
export const checkServer = (server: string | URL, options: CheckOptions = {}): Promise<Report> =>
  settle(
    Effect.zipRight(
      Generic.check(options, Options.CHECK),
      Effect.suspend(() => ServerCheck.checkServer(server, options))
    ),
    options
  )
