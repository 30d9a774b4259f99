import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import { settable } from "./support/settable.js"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const AHEAD = 7_200_000

/** Runs a story in a program whose wall clock is two hours ahead until it is set. */
const ahead = <A, E, R>(story: (set: (millis: number) => Effect.Effect<void>) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(settable, ({ clock, set }) => Effect.zipRight(set(AHEAD), Effect.withClock(story(set), clock)))

describe("a token that was received in the future: the clock was set back", () => {
  it.scoped("is renewed before it is handed out, by whoever holds it and whoever finds it stored", () =>
    ahead((set) =>
      Effect.gen(function* () {
        // Who follows the store would put the second one back into it.
        const { control, dev, session, store } = yield* world({ auth: { watchStore: false } })
        const first = yield* session.signIn(asAda)
        yield* set(0)
        expect(session.tokenIfFresh()).toBeUndefined()
        const second = yield* session.token
        expect([second.generation, (yield* control.counts).refreshes]).toEqual([2, 1])
        yield* store.write(session.key, first)
        const next = yield* clientOf(dev, { store })
        expect(yield* Effect.flip(next.session.token)).toMatchObject({ _tag: "SessionExpired" })
      })
    )
  )

  it.scoped("is not handed out where it cannot be asked about, and stays stored", () =>
    ahead((set) =>
      Effect.gen(function* () {
        const { control, session, store } = yield* world()
        const first = yield* session.signIn(asAda)
        yield* set(0)
        yield* control.failNext({ on: "refresh", status: 429 })
        expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "ServerUnavailable" })
        expect(yield* store.read(session.key)).toMatchObject({ value: { generation: first.generation } })
      })
    )
  )

  it.scoped("by less than clocks of two machines differ is served", () =>
    ahead((set) =>
      Effect.gen(function* () {
        const { session } = yield* world()
        const first = yield* session.signIn(asAda)
        yield* set(AHEAD - 60_000)
        expect(yield* session.token).toBe(first)
        yield* set(AHEAD - 60_001)
        expect((yield* session.token).generation).toBe(2)
      })
    )
  )

  it.scoped("and could not be saved is still the newer one", () =>
    ahead((set) =>
      Effect.gen(function* () {
        const memory = yield* TokenStore.makeMemory
        let broken = false
        const full = new AuthError.StoreUnavailable({ operation: "write", problem: "full", fix: "…", retryable: true })
        const store: TokenStore.Service = {
          ...memory,
          write: (key, token, over) => (broken ? full : memory.write(key, token, over))
        }
        const { control, session } = yield* world({ store })
        const first = yield* session.signIn(asAda)
        yield* set(0)
        broken = true
        const second = yield* session.renew(first)
        broken = false
        expect((yield* session.renew(second)).generation).toBe(3)
        expect(yield* control.counts).toMatchObject({ refreshes: 2, reusedRefreshTokens: 0 })
      })
    )
  )
})
