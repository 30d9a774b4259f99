/** A program that signs in with nothing but settings, and prints what a request is answered. */
import * as AuthHttpClient from "@mlserver-auth/core/AuthHttpClient"
import * as Session from "@mlserver-auth/core/Session"
import * as Effect from "effect/Effect"
import * as NodeAuth from "../src/NodeAuth.js"

const settings = JSON.parse(process.argv[2] ?? "") as NodeAuth.Options

const signedIn = Effect.gen(function* () {
  const session = yield* Session.Session
  yield* session.signIn()
  const http = yield* AuthHttpClient.AuthHttpClient
  return (yield* http.get("/services")).status
})

const result = await Effect.runPromise(Effect.either(Effect.provide(signedIn, NodeAuth.layer(settings))))
process.stdout.write(JSON.stringify(result))
