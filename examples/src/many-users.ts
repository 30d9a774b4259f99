/** A service that acts for each of its users with that user's own token. */
import { CredentialSource, Credential, MlServerIssuer, ServerEndpoint, Sessions, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeHttp } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

// Where the service keeps its users' passwords is its own affair; here it is a constant.
const source = (username: string) => {
  const user = Accounts.sampleUsers.find((each) => each.username === username)
  return user === undefined
    ? CredentialSource.none
    : CredentialSource.fromCredential(Credential.usernamePassword({ username, password: user.password }))
}

const whoami = (username: string) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions.Sessions
    const { client, session } = yield* sessions.get(username)
    const answer = yield* client.get("/services")
    return `${(yield* session.token).principal}: ${answer.status}`
  })

const scoped = Effect.gen(function* () {
  const { url } = yield* DevServer.make()
  const endpoint = yield* ServerEndpoint.make(url)
  const Users = Sessions.layer({ endpoint, source, idleTimeToLive: "30 minutes" }).pipe(
    Layer.provide(MlServerIssuer.layer({ endpoint })),
    Layer.provide([NodeHttp.layer(), TokenStore.layerMemory])
  )
  return yield* Effect.provide(Effect.forEach(["ada", "olga", "rhea"], whoami, { concurrency: 3 }), Users)
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
