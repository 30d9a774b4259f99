/** An application under test: the server is in the process, time is the test's, and what goes wrong is planned. */
import { AuthHttpClient, Credential, CredentialSource, MlServerAuth, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"

/** The application: it asks for a signed client and knows nothing of tokens. */
const countServices = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const services = (yield* Effect.flatMap(http.get("/services"), ({ json }) => json)) as ReadonlyArray<unknown>
  return services.length
})

const Auth = Layer.unwrapEffect(Effect.map(DevServer.DevServer, ({ url }) => MlServerAuth.layer({ server: url }))).pipe(
  Layer.provide([TokenStore.layerMemory, CredentialSource.layer(Credential.usernamePassword(Accounts.ada))]),
  Layer.provideMerge(DevServer.layerInProcess({ tokenFormat: "opaque" }))
)

const story = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const first = yield* countServices
  for (let day = 1; day <= 80; day++) yield* Effect.zipRight(TestClock.adjust("1 day"), countServices)
  const { logins, refreshes, unauthorized } = yield* control.counts
  console.log(`${first} services; 80 days: ${logins} log-in, ${refreshes} renewals, ${unauthorized} × 401`)

  yield* control.dropNext({ on: "refresh" })
  yield* TestClock.adjust("1 day")
  const lost = yield* Effect.flip(countServices)
  console.log(`an answer lost on its way: ${lost._tag}`)
})

await Effect.runPromise(story.pipe(Effect.provide(Auth), Effect.provide(TestContext.TestContext)))
