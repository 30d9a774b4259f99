/** A server that leaves sign-ins to Azure: the four settings a colleague hands over, and a user name and a password. */
import { AuthHttpClient } from "@mlserver-auth/core"
import { NodeAuth } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"

// Without MLS_USERNAME and MLS_PASSWORD a person would be shown a device code by Session.signIn.
const Auth = NodeAuth.layerConfig({
  server: Config.string("MLS_HOST"),
  entra: {
    authuri: Config.string("MLS_AUTHURI"),
    tenant: Config.string("MLS_TENANT"),
    clientid: Config.string("MLS_CLIENT_ID"),
    resource: Config.string("MLS_RESOURCE")
  }
})

const program = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const response = yield* http.get("/services")
  return yield* response.json
}).pipe(
  Effect.catchTag("CredentialRejected", (error) =>
    // Words and next step for each of Azure's refusals: MFA, federation, lock-out, consent, …
    Effect.dieMessage(`${error.reason}: ${error.fix}`)
  )
)

console.log(await Effect.runPromise(program.pipe(Effect.provide(Auth))))
