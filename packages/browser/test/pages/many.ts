/** A page that acts for several users, each with a session of their own in the store that the test names. */
import { BrowserHttp, IndexedDbTokenStore, WebStorageTokenStore } from "@mlserver-auth/browser"
import {
  Credential,
  CredentialSource,
  MlServerIssuer,
  ServerEndpoint,
  Sessions,
  TokenIssuer
} from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { offer, told } from "./offer.js"

const stores = {
  local: WebStorageTokenStore.layerLocalStorageReadableByScripts(),
  indexedDb: IndexedDbTokenStore.layer()
}

const layer = (store: keyof typeof stores) =>
  Layer.unwrapEffect(
    Effect.map(ServerEndpoint.make(`${location.origin}/mls`), (endpoint) =>
      Sessions.layer({ endpoint, watchStore: true, source: () => CredentialSource.none }).pipe(
        Layer.provide(Layer.effect(TokenIssuer.TokenIssuer, MlServerIssuer.make({ endpoint }))),
        Layer.provide([BrowserHttp.layer(), stores[store]])
      )
    )
  )

let runtime: ManagedRuntime.ManagedRuntime<Sessions.Sessions, unknown> | undefined

const run = <A, E>(effect: Effect.Effect<A, E, Sessions.Sessions>) =>
  runtime === undefined ? Promise.reject(new Error("not started")) : runtime.runPromiseExit(effect).then(told)

const of = (user: string) =>
  Effect.flatMap(Sessions.Sessions, (sessions) => Effect.map(sessions.get(user), ({ session }) => session))

offer({
  start: (store: keyof typeof stores) => {
    runtime = ManagedRuntime.make(layer(store))
    return run(Effect.void)
  },
  signIn: (given: { readonly username: string; readonly password: string }) =>
    run(Effect.flatMap(of(given.username), (one) => Effect.asVoid(one.signIn(Credential.usernamePassword(given))))),
  use: (user: string) => run(Effect.flatMap(of(user), (one) => Effect.asVoid(one.token))),
  signOut: (user: string) => run(Effect.flatMap(of(user), (one) => Effect.asVoid(one.signOut))),
  /** By what is in memory alone: no look at the store. */
  holds: (user: string) => run(Effect.map(of(user), (one) => one.tokenIfFresh() !== undefined)),
  awaitEnd: (user: string) =>
    run(
      Effect.flatMap(of(user), (one) =>
        Effect.repeat(Effect.sleep("10 millis"), { until: () => one.tokenIfFresh() === undefined })
      )
    )
})
