/**
 * `EntraAuth` of core with everything that a browser provides, for a server that leaves sign-ins to Azure Active Directory.
 * Device codes and passwords do not work in a page: Azure lets a page use the authorization code grant only.
 */
import type { AuthError, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as EntraAuth from "@mlserver-auth/core/EntraAuth"
import type { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Layer from "effect/Layer"
import * as BrowserHttp from "./BrowserHttp.js"

/** Options: the server, the authority, and the way to them. */
export interface Options
  extends
    Omit<EntraAuth.Options, "wire" | "registration" | "realmProbe">,
    Pick<Credential.AuthorizationCodeOptions, "ask" | "domainHint" | "loginHint" | "patience"> {
  /** How `Session.signIn` sends a person to the authority: `AuthorizationCodePopup.make`, `AuthorizationCodeRedirect.make`. */
  readonly redirect: Credential.AuthorizationCodeOptions["redirect"]
  /** Where tokens are: see `BrowserAuth.Options`. Default: in memory, which ends with the page. */
  readonly store?: Layer.Layer<TokenStore.TokenStore, StoreUnavailable> | undefined
  /** Limits of time and size. Default: as `BrowserHttp.Options` says. */
  readonly http?: BrowserHttp.Options | undefined
}

/**
 * The signed client and the session of a page's one server, with tokens from Azure Active Directory. The application's
 * registration must have the redirect address as that of a single-page application; sessions end after 24 hours.
 *
 * @example
 * import { AuthorizationCodeAuth, AuthorizationCodePopup } from "@mlserver-auth/browser"
 * import { Session } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const Auth = AuthorizationCodeAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   tenant: "contoso.com",
 *   clientid: "00000000-0000-0000-0000-000000000000",
 *   resource: "11111111-1111-1111-1111-111111111111",
 *   redirect: AuthorizationCodePopup.make({ redirectUri: "https://page.contoso.com/signed-in" })
 * })
 *
 * // In the handler of a click.
 * const signIn = Effect.flatMap(Session.Session, (session) => session.signIn()).pipe(Effect.provide(Auth))
 */
export const layer = ({
  ask,
  domainHint,
  http,
  loginHint,
  patience,
  redirect,
  store = TokenStore.layerMemory,
  ...options
}: Options): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  EntraAuth.layer({ ...options, registration: "spa" }).pipe(
    Layer.provide([
      BrowserHttp.layer(http),
      store,
      Layer.succeed(
        CredentialSource.CredentialSource,
        CredentialSource.authorizationCode({ ask, domainHint, loginHint, patience, redirect })
      )
    ])
  )
