/** Core's `MlServerAuth` with everything that a browser can bring: HTTP, a dialog, a store. */
import { type AuthError, ConfigurationInvalid, type StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import type { Credential } from "@mlserver-auth/core/Credential"
import type { CredentialPrompt } from "@mlserver-auth/core/CredentialPrompt"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { isLoopback } from "@mlserver-auth/core/ServerEndpoint"
import type { Session } from "@mlserver-auth/core/Session"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BrowserHttp from "./BrowserHttp.js"
import * as DialogPrompt from "./DialogPrompt.js"

/** The server, and how this page reaches it. */
export interface Options extends MlServerAuth.Options {
  /** Kept and used without asking for as long as the layer lives: for an access token that a server of yours put here. */
  readonly credential?: Credential | undefined
  /**
   * Where tokens rest, as a layer, so that a bundle holds one store and not all of them:
   *
   * - `IndexedDbTokenStore.layer()`: for all tabs, sealed; survives restarts.
   * - `WebStorageTokenStore.layerSession()`: for this tab, in clear; survives reloads.
   * - `WebStorageTokenStore.layerLocalStorageReadableByScripts()`: for all tabs, in clear.
   *
   * Default: in memory, which ends with the page. See docs/browser.md for what each protects against.
   */
  readonly store?: Layer.Layer<TokenStore.TokenStore, StoreUnavailable> | undefined
  readonly http?: BrowserHttp.Options | undefined
  /** How `Session.signIn` asks where no credential was given. Default: `DialogPrompt.layer()`. */
  readonly prompt?: Layer.Layer<CredentialPrompt> | undefined
}

/**
 * The signed client and the session of a page's one server; nothing more is needed. Besides the errors of `MlServerAuth`
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
        prompt ?? DialogPrompt.layer()
      )
    : CredentialSource.layer(credential)

/** Told at once, since a call that the browser blocks says nothing. An address that is none is core's to refuse. */
const reachable = (server: string | URL): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const url = URL.canParse(server) ? new URL(server) : undefined
    if (url?.protocol !== "http:" || isLoopback(url.hostname) || globalThis.location?.protocol !== "https:") {
      return Effect.void
    }
    return Effect.fail(
      new ConfigurationInvalid({
        setting: "server",
        problem: "plain http, which a page on https may not call (mixed content)",
        fix: "Give the server a certificate and use https, or put it behind this page's own origin."
      })
    )
  })
