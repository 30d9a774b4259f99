/** One of many programs that share a store: it does what it is told, and says when it was done. */
import { AuthHttpClient } from "@mlserver-auth/core/AuthHttpClient"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import * as MlServerAuth from "@mlserver-auth/core/MlServerAuth"
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { TokenStore } from "@mlserver-auth/core/TokenStore"
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { open, type Place } from "./sharedPlaces.js"

export interface Setup {
  readonly place: Place
  readonly url: string
}

/** `begin`: a new session. `ask`: one request with it. `expire`: the token in the store has ended. */
export type Order = "begin" | "ask" | "expire"

/** `at`: epoch milliseconds. `processor`: milliseconds so far. */
export interface Answer {
  readonly said: string
  readonly at: number
  readonly processor: number
}

const { place, url } = JSON.parse(process.argv[2] ?? "{}") as Setup

const layer = MlServerAuth.layer({ server: url }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      NodeHttp.layer({ proxy: "none" }),
      Layer.scoped(TokenStore, Effect.orDie(open(place))),
      CredentialSource.layerNone
    )
  )
)
const start = () => ManagedRuntime.make(layer)
let runtime = start()

const ask = Effect.flatMap(AuthHttpClient, (http) => http.get("/services")).pipe(
  Effect.flatMap((response) => Effect.as(response.text, String(response.status))),
  Effect.catchAll((error) => Effect.succeed(error.message))
)

const expire = Effect.gen(function* () {
  const store = yield* TokenStore
  const key = TokenKey.make({ issuer: url })
  const found = yield* store.read(key)
  if (found._tag === "None") return "nothing"
  const { accessToken, clockDifference, obtainedAt, refreshToken } = found.value
  yield* store.write(
    key,
    Token.next(found.value, { accessToken, clockDifference, obtainedAt, refreshToken, expiresAt: 1 })
  )
  return "expired"
})

const obey = async (order: Order): Promise<string> => {
  if (order === "ask") return await runtime.runPromise(ask)
  if (order === "expire") return await runtime.runPromise(Effect.orDie(expire))
  await runtime.dispose()
  runtime = start()
  await runtime.runPromise(Effect.asVoid(AuthHttpClient))
  return "begun"
}

process.on("message", (order: Order) => {
  void obey(order).then((said) => {
    const { system, user } = process.cpuUsage()
    process.send?.({ said, at: performance.timeOrigin + performance.now(), processor: (user + system) / 1000 })
  })
})
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
