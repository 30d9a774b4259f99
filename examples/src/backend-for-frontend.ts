/** A backend for a frontend: the browser has a cookie, the tokens stay here, and every call is signed here. */
import { Credential, CredentialSource, MlServerIssuer, ServerEndpoint, Sessions, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeHttp } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { randomUUID } from "node:crypto"

const visitors = new Map<string, string>()
/** POST /sign-in; the answer sets `__Host-id=…; Path=/; Secure; HttpOnly; SameSite=Strict`. */
const signIn = (username: string, password: string) =>
  Effect.gen(function* () {
    const { session } = yield* (yield* Sessions.Sessions).get(username)
    yield* session.signIn(Credential.usernamePassword({ username, password }))
    const id = randomUUID()
    visitors.set(id, username)
    return id
  })

/** GET /services, with the id of the cookie. An id that nobody has is `ConfigurationInvalid`, to be answered with 401. */
const services = (id: string) =>
  Effect.flatMap(Sessions.Sessions, (sessions) => sessions.get(visitors.get(id) ?? "")).pipe(
    Effect.flatMap(({ client }) => client.get("/services"))
  )

const scoped = Effect.gen(function* () {
  const endpoint = yield* ServerEndpoint.make((yield* DevServer.make()).url)
  const Users = Sessions.layer({ endpoint, source: () => CredentialSource.none }).pipe(
    Layer.provide(MlServerIssuer.layer({ endpoint })),
    Layer.provide([NodeHttp.layer(), TokenStore.layerMemory])
  )
  return yield* Effect.gen(function* () {
    const id = yield* signIn(Accounts.ada.username, Accounts.ada.password)
    const wrong = yield* Effect.flip(signIn(Accounts.ada.username, "a guess"))
    const stranger = yield* Effect.flip(services(randomUUID()))
    return `with the cookie ${(yield* services(id)).status}; a guessed password: ${wrong._tag}; a made-up cookie: ${stranger._tag}`
  }).pipe(Effect.provide(Users))
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
