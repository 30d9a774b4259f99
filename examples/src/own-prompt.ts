/** A person who is asked in an application's own way: a chat, a window, or here a test that answers. */
import { AuthError, CredentialPrompt, CredentialSource, MlServerAuth, Session, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeHttp } from "@mlserver-auth/node"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const Prompt = Layer.succeed(CredentialPrompt.CredentialPrompt, {
  username: ({ server }) => Effect.as(Console.log(`${server} wants to know who you are`), Accounts.ada.username),
  password: ({ username }) =>
    Effect.as(Console.log(`the password of ${username}: ********`), Redacted.make(Accounts.ada.password)),
  device: new AuthError.CredentialRequired({ reason: "NotInteractive", detail: "no device codes here" })
})

const Source = Layer.effect(CredentialSource.CredentialSource, CredentialSource.prompt())

const scoped = Effect.gen(function* () {
  const { url } = yield* DevServer.make()
  const Auth = MlServerAuth.layer({ server: url }).pipe(
    Layer.provide([NodeHttp.layer(), TokenStore.layerMemory, Layer.provide(Source, Prompt)])
  )
  return yield* Effect.gen(function* () {
    const session = yield* Session.Session
    const before = yield* Effect.flip(session.token)
    const { principal } = yield* session.signIn()
    return `${before._tag} until signIn() asked; then signed in as ${principal}`
  }).pipe(Effect.provide(Auth))
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
