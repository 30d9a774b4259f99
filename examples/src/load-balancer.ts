/** Two web nodes that do not know each other's tokens behind one address: what 401 at random looks like from here. */
import { AuthHttpClient, Credential, CredentialSource, MlServerAuth, TokenStore } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const server = "https://mlserver.contoso.com:12800"

/** Sessions are shared by the nodes' database; a call goes to either node, by turns two for each. */
const balanced = (one: HttpClient.HttpClient, other: HttpClient.HttpClient) => {
  let calls = 0
  return HttpClient.make((request) =>
    (request.url.includes("/login") || calls++ % 4 < 2 ? one : other).execute(request)
  )
}

const scoped = Effect.gen(function* () {
  const [one, other] = yield* Effect.all([
    DevServer.makeInProcess({ url: server }),
    DevServer.makeInProcess({ url: server })
  ])
  const Auth = MlServerAuth.layer({ server }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, balanced(one.client, other.client))),
    Layer.provide([TokenStore.layerMemory, CredentialSource.layer(Credential.usernamePassword(Accounts.ada))])
  )
  const call = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services"))
  return yield* Effect.gen(function* () {
    const calls = yield* Effect.forEach([1, 2, 3, 4], () => Effect.either(call))
    for (const each of calls) console.log(each._tag === "Right" ? String(each.right.status) : each.left.message)
    return `${(yield* one.control.counts).refreshes} renewals for nothing`
  }).pipe(Effect.provide(Auth))
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
