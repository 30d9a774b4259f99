/** What every connection of a page is made of, with every issuer. */
import * as HttpClient from "@effect/platform/HttpClient"
import { type AuthError, type ConfigurationInvalid, type StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { fetchedBody } from "@mlserver-auth/core/AuthHttpClient"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import type * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import { make, type Parts, settle } from "@mlserver-auth/core/promises"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as BrowserHttp from "../BrowserHttp.js"
import * as IndexedDbTokenStore from "../IndexedDbTokenStore.js"
import type { AzureConnectOptions, ConnectOptions, Store } from "../PageClient.js"
import * as WebStorageTokenStore from "../WebStorageTokenStore.js"
import { reachable } from "./reachable.js"

/** What differs between those who sign in at the server and those who do at Azure. */
interface Kind<Given> extends Pick<Parts<Given>, "check"> {
  readonly checked: Effect.Effect<void, ConfigurationInvalid>
  readonly source: () => CredentialSource.Service
  readonly auth: () => Effect.Effect<MlServerAuth.Service, AuthError, MlServerAuth.Requirements | Scope.Scope>
  readonly signIn: (given: Given | undefined, auth: MlServerAuth.Service) => Effect.Effect<unknown, AuthError>
}

/** A client of one kind. What `BrowserAuth.layer` does, without layers: a page that has no Effect of its own need not load them. */
export const opened = async <Given>(options: ConnectOptions | AzureConnectOptions, kind: Kind<Given>) => {
  const scope = await Effect.runPromise(Scope.make())
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const made = Effect.gen(function* () {
    yield* kind.checked
    yield* reachable(options.server)
    return yield* kind
      .auth()
      .pipe(
        Effect.provideService(CredentialSource.CredentialSource, kind.source()),
        Effect.provideService(TokenStore.TokenStore, yield* storeOf(options.store ?? "memory")),
        Effect.provideService(HttpClient.HttpClient, yield* BrowserHttp.make())
      )
  })
  const auth = await settle(
    Effect.onError(Effect.provideService(made, Scope.Scope, scope), () => Scope.close(scope, Exit.void)),
    options
  )
  const client = make<Given>({
    ...auth,
    body: ({ request }) => (request as { readonly [fetchedBody]?: Body })[fetchedBody] ?? null,
    check: kind.check,
    signIn: (given) => kind.signIn(given, auth),
    close
  })
  return { auth, client }
}

type Body = ReturnType<Parts<unknown>["body"]>

const storeOf = (store: Store): Effect.Effect<TokenStore.Service, StoreUnavailable, Scope.Scope> => {
  switch (store) {
    case "memory":
      return TokenStore.makeMemory
    case "session":
      return WebStorageTokenStore.makeSession()
    case "encrypted":
      // Read once, to fail where nothing can be sealed: before a person signs in for nothing.
      return Effect.tap(IndexedDbTokenStore.make(), ({ read }) => read(TokenKey.make({ issuer: "" })))
    case "localStorageReadableByScripts":
      return WebStorageTokenStore.makeLocalStorageReadableByScripts()
  }
}
