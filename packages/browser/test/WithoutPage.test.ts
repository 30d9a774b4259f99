import {
  AuthorizationCodePopup,
  AuthorizationCodeRedirect,
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
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { AuthError, CredentialRequired } from "@mlserver-auth/core/AuthError"

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

  it.effect("nobody is sent to an authority: typed", () =>
    Effect.gen(function* () {
      const authority = { redirectUri: "https://page.example/back" }
      const ways: ReadonlyArray<Effect.Effect<unknown, AuthError, Scope.Scope>> = [
        Effect.flatMap(AuthorizationCodePopup.make(authority), () => Effect.succeed("a window")),
        AuthorizationCodeRedirect.make()
      ]
      for (const way of ways) {
        const error = yield* Effect.flip(Effect.scoped(way))
        assert.deepInclude(error, { _tag: "CredentialRequired", reason: "NotInteractive" })
      }
      assert.isTrue(Option.isNone(yield* AuthorizationCodeRedirect.resume))
    })
  )

  it.effect("the script's own entry is imported, connects, and says what needs a page", () =>
    Effect.promise(async () => {
      const { connect } = await import("@mlserver-auth/browser/global")
      const client = await connect({ server: "https://mls.example" })
      assert.deepStrictEqual((await client.state())._tag, "SignedOut")
      const refused = await client.signIn().catch((error: unknown) => error)
      assert.deepInclude(refused, { code: "CredentialRequired", reason: "NotInteractive" })
      const unstored = await connect({ server: "https://mls.example", store: "encrypted" }).catch(
        (error: unknown) => error
      )
      assert.deepInclude(unstored, { code: "StoreUnavailable" })
      await client.close()
    })
  )
})
