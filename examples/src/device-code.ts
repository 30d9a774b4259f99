/** A sign-in with a device code as a stream of events, shown in an application's own way. */
import { DeviceSignIn, Session } from "@mlserver-auth/core"
import { NodeAuth } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const Auth = NodeAuth.layerConfig({
  server: Config.string("MLS_HOST"),
  entra: {
    authuri: Config.string("MLS_AUTHURI"),
    tenant: Config.string("MLS_TENANT"),
    clientid: Config.string("MLS_CLIENT_ID"),
    resource: Config.string("MLS_RESOURCE")
  }
})

const program = Effect.flatMap(Session.Session, (session) =>
  Stream.runForEach(DeviceSignIn.events(session, { newCodes: 2 }), (event) => {
    switch (event._tag) {
      case "Issued":
      case "Reissued":
        return Console.log(`open ${event.authorization.verificationUri}, enter ${event.authorization.userCode}`)
      case "Pending":
        return Console.log(`${Math.round(event.left / 1000)} s left`)
      case "Approved":
        return Console.log(`signed in as ${event.principal}`)
      default:
        return Effect.void
    }
  })
)

await Effect.runPromise(program.pipe(Effect.provide(Auth)))
