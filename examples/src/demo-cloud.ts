/**
 * The demo's second part: a server in the cloud that leaves sign-ins to Azure Active Directory. A second actor, an HTTP
 * client of its own, plays the person at the authority's page.
 */
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import type { Event, Prompt } from "@mlserver-auth/core/DeviceAuthorization"
import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { revokedUnder } from "./demo-revoked.js"
import { differs, say, step, title } from "./stage.js"

const IN_FLIGHT = 200
const person = AzureDirectory.withMfa

const passwordWithMfa = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const session = yield* Session.Session
  const error = yield* Effect.flip(session.signIn(Credential.usernamePassword(person)))
  yield* differs("reason" in error ? error.reason : "", "MultiFactorRequired")
  yield* differs((yield* control.counts).azure.passwordGrantsRefused, 1)
  return `a password alone, sent once: ${error.message}`
})

/** What the person does on another device: open the page, type the code, sign in with the second factor, approve. */
const atThePage = (verificationUri: string, userCode: string) =>
  Effect.promise(async () => {
    const { password, username } = person
    const form = new URLSearchParams({ user_code: userCode, username, password, mfa: "on", decision: "approve" })
    return (await fetch(verificationUri, { method: "POST", body: form })).status
  })

const deviceCode = Effect.gen(function* () {
  const session = yield* Session.Session
  const seen: Array<Event["_tag"]> = []
  const prompt: Prompt = {
    show: (event) =>
      Effect.gen(function* () {
        seen.push(event._tag)
        if (event._tag === "Issued") {
          const { userCode, verificationUri } = event.authorization
          yield* say(`           open ${verificationUri}`)
          yield* say(`           and enter ${userCode}`)
        }
        // The person takes longer than one poll.
        if (event._tag === "Pending" && seen.length === 3) {
          const { userCode, verificationUri } = event.authorization
          yield* Effect.flatMap(atThePage(verificationUri, userCode), (status) => Effect.orDie(differs(status, 200)))
        }
      })
  }
  const token = yield* session.signIn(Credential.deviceCode({ prompt }))
  yield* differs(token.principal, person.username)
  yield* differs(seen.join(), "Issued,Pending,Pending,Approved")
  return `a device code: approved with a second factor, signed in as ${token.principal}`
})

const list = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const { status } = yield* http.get("/services")
  yield* differs(status, 200)
  return `GET /services → ${status}`
})

const revokedInFlight = Effect.gen(function* () {
  const ok = yield* revokedUnder(IN_FLIGHT)
  const { control } = yield* DevServer.DevServer
  const { azure, unauthorized } = yield* control.counts
  yield* differs([ok, unauthorized, azure.refreshes].join(), [IN_FLIGHT, IN_FLIGHT, 1].join())
  return `token revoked under ${IN_FLIGHT} requests: ${unauthorized} × 401, ${azure.refreshes} refresh, ${ok} × 200`
})

const claimsChallenge = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const http = yield* AuthHttpClient.AuthHttpClient
  yield* control.resetCounts
  yield* control.azure.requireClaims()
  const { status } = yield* http.get("/services")
  const { azure, unauthorized } = yield* control.counts
  yield* differs([status, unauthorized, azure.refreshesWithClaims].join(), "200,1,1")
  return `a 401 that asks for claims: ${azure.refreshesWithClaims} refresh with these claims, then ${status}`
})

const signOut = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const session = yield* Session.Session
  const { revocation } = yield* session.signOut
  yield* differs(revocation, "NotSupported")
  const error = yield* Effect.flip(http.get("/services"))
  yield* differs(error._tag, "CredentialRequired")
  return `signed out here; Azure has no way to be told (${revocation}); the next call says ${error._tag}`
})

const password = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const session = yield* Session.Session
  yield* control.resetCounts
  const { principal } = yield* session.signIn(Credential.usernamePassword(AzureDirectory.ada))
  yield* differs((yield* control.counts).azure.passwordGrants, 1)
  return `a password, where the account needs no more: signed in as ${principal}`
})

const story = Effect.gen(function* () {
  const { azure, url } = yield* DevServer.DevServer
  yield* say(title(`The same in the cloud: Azure Active Directory's stand-in at ${url}/${azure?.tenant}`))
  yield* step(passwordWithMfa)
  yield* step(deviceCode)
  yield* step(list)
  yield* step(revokedInFlight)
  yield* step(claimsChallenge)
  yield* step(signOut)
  yield* step(password)
})

const Auth = Layer.unwrapEffect(
  Effect.map(DevServer.DevServer, ({ azure, url }) =>
    azure === undefined ? Layer.die("no authority") : NodeAuth.layer({ server: url, entra: azure })
  )
)

// Azure wants five seconds between polls; nobody who watches a demo does.
const server = DevServer.layer({ azure: { pollInterval: "1 second" } })

export const inTheCloud: Effect.Effect<void, unknown> = story.pipe(Effect.provide(Auth), Effect.provide(server))
