// An application's program as users write it, for bundlers that know nothing of TypeScript.
import { BrowserAuth, IndexedDbTokenStore } from "@mlserver-auth/browser"
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"

const Auth = BrowserAuth.layer({ server: `${location.origin}/mls`, store: IndexedDbTokenStore.layer() })

const visit = (given) =>
  Effect.gen(function* () {
    const session = yield* Session.Session
    yield* session.signIn(Credential.usernamePassword(given))
    const http = yield* AuthHttpClient.AuthHttpClient
    const { status } = yield* http.get("/services")
    const { revocation } = yield* session.signOut
    return { status, revocation }
  })

globalThis.offered = { visit: (given) => Effect.runPromise(Effect.provide(visit(given), Auth)) }
