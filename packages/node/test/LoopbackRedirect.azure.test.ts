import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { DevServer } from "@mlserver-auth/dev-server"
import { LoopbackRedirect, NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Visitor from "./visitor.js"

const quiet = () => Effect.void

const cloud = Effect.gen(function* () {
  const server = yield* DevServer.make({ azure: true })
  const entra = yield* Effect.fromNullable(server.azure)
  yield* Visitor.allowed
  const signIn = (person: LoopbackRedirect.Options) =>
    Effect.flatMap(Session.Session, (session) => session.signIn()).pipe(
      Effect.provide(NodeAuth.layer({ server: server.url, entra, person: { show: quiet, ...person } }))
    )
  return { ...server, entra, signIn }
})

describe("a sign-in through the browser of this machine", () => {
  for (const wire of ["v1", "v2"] as const) {
    it.scopedLive(`${wire}: signs requests in, is renewed, and leaves no port open`, () =>
      Effect.gen(function* () {
        const { control, entra, url } = yield* cloud
        const pages = yield* Queue.unbounded<Visitor.Page>()
        const person = { show: quiet, browser: Visitor.browser(Visitor.ACCEPT, pages) }
        const status = Effect.gen(function* () {
          const token = yield* Effect.flatMap(Session.Session, (session) => session.signIn())
          assert.strictEqual(token.principal, Visitor.ACCEPT.username)
          yield* control.expireAccessTokens
          const http = yield* AuthHttpClient.AuthHttpClient
          return (yield* http.get("/services")).status
        })
        const layer = NodeAuth.layer({ server: url, entra: { ...entra, wire }, person })
        assert.strictEqual(yield* Effect.provide(status, layer), 200)
        const { azure } = yield* control.counts
        assert.deepInclude(azure, { authorizationCodes: 1, authorizationCodesRedeemed: 1, refreshes: 1 })
        const page = yield* Queue.take(pages)
        assert.strictEqual(page.status, 200)
        assert.isFalse(yield* Visitor.connects("127.0.0.1", Number(new URL(page.url).port)))
      })
    )
  }

  it.scopedLive("cancelled there: typed, and the page says so without a word from outside", () =>
    Effect.gen(function* () {
      const { signIn } = yield* cloud
      const pages = yield* Queue.unbounded<Visitor.Page>()
      const error = yield* Effect.flip(signIn({ browser: Visitor.browser(Visitor.CANCEL, pages) }))
      assert.strictEqual(Visitor.told(error), "CredentialRejected SignInDeclined")
      const { text } = yield* Queue.take(pages)
      assert.include(text, "Not signed in")
      assert.notInclude(text, "AADSTS")
    })
  )

  it.scopedLive("an answer in the name of another authority: typed, and its code goes nowhere", () =>
    Effect.gen(function* () {
      const { control, signIn } = yield* cloud
      yield* control.azure.changeNextAnswer({ iss: "https://login.evil.example/v2.0" })
      assert.strictEqual(
        Visitor.told(yield* Effect.flip(signIn({ browser: Visitor.browser() }))),
        "CredentialRejected CallbackMismatch"
      )
      assert.deepInclude((yield* control.counts).azure, { authorizationCodesRedeemed: 0, authorizationCodesRefused: 0 })
    })
  )

  it.scopedLive("an answer with another state: not found, and the right one that follows signs in", () =>
    Effect.gen(function* () {
      const { control, signIn } = yield* cloud
      yield* control.azure.changeNextAnswer({ state: "forged" })
      const pages = yield* Queue.unbounded<Visitor.Page>()
      const once = Visitor.browser(Visitor.ACCEPT, pages)
      const signedIn = yield* Effect.fork(
        signIn({
          browser: (url) =>
            Effect.gen(function* () {
              yield* once(url)
              assert.strictEqual((yield* Queue.take(pages)).status, 404)
              return yield* once(url)
            })
        })
      )
      assert.strictEqual((yield* Fiber.join(signedIn)).principal, Visitor.ACCEPT.username)
      assert.strictEqual((yield* Queue.take(pages)).status, 200)
    })
  )

  it.scopedLive("can be sent out by a credential of one's own", () =>
    Effect.gen(function* () {
      const { entra, url } = yield* cloud
      const redirect = LoopbackRedirect.make({ browser: Visitor.browser(), show: quiet })
      const signIn = Effect.flatMap(Session.Session, (it) => it.signIn(Credential.authorizationCode({ redirect })))
      const token = yield* Effect.provide(signIn, NodeAuth.layer({ server: url, entra }))
      assert.strictEqual(token.principal, Visitor.ACCEPT.username)
    })
  )
})
