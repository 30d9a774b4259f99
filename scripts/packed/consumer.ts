/** What a stranger would write with the published packages: compiled and run by `check-packed.mjs` in an empty project. */
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { Services } from "@mlserver-auth/services"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const program = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const { password, username } = Accounts.ada
  const credential = Credential.usernamePassword({ username, password })
  return yield* Effect.gen(function* () {
    const http = yield* AuthHttpClient.AuthHttpClient
    const session = yield* Session.Session
    const services = yield* Services.Services
    const add = services.typed({
      name: "add",
      version: "1.0.0",
      inputs: Schema.Struct({ x: Schema.Number, y: Schema.Number }),
      outputs: Schema.Struct({ result: Schema.Number })
    })
    const before = yield* http.get("/services")
    yield* server.control.revokeAccessTokens()
    const after = yield* http.get("/services")
    const { result } = yield* add({ x: 2, y: 40 })
    const { revocation } = yield* session.signOut
    const { logins, refreshes } = yield* server.control.counts
    return { statuses: [before.status, after.status], result, logins, refreshes, revocation }
  }).pipe(Effect.provide(Services.layer.pipe(Layer.provideMerge(NodeAuth.layer({ server: server.url, credential })))))
})

const found = JSON.stringify(await Effect.runPromise(Effect.scoped(program)))
const expected = JSON.stringify({ statuses: [200, 200], result: 42, logins: 1, refreshes: 1, revocation: "Revoked" })
if (found !== expected) throw new Error(`expected ${expected}, found ${found}`)
