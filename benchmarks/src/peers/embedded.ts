/** A program that signs in, sends one signed request and ends: `node embedded.mjs SERVER USER PASSWORD`. */
import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import * as Credential from "@mlserver-auth/core/Credential"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const [server = "", username = "", password = ""] = process.argv.slice(2)

const Auth = MlServerAuth.layer({ server }).pipe(
  Layer.provide(NodeHttp.layer()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provide(CredentialSource.layer(Credential.usernamePassword({ username, password })))
)

const program = Effect.gen(function* () {
  const client = yield* AuthHttpClient
  const response = yield* client.get(`${server}/services`)
  return yield* response.json
})

const services = await Effect.runPromise(Effect.provide(program, Auth))
if (!Array.isArray(services)) throw new Error("no services came")
