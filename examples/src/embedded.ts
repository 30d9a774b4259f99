/** An Effect application that calls Machine Learning Server. The address and the credential come from the environment. */
import { AuthHttpClient } from "@mlserver-auth/core"
import { NodeAuth } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"

// MLS_HOST, MLS_USERNAME and MLS_PASSWORD; or MLS_ACCESS_TOKEN instead of the last two.
const Auth = NodeAuth.layerConfig({ server: Config.string("MLS_HOST") })

const program = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const response = yield* http.get("/services")
  return yield* response.json
}).pipe(
  Effect.catchTags({
    CredentialRejected: (error) => Effect.dieMessage(error.message),
    ServerUnavailable: (error) => Effect.dieMessage(`later, perhaps: ${error.fix}`)
  })
)

console.log(await Effect.runPromise(program.pipe(Effect.provide(Auth))))
