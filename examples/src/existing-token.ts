/** An access token that somebody else obtained: used as it is, never renewed; a 401 is its typed end. */
import { AuthHttpClient, Credential } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"

const scoped = Effect.gen(function* () {
  const { control, url } = yield* DevServer.make()
  const { password, username } = Accounts.ada
  const body = JSON.stringify({ username, password })
  const answer = yield* Effect.promise(() => fetch(`${url}/login`, { method: "POST", body }))
  const token = ((yield* Effect.promise(() => answer.json())) as { readonly access_token: string }).access_token

  return yield* Effect.gen(function* () {
    const http = yield* AuthHttpClient.AuthHttpClient
    const { status } = yield* http.get("/services")
    yield* control.expireAccessTokens
    const end = yield* Effect.flip(http.get("/services"))
    return `${status}, then ${end._tag}: ${end.message}`
  }).pipe(Effect.provide(NodeAuth.layer({ server: url, credential: Credential.accessToken(token) })))
})

console.log(await Effect.runPromise(Effect.scoped(scoped)))
