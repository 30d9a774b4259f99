/** `MlServerAuth` of core with everything that a browser provides: HTTP, a dialog, a store. */
import { type AuthError, CredentialRequired, type StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type { Credential } from "@mlserver-auth/core/Credential"
import { CredentialPrompt, type Service as Prompt } from "@mlserver-auth/core/CredentialPrompt"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import type { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BrowserHttp from "./BrowserHttp.js"
import { reachable } from "./internal/reachable.js"

/** Options: the server, and the way to it. */
export interface Options extends MlServerAuth.Options {
  /**
   * Used without asking for as long as the layer lives: for an access token that your own server gave this page. Default: none;
   * `Session.signIn` asks the person.
   */
  readonly credential?: Credential | undefined
  /**
   * Where tokens are, as a layer, so that a bundle holds one store and not all of them:
   *
   * - `IndexedDbTokenStore.layer()`: for all tabs, encrypted; survives restarts.
   * - `WebStorageTokenStore.layerSession()`: for this tab, in clear; survives reloads.
   * - `WebStorageTokenStore.layerLocalStorageReadableByScripts()`: for all tabs, in clear.
   *
   * Default: in memory, which ends with the page. See docs/how-to/browser.md for what each protects against.
   */
  readonly store?: Layer.Layer<TokenStore.TokenStore, StoreUnavailable> | undefined
  /** Limits of time and size. Default: as `BrowserHttp.Options` says. */
  readonly http?: BrowserHttp.Options | undefined
  /** How `Session.signIn` asks the person if no credential was given. Default: `DialogPrompt.layer()`. */
  readonly prompt?: Layer.Layer<CredentialPrompt> | undefined
}

/**
 * The signed client and the session of a page's one server. Most pages need only this. Besides the errors of `MlServerAuth`
 * it fails with `ConfigurationInvalid` in a page on https for a server on plain http, which no browser lets it call.
 *
 * @example
 * import { AuthHttpClient, Session } from "@mlserver-auth/core"
 * import { BrowserAuth, IndexedDbTokenStore } from "@mlserver-auth/browser"
 * import * as Effect from "effect/Effect"
 *
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   store: IndexedDbTokenStore.layer()
 * })
 *
 * const services = Effect.gen(function* () {
 *   const session = yield* Session.Session
 *   if ((yield* session.peek)._tag === "SignedOut") yield* session.signIn()
 *   const http = yield* AuthHttpClient.AuthHttpClient
 *   const response = yield* http.get("/services")
 *   return yield* response.json
 * }).pipe(Effect.provide(Auth))
 */
export const layer = (options: Options): Layer.Layer<AuthHttpClient | Session, AuthError> =>
  Layer.unwrapEffect(
    Effect.as(
      reachable(options.server),
      Layer.provide(MlServerAuth.layer(options), [
        BrowserHttp.layer(options.http),
        options.store ?? TokenStore.layerMemory,
        sourceOf(options)
      ])
    )
  )

const sourceOf = ({ credential, prompt }: Options): Layer.Layer<CredentialSource.CredentialSource> =>
  credential === undefined
    ? Layer.provide(
        Layer.effect(CredentialSource.CredentialSource, CredentialSource.prompt()),
        prompt ?? Layer.effect(CredentialPrompt, dialogOnDemand)
      )
    : CredentialSource.layer(credential)

/**
 * The dialog of `DialogPrompt`, loaded when a person is first asked: most pages sign in by `DialogPrompt.signIn`, or by a
 * form or a window of their own, and need not load what they never open.
 */
const dialogOnDemand: Effect.Effect<Prompt> = Effect.map(
  Effect.cached(
    Effect.flatMap(
      Effect.tryPromise({ try: () => import("./DialogPrompt.js"), catch: () => notLoaded() }),
      ({ make }) => make()
    )
  ),
  (dialog) => ({
    username: (question) => Effect.flatMap(dialog, ({ username }) => username(question)),
    password: (question) => Effect.flatMap(dialog, ({ password }) => password(question)),
    device: Effect.flatMap(dialog, ({ device }) => device)
  })
)

const notLoaded = () =>
  new CredentialRequired({ reason: "NotInteractive", detail: "the part of this page that asks could not be loaded" })
