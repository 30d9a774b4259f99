/** Stores that go back in time: a failover to a replica that lagged, a backup that was restored. */
import { describe, expect, it } from "@effect/vitest"
import { Credential, Token } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

/** A session of the second generation, whose store has the first. */
const wentBack = (watchStore: boolean) =>
  Effect.gen(function* () {
    const one = yield* world({ auth: { watchStore } })
    const first = yield* one.session.signIn(asAda)
    yield* TestClock.adjust("1 minute")
    const second = yield* one.session.renew(first)
    yield* one.store.write(one.session.key, first)
    yield* settle
    return { ...one, first, second }
  })

const generationIn = ({ session, store }: Effect.Effect.Success<ReturnType<typeof wentBack>>) =>
  Effect.map(store.read(session.key), (found) => Option.getOrUndefined(found)?.generation)

describe("a store that went back in time", () => {
  it.scoped.each([true, false])("the successor that is held is renewed, and saved (following: %s)", (watchStore) =>
    Effect.gen(function* () {
      const one = yield* wentBack(watchStore)
      yield* one.control.revokeAccessTokens()
      expect((yield* one.client.get("/services")).status).toBe(200)
      expect(yield* one.control.counts).toMatchObject({ refreshes: 2, reusedRefreshTokens: 0 })
      expect(yield* generationIn(one)).toBe(3)
    })
  )

  it.scoped("a session that follows it puts its token back at once, and other programs get that", () =>
    Effect.gen(function* () {
      const one = yield* wentBack(true)
      expect(yield* generationIn(one)).toBe(2)
      expect(yield* one.session.peek).toMatchObject({ generation: 2, stored: true })
      const other = yield* clientOf(one.dev, { store: one.store })
      expect(Token.isSame(yield* other.session.token, one.second)).toBe(true)
      expect((yield* one.control.counts).refreshes).toBe(1)
    })
  )

  it.scoped("while a renewal is under way: its pair is saved over what the store went back to", () =>
    Effect.gen(function* () {
      const one = yield* world({ auth: { watchStore: false } })
      const first = yield* one.session.signIn(asAda)
      const second = yield* one.session.renew(first)
      const gate = yield* one.control.hold("refresh", "after")
      const renewing = yield* Effect.fork(one.session.renew(second))
      yield* gate.awaitWaiting()
      yield* one.store.write(one.session.key, first)
      yield* gate.release
      const third = yield* Fiber.join(renewing)
      expect(third.generation).toBe(3)
      expect(Option.getOrUndefined(yield* one.store.read(one.session.key))).toEqual(third)
      expect((yield* one.control.counts).revocations).toBe(0)
    })
  )

  it.scoped("when the successor is refused, what it replaced is not sent: the record goes with it", () =>
    Effect.gen(function* () {
      const one = yield* wentBack(false)
      yield* one.control.revokeSessions()
      expect(yield* Effect.flip(one.client.get("/services"))).toMatchObject({ _tag: "SessionExpired" })
      expect(yield* generationIn(one)).toBeUndefined()
      expect(yield* Effect.flip(one.session.token)).toMatchObject({ _tag: "CredentialRequired" })
      expect((yield* one.control.counts).reusedRefreshTokens).toBe(0)
    })
  )
})
