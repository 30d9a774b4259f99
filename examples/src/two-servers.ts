/** Two servers in one application: each under a tag of its own, with its own session. */
import { Credential, CredentialSource, MlServerAuth, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeHttp } from "@mlserver-auth/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class Training extends Context.Tag("Training")<Training, MlServerAuth.Service>() {}
class Production extends Context.Tag("Production")<Production, MlServerAuth.Service>() {}

const program = Effect.gen(function* () {
  const training = yield* Training
  const production = yield* Production
  const answers = yield* Effect.all([training.client.get("/services"), production.client.get("/services")])
  return answers.map((answer) => `${answer.request.url}: ${answer.status}`)
})

const scoped = Effect.gen(function* () {
  const [one, two] = yield* Effect.all([DevServer.make(), DevServer.make()])
  const Servers = Layer.merge(
    Layer.scoped(Training, MlServerAuth.make({ server: one.url })),
    Layer.scoped(Production, MlServerAuth.make({ server: two.url }))
  ).pipe(
    Layer.provide([NodeHttp.layer(), TokenStore.layerMemory]),
    Layer.provide(CredentialSource.layer(Credential.usernamePassword(Accounts.ada)))
  )
  return yield* Effect.provide(program, Servers)
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
