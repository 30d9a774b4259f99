/** The 401 policy is a value: here one that also renews when a proxy answers 419. */
import { AuthHttpClient, Credential, UnauthorizedPolicy } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const Policy = Layer.succeed(UnauthorizedPolicy.UnauthorizedPolicy, {
  decide: (answer) => UnauthorizedPolicy.standard.decide(answer.status === 419 ? { ...answer, status: 401 } : answer)
})

const scoped = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make()
  const Auth = NodeAuth.layer({ server: url, credential: Credential.usernamePassword(Accounts.ada) })
  return yield* Effect.gen(function* () {
    const http = yield* AuthHttpClient.AuthHttpClient
    yield* control.answerNext({ on: "api", status: 419 })
    const { status } = yield* http.get("/services")
    return `${status} after ${(yield* control.counts).refreshes} renewal`
  }).pipe(Effect.provide(Layer.provide(Auth, Policy)))
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
