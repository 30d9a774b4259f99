/** What both parts of the demo show: the token is revoked while requests are on their way. */
import { AuthHttpClient } from "@mlserver-auth/core"
import { DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Holds so many requests at the server, revokes the token they came with, lets them go; how many ended with 200. */
export const revokedUnder = (count: number) =>
  Effect.gen(function* () {
    const { control } = yield* DevServer.DevServer
    const http = yield* AuthHttpClient.AuthHttpClient
    yield* control.resetCounts
    const gate = yield* control.hold("api")
    const requests = yield* Effect.forEach(Array.from({ length: count }), () => Effect.fork(http.get("/services")))
    yield* gate.awaitWaiting(count)
    yield* control.revokeAccessTokens()
    yield* gate.release
    const answers = yield* Effect.forEach(requests, Fiber.join)
    return answers.filter(({ status }) => status === 200).length
  })
