// An application as anybody would write it, in plain JavaScript: what bundlers are given.
import { AuthorizationCodePopup, BrowserAuth, DialogPrompt, IndexedDbTokenStore } from "@mlserver-auth/browser"
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"

const Auth = BrowserAuth.layer({
  server: `${location.origin}/mls`,
  store: IndexedDbTokenStore.layer(),
  prompt: DialogPrompt.layer()
})

const program = Effect.gen(function* () {
  const session = yield* Session.Session
  const [username, password] = location.hash.slice(1).split(":")
  yield* session.signIn(Credential.usernamePassword({ username, password }))
  const http = yield* AuthHttpClient.AuthHttpClient
  const services = yield* Effect.flatMap(http.get("/services"), (response) => response.json)
  yield* session.signOut
  return `${services.length} services, ${typeof AuthorizationCodePopup.make}`
}).pipe(Effect.provide(Auth))

Effect.runPromise(program).then(
  (text) => (document.title = text),
  (error) => (document.title = `failed: ${error}`)
)
