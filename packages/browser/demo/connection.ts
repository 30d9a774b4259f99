/** The library, as an application would use it: one layer for the server, and what runs in it. */
import {
  AuthorizationCodeAuth,
  AuthorizationCodePopup,
  BrowserAuth,
  IndexedDbTokenStore,
  WebStorageTokenStore
} from "@mlserver-auth/browser"
import { type AuthError, type AuthHttpClient, Session, type SessionState, TokenStore } from "@mlserver-auth/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import type { Choice } from "./choice.js"
import type { Settings } from "./settings.js"

/** What effects of this page may use. */
export type Services = AuthHttpClient.AuthHttpClient | Session.Session

/** How something ended; a defect of the page is neither, and is thrown. */
export type Outcome<A, E> = { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: E }

/** One server and one session, until it is closed. */
export interface Connection {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<Outcome<A, E | AuthError.AuthError>>
  readonly close: () => Promise<void>
}

const storeOf = {
  memory: () => TokenStore.layerMemory,
  session: () => WebStorageTokenStore.layerSession(),
  encrypted: () => IndexedDbTokenStore.layer(),
  clear: () => WebStorageTokenStore.layerLocalStorageReadableByScripts()
}

/** The window at the authority comes back to a page that does nothing else. */
const popup = AuthorizationCodePopup.make({ redirectUri: new URL("signed-in.html", location.href).href })

const layerOf = ({ cloud, onPremises }: Settings, { place, store }: Choice) =>
  place === "onPremises"
    ? BrowserAuth.layer({ server: onPremises.server, store: storeOf[store]() })
    : AuthorizationCodeAuth.layer({ ...cloud, redirect: popup, store: storeOf[store]() })

/** Tells the session's state now, and each new one. */
export const open = (settings: Settings, choice: Choice, tell: (state: SessionState.State) => void): Connection => {
  const runtime = ManagedRuntime.make(layerOf(settings, choice))
  runtime.runFork(follow(tell))
  return {
    run: (effect) => runtime.runPromiseExit(effect).then(outcome),
    close: () => runtime.dispose()
  }
}

/** A page that was reloaded has its session in the store and not yet in memory: it is told of, and then fetched. */
const follow = (tell: (state: SessionState.State) => void) =>
  Effect.gen(function* () {
    const session = yield* Session.Session
    tell(yield* session.peek)
    const later = Stream.runForEach(Stream.drop(session.changes, 1), (state) => Effect.sync(() => tell(state)))
    return yield* Effect.zipRight(Effect.ignore(session.token), later, { concurrent: true })
  })

/** How an effect ended, for code without Effect. */
export const outcome = <A, E>(exit: Exit.Exit<A, E>): Outcome<A, E> => {
  if (Exit.isSuccess(exit)) return { ok: true, value: exit.value }
  const failure = Cause.failureOption(exit.cause)
  if (failure._tag === "Some") return { ok: false, error: failure.value }
  throw Cause.squash(exit.cause)
}
