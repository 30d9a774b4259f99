/** What a user costs where many machines share an engine: bytes there, messages, connections, and memory here. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as CredentialSource from "@mlserver-auth/core/CredentialSource"
import { lifetimes } from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Sessions from "@mlserver-auth/core/Sessions"
import * as Token from "@mlserver-auth/core/Token"
import { TokenIssuer } from "@mlserver-auth/core/TokenIssuer"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createClient } from "redis"
import type * as Servers from "./engineServers.js"
import { heap } from "./measure.js"
import type { Answer, Row } from "./report.js"

const server = "http://127.0.0.1:12800"
const keyOf = (user: number) => TokenKey.make({ issuer: server, principal: `user${user}` })
const keys = [Redacted.make(new Uint8Array(32).fill(1))]

const tokenOf = (user: number) =>
  Token.first({
    accessToken: Redacted.make(`access-${user}-`.padEnd(700, "x")),
    refreshToken: Redacted.make(`refresh-${user}-`.padEnd(90, "y")),
    obtainedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
    clockDifference: 0
  })

/** Never asked: every token is in the store and good. */
const issuer = TokenIssuer.of({
  server,
  lifetimes,
  canRevoke: true,
  key: (principal) => TokenKey.make({ issuer: server, principal }),
  grant: () => Effect.succeed(tokenOf(0)),
  renew: (token) => Effect.succeed(token),
  revoke: () => Effect.void
})

const nowhere = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null))))

/** Bytes of heap for each session that has its token from the store. */
const memory = (store: TokenStore.Service, users: number, watchStore: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const endpoint = yield* ServerEndpoint.make(server)
      const sessions = yield* Sessions.make({ endpoint, watchStore, source: () => CredentialSource.none })
      const before = heap()
      yield* Effect.forEach(
        Array.from({ length: users }, (_, at) => `user${at}`),
        (name) => Effect.flatMap(sessions.get(name), ({ session }) => session.token),
        { discard: true }
      )
      // Following is told to the store in the background.
      yield* Effect.sleep("200 millis")
      return (heap() - before) / users
    }).pipe(
      Effect.provideService(TokenIssuer, issuer),
      Effect.provideService(HttpClient.HttpClient, nowhere),
      Effect.provideService(TokenStore.TokenStore, store)
    )
  )

const numberIn = (text: string, name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(text)?.[1])

export const run = (redis: Servers.Server, users: number): Promise<Answer> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const connected = Effect.acquireRelease(
          Effect.promise(() =>
            createClient({ url: `redis://127.0.0.1:${redis.at}` })
              .on("error", () => {})
              .connect()
          ),
          (made) => Effect.sync(() => made.destroy())
        )
        const [admin, client] = [yield* connected, yield* connected]
        const info = (section: string) => Effect.promise(() => admin.info(section))
        const others = numberIn(yield* info("clients"), "connected_clients")
        const used = Effect.map(info("memory"), (text) => numberIn(text, "used_memory"))
        const store = yield* RedisTokenStore.make({ client, keys, prefix: "sizes" })
        yield* store.watch(keyOf(0))
        const connections = numberIn(yield* info("clients"), "connected_clients") - others + 1
        const before = yield* used
        yield* Effect.forEach(
          Array.from({ length: users }, (_, at) => at),
          (user) => store.write(keyOf(user), tokenOf(user)),
          { concurrency: 16 }
        )
        const bytes = ((yield* used) - before) / users
        const commands = Effect.map(info("stats"), (text) => numberIn(text, "total_commands_processed"))
        const first = yield* commands
        yield* store.exclusive(keyOf(0))(
          Effect.flatMap(store.read(keyOf(0)), (found) =>
            store.write(
              keyOf(0),
              tokenOf(1),
              Option.map(found, (is) => is)
            )
          )
        )
        const sent = (yield* commands) - first - 1
        const rows: ReadonlyArray<Row> = [
          { what: "connections of a process, to Redis", values: [connections], unit: "" },
          { what: "commands of a renewal, those inside scripts too", values: [sent], unit: "" },
          { what: `a user's record in Redis, of ${users}`, values: [bytes], unit: "bytes" },
          { what: "a session in memory", values: [yield* memory(store, users, false)], unit: "bytes" },
          { what: "a session in memory that follows", values: [yield* memory(store, users, true)], unit: "bytes" }
        ]
        return { question: "What a user costs on a shared engine", rows }
      })
    )
  )
