/** The receiving end: a backend that checks the bearer token of a request before it acts on it. */
import { Authority, Session } from "@mlserver-auth/core"
import { TokenVerifier } from "@mlserver-auth/core/verifier"
import { NodeAuth, NodeHttp } from "@mlserver-auth/node"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const settings = {
  authuri: Config.string("MLS_AUTHURI"),
  tenant: Config.string("MLS_TENANT"),
  clientid: Config.string("MLS_CLIENT_ID"),
  resource: Config.string("MLS_RESOURCE")
}

const receive = (authorization: string) =>
  Effect.gen(function* () {
    const { authuri, resource, tenant } = yield* Config.all(settings)
    const authority = yield* Authority.make({ authuri, tenant })
    const verifier = yield* TokenVerifier.make(yield* TokenVerifier.entra(authority, resource))
    const token = yield* TokenVerifier.fromAuthorization(authorization)
    return yield* verifier.verify(token)
  }).pipe(Effect.provide(NodeHttp.layer()))

// A caller's header; a real one comes with a request.
const header = Effect.flatMap(Session.Session, (session) => session.authorization).pipe(
  Effect.provide(NodeAuth.layerConfig({ server: Config.string("MLS_HOST"), entra: settings }))
)

const program = Effect.gen(function* () {
  const { claims, issuer } = yield* receive(Redacted.value(yield* header))
  console.log(`a token of ${String(claims["upn"])}, from ${new URL(issuer).pathname}`)
  const refused = yield* Effect.flip(receive("Bearer made.up.token"))
  console.log(`another: ${refused._tag === "TokenRefused" ? refused.challenge : refused.message}`)
})

await Effect.runPromise(program)
