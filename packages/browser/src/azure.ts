/**
 * The library for pages without Effect whose server leaves sign-ins to Azure Active Directory: what `global.ts` has, and
 * `connect` with `entra`. Built into `dist/mlserver-auth-azure.js` and `@mlserver-auth/client/browser/azure`, so that those
 * who need no Azure do not load it.
 */
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as EntraAuth from "@mlserver-auth/core/EntraAuth"
import { settle } from "@mlserver-auth/core/promises"
import * as Generic from "@mlserver-auth/core/promises/Options"
import * as Session from "@mlserver-auth/core/Session"
import * as Effect from "effect/Effect"
import * as AuthorizationCodePopup from "./AuthorizationCodePopup.js"
import * as AuthorizationCodeRedirect from "./AuthorizationCodeRedirect.js"
import * as DialogPrompt from "./DialogPrompt.js"
import * as Global from "./global.js"
import { opened } from "./internal/page.js"
import * as Options from "./internal/scriptOptions.js"
import type { AzureClient, AzureConnectOptions, Client, ConnectOptions, Person } from "./PageClient.js"

export { checkServer, MlServerAuthError } from "./global.js"
export type { Abortable, Client, Code, ConnectOptions, Fetch, SignOut, State } from "./global.js"
export type { AzureClient, AzureConnectOptions, Entra, Person, Returned } from "./PageClient.js"

/**
 * Makes a client: with `entra` for a server that leaves sign-ins to Azure; without it, as `connect` of `global`. Rejected with an
 * `MlServerAuthError`: its `code` is `ConfigurationInvalid` if an option is unknown or wrong, and `StoreUnavailable` if the store
 * cannot be used.
 *
 * @example
 * import { connect } from "@mlserver-auth/browser/azure"
 *
 * const client = await connect({
 *   server: "https://mlserver.contoso.com:12800",
 *   store: "session",
 *   entra: {
 *     tenant: "contoso.com",
 *     clientid: "00000000-0000-0000-0000-000000000000",
 *     resource: "11111111-1111-1111-1111-111111111111",
 *     way: "redirect"
 *   }
 * })
 * // When the page starts: ends the sign-in that the person comes back from.
 * await client.resume()
 */
export function connect(options: AzureConnectOptions): Promise<AzureClient>
export function connect(options: ConnectOptions): Promise<Client>
export function connect(options: AzureConnectOptions | ConnectOptions): Promise<AzureClient | Client> {
  const isAzure = (given: typeof options): given is AzureConnectOptions => typeof given === "object" && "entra" in given
  return isAzure(options) ? connectAzure(options) : Global.connect(options)
}

const connectAzure = async (options: AzureConnectOptions): Promise<AzureClient> => {
  const { auth, client } = await opened<Person>(options, {
    checked: Generic.check(options, Options.CONNECT_AZURE).pipe(
      Effect.zipRight(Effect.suspend(() => Generic.check(options.entra, Options.ENTRA, { where: "entra." }))),
      Effect.zipRight(Effect.suspend(() => Generic.check(options.texts, Options.TEXTS_GIVE_UP, { where: "texts." })))
    ),
    check,
    source: () => CredentialSource.none,
    auth: () => EntraAuth.make({ ...options, ...options.entra, registration: "spa" }),
    signIn: (given, { session }) => session.signIn(credentialOf(options, given))
  })
  const { session } = auth
  const resumed = Effect.gen(function* () {
    const returned = yield* AuthorizationCodeRedirect.resume
    if (returned._tag === "None") return undefined
    yield* session.signIn(returned.value.credential)
    return { from: returned.value.from, state: yield* session.peek }
  })
  const everywhere = Effect.provideService(
    AuthorizationCodeRedirect.signOutEverywhere(options.entra),
    Session.Session,
    session
  )
  return {
    ...client,
    resume: (given) => settle(Effect.zipRight(check("call", given), resumed), given),
    signOutEverywhere: (given) => settle(Effect.zipRight(check("call", given), everywhere), given)
  }
}

const check = (what: "fetch" | "signIn" | "call", given: unknown) =>
  what === "fetch"
    ? Options.checkRequest(given as { readonly input: unknown; readonly init: unknown })
    : Generic.check(given, what === "signIn" ? Options.SIGN_IN_AZURE : Generic.ABORTABLE)

const credentialOf = ({ entra, texts }: AzureConnectOptions, given: Person = {}): Credential.AuthorizationCode => {
  const { redirectUri } = entra
  const redirect =
    (given.way ?? entra.way) === "redirect"
      ? AuthorizationCodeRedirect.make({ redirectUri })
      : AuthorizationCodePopup.make({
          redirectUri: redirectUri ?? location.origin + location.pathname,
          inFrames: entra.inFrames,
          whenClosed: DialogPrompt.giveUp(texts)
        })
  return Credential.authorizationCode({
    redirect,
    ask: given.ask ?? entra.ask,
    domainHint: given.domainHint ?? entra.domainHint,
    loginHint: given.loginHint ?? entra.loginHint,
    patience: entra.patience
  })
}

/**
 * For the page at `redirectUri` of a window: tells the page that opened it the answer, and closes the window. `false` if there
 * is no answer, or no page heard it within a second.
 *
 * @example
 * import { answer } from "@mlserver-auth/browser/azure"
 *
 * if (!(await answer())) document.body.textContent = "You can close this window."
 */
export const answer = (): Promise<boolean> => settle(AuthorizationCodePopup.answer)
