/** The demo's first part: a server on premises that signs people in by itself. */
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { revokedUnder } from "./demo-revoked.js"
import { differs, say, step, title } from "./stage.js"

const IN_FLIGHT = 200
const { password, username } = Accounts.ada

const names = (answer: HttpClientResponse) =>
  Effect.map(answer.json, (json) => (json as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name).sort())

const wrongPassword = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const session = yield* Session.Session
  const error = yield* Effect.flip(session.signIn(Credential.usernamePassword({ username, password: "guess" })))
  yield* differs(error._tag, "CredentialRejected")
  yield* differs((yield* control.counts).loginsRefused, 1)
  return `${error._tag}, sent once, not repeated: ${error.message}`
})

const signIn = Effect.gen(function* () {
  const session = yield* Session.Session
  const token = yield* session.signIn(Credential.usernamePassword({ username, password }))
  const minutes = Math.round(((token.expiresAt ?? 0) - token.obtainedAt) / 60_000)
  yield* differs(minutes, 60)
  return `signed in as ${username}; the access token is good for ${minutes} min`
})

const list = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const found = yield* Effect.flatMap(http.get("/services"), names)
  yield* differs(found.join(), "add,kyphosis,manualTransmission")
  return `GET /services → ${found.join(", ")}`
})

const consume = Effect.gen(function* () {
  const http = yield* AuthHttpClient.AuthHttpClient
  const request = HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/api/manualTransmission/1.0.0"), {
    hp: 120,
    wt: 2.8
  })
  const json = yield* Effect.flatMap(http.execute(request), (answer) => answer.json)
  const { answer } = (json as { readonly outputParameters: { readonly answer: number } }).outputParameters
  yield* differs(answer.toFixed(4), "0.6418")
  return `POST /api/manualTransmission/1.0.0 {hp: 120, wt: 2.8} → ${answer.toFixed(4)}`
})

const revokedInFlight = Effect.gen(function* () {
  const ok = yield* revokedUnder(IN_FLIGHT)
  const { control } = yield* DevServer.DevServer
  const { refreshes, reusedRefreshTokens, unauthorized } = yield* control.counts
  yield* differs([ok, unauthorized, refreshes, reusedRefreshTokens].join(), [IN_FLIGHT, IN_FLIGHT, 1, 0].join())
  return `token revoked under ${IN_FLIGHT} requests: ${unauthorized} × 401, ${refreshes} renewal, ${ok} × 200, no refresh token used twice`
})

const forbidden = Effect.gen(function* () {
  const { control } = yield* DevServer.DevServer
  const http = yield* AuthHttpClient.AuthHttpClient
  const { status } = yield* http.del("/services/add/1.0.0")
  yield* differs(status, 403)
  yield* differs((yield* control.counts).refreshes, 1)
  return `DELETE /services/add/1.0.0, which is olga's → ${status}, passed on as it is: no renewal for a permission`
})

const signOut = Effect.gen(function* () {
  const { control, url } = yield* DevServer.DevServer
  const http = yield* AuthHttpClient.AuthHttpClient
  const session = yield* Session.Session
  const header = Redacted.value(yield* session.authorization)
  const { revocation } = yield* session.signOut
  yield* differs(revocation, "Revoked")
  const error = yield* Effect.flip(http.get("/services"))
  yield* differs(error._tag, "CredentialRequired")
  const old = yield* Effect.promise(() => fetch(`${url}/services`, { headers: { authorization: header } }))
  yield* differs(old.status, 401)
  yield* differs((yield* control.counts).revocations, 1)
  return `signed out: revoked at the server, where the old token is now worth ${old.status}; the next call says ${error._tag}`
})

const story = Effect.gen(function* () {
  const { url } = yield* DevServer.DevServer
  yield* say(title(`Machine Learning Server's stand-in at ${url}`))
  yield* step(wrongPassword)
  yield* step(signIn)
  yield* step(list)
  yield* step(consume)
  yield* step(revokedInFlight)
  yield* step(forbidden)
  yield* step(signOut)
})

const Auth = Layer.unwrapEffect(Effect.map(DevServer.DevServer, ({ url }) => NodeAuth.layer({ server: url })))

export const onPremises: Effect.Effect<void, unknown> = story.pipe(
  Effect.provide(Auth),
  Effect.provide(DevServer.layer())
)
