/** One of the programs over which many users are spread: it seeds its part of them, and then asks for the tokens of two parts. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import { lifetimes } from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Sessions from "@mlserver-auth/core/Sessions"
import * as Token from "@mlserver-auth/core/Token"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { TokenStore } from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import { open, type Place } from "./sharedPlaces.js"

export interface Setup {
  readonly place: Place
  readonly users: number
  readonly part: number
  readonly parts: number
}

export type Order = "seed" | "renew"

/** `processor`: milliseconds so far. */
export interface Answer {
  readonly renewals: number
  readonly failed: number
  readonly processor: number
}

const { part, parts, place, users } = JSON.parse(process.argv[2] ?? "{}") as Setup

const server = "http://127.0.0.1:12800"
const keyOf = (principal: string) => TokenKey.make({ issuer: server, principal })

const received = (name: string, lasts: number): Token.Received => ({
  accessToken: Redacted.make(`access-${name}-`.padEnd(700, "x")),
  refreshToken: Redacted.make(`refresh-${name}-`.padEnd(90, "y")),
  obtainedAt: Date.now(),
  expiresAt: Date.now() + lasts,
  clockDifference: 0
})

let renewals = 0

/** A server that takes a while, and is not on this machine. */
const issuer = TokenIssuer.of({
  server,
  lifetimes,
  canRevoke: true,
  key: keyOf,
  grant: () => Effect.dieMessage("no user signs in here"),
  renew: (token) =>
    Effect.delay(
      Effect.sync(() => {
        renewals++
        return Token.next(token, received("second", 3_600_000))
      }),
      "20 millis"
    ),
  revoke: () => Effect.void
})

const nowhere = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null))))

const sessions = Layer.unwrapEffect(
  Effect.map(ServerEndpoint.make(server), (endpoint) =>
    Sessions.layer({ endpoint, source: () => CredentialSource.none })
  )
)

const runtime = ManagedRuntime.make(
  sessions.pipe(
    Layer.provide([Layer.succeed(TokenIssuer, issuer), Layer.succeed(HttpClient.HttpClient, nowhere)]),
    Layer.provideMerge(Layer.scoped(TokenStore, Effect.orDie(open(place))))
  )
)

/** Users of the parts that are told, by number. */
const usersOf = (...told: ReadonlyArray<number>) =>
  Array.from({ length: users }, (_, user) => user).filter((user) => told.includes(user % parts))

const seed = Effect.forEach(
  usersOf(part),
  (user) =>
    Effect.flatMap(TokenStore, (store) =>
      store.write(keyOf(`user${user}`), Token.first(received("first", -1), `user${user}`))
    ),
  { concurrency: 16, discard: true }
)

/** Its own and the next one's, which that one wants at the same time. */
const renew = Effect.map(
  Effect.forEach(
    usersOf(part, (part + 1) % parts),
    (user) =>
      Effect.flatMap(Sessions.Sessions, ({ get }) => get(`user${user}`)).pipe(
        Effect.flatMap(({ session }) => session.token),
        Effect.match({ onFailure: () => 1, onSuccess: ({ generation }) => (generation === 2 ? 0 : 1) })
      ),
    { concurrency: 32 }
  ),
  (failures) => failures.reduce((sum, each) => sum + each, 0)
)

process.on("message", (order: Order) => {
  const obeyed = order === "seed" ? Effect.as(Effect.orDie(seed), 0) : Effect.orDie(renew)
  void runtime.runPromise(obeyed).then((failed) => {
    const { system, user } = process.cpuUsage()
    process.send?.({ renewals, failed, processor: (user + system) / 1000 } satisfies Answer)
  })
})
process.on("disconnect", () => process.exit(0))
process.send?.("ready")
