import {
  BrowserAuth,
  DialogPrompt,
  FormPrompt,
  IndexedDbTokenStore,
  WebStorageTokenStore
} from "@mlserver-auth/browser"
import { AuthHttpClient, Credential, type Session, TokenKey, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CredentialRequired } from "@mlserver-auth/core/AuthError"

const { password, username } = Accounts.ada

/** Where a page is rendered on a server, its program is imported and its layers are built without a browser. */
describe("without a page", () => {
  it.scopedLive("importing does nothing, and memory, fetch and a given credential work", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const credential = Credential.usernamePassword({ username, password })
      const status = yield* Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
        Effect.flatMap((answer) => Effect.as(answer.text, answer.status)),
        Effect.provide(BrowserAuth.layer({ server: server.url, credential }))
      )
      assert.strictEqual(status, 200)
    })
  )

  it.effect("nobody is asked: typed", () =>
    Effect.gen(function* () {
      const auth = BrowserAuth.layer({ server: "https://mls.example" })
      const asks: ReadonlyArray<Effect.Effect<unknown, CredentialRequired, Session.Session>> = [
        DialogPrompt.signIn(),
        FormPrompt.signIn(() => null)
      ]
      for (const ask of asks) {
        const error = yield* Effect.flip(Effect.provide(ask, auth))
        assert.deepInclude(error, { _tag: "CredentialRequired", reason: "NotInteractive" })
      }
    })
  )

  it.effect("nothing is stored: typed", () =>
    Effect.gen(function* () {
      const key = TokenKey.make({ issuer: "https://mls.example" })
      const read = Effect.flatMap(TokenStore.TokenStore, (store) => store.read(key))
      for (const store of [
        WebStorageTokenStore.layerSession(),
        WebStorageTokenStore.layerLocalStorageReadableByScripts(),
        IndexedDbTokenStore.layer()
      ]) {
        const error = yield* Effect.flip(Effect.provide(read, store))
        assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "read", retryable: false })
      }
    })
  )
})
