/** What a caller is told whose wait for another program's renewal ends. */
import { AuthHttpClient, Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { FileTokenStore, NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"

const { password, username } = Accounts.ada

describe("a caller that waits for another program's renewal for longer than it was told to", () => {
  it.scopedLive("gets a retryable StoreUnavailable, nothing is sent or lost, and the next try works", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const directory = yield* Authority.directory
      const store = { directory, lockTimeout: "100 millis" } as const
      yield* Effect.gen(function* () {
        const session = yield* Session.Session
        const http = yield* AuthHttpClient.AuthHttpClient
        yield* session.signIn(Credential.usernamePassword({ username, password }))
        yield* Effect.all([Processes.expire(directory), server.control.expireAccessTokens, server.control.resetCounts])
        const [inside, leave] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const other = yield* FileTokenStore.make({ directory })
        const holder = yield* Effect.fork(
          other.exclusive(session.key)(Effect.zipRight(Deferred.succeed(inside, undefined), Deferred.await(leave)))
        )
        yield* Deferred.await(inside)
        const error = yield* Effect.flip(http.get("/services"))
        assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "lock", retryable: true })
        assert.deepInclude(yield* server.control.counts, { refreshes: 0, reusedRefreshTokens: 0 })
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(holder)
        assert.strictEqual((yield* http.get("/services")).status, 200)
        assert.deepInclude(yield* server.control.counts, { refreshes: 1, reusedRefreshTokens: 0, logins: 0 })
      }).pipe(Effect.provide(NodeAuth.layer({ server: server.url, store, http: { proxy: "none" } })))
    })
  )
})
