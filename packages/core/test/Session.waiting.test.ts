import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, Token, TokenStore } from "@mlserver-auth/core"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world } from "./support/world.js"

const HOUR = 3_600_000

/** A session whose token was rejected, waiting for the section that another program is in. */
const waiting = (failing = { read: false }) =>
  Effect.gen(function* () {
    const memory = yield* TokenStore.makeMemory
    const broken = new AuthError.StoreUnavailable({ operation: "read", problem: "away", fix: "", retryable: true })
    const read: typeof memory.read = (key) => Effect.suspend(() => (failing.read ? broken : memory.read(key)))
    const elsewhere = yield* world({ store: memory })
    const first = yield* elsewhere.session.signIn(Credential.usernamePassword(ada))
    const { control, session } = yield* clientOf(elsewhere.dev, {
      store: { ...memory, read },
      auth: { watchStore: false }
    })
    yield* session.token
    const [left, entered] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    const holds = Effect.zipRight(Deferred.succeed(entered, undefined), Deferred.await(left))
    yield* Effect.fork(memory.exclusive(session.key)(holds))
    yield* Deferred.await(entered)
    const renewing = yield* Effect.fork(session.renew(first))
    yield* TestClock.adjust("1 second")
    const saved = (life: number) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const next = Token.next(first, {
          accessToken: Redacted.make("of another program"),
          refreshToken: first.refreshToken,
          obtainedAt: now,
          expiresAt: now + life,
          clockDifference: undefined
        })
        yield* memory.write(session.key, next, Option.some(first))
        yield* TestClock.adjust("1 second")
        return next
      })
    return { control, renewing, saved, leave: Deferred.succeed(left, undefined) }
  })

const isWaiting = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) => Effect.map(Fiber.poll(fiber), Option.isNone)

describe("who waits for the section of a key", () => {
  it.scoped("is served with what its holder saves, which need not leave it", () =>
    Effect.gen(function* () {
      const { control, renewing, saved } = yield* waiting()
      expect(yield* isWaiting(renewing)).toBe(true)
      const next = yield* saved(HOUR)
      expect(Token.isSame(yield* Fiber.join(renewing), next)).toBe(true)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )

  it.scoped("waits on where what is saved has ended, and renews it in its turn", () =>
    Effect.gen(function* () {
      const { control, leave, renewing, saved } = yield* waiting()
      const next = yield* saved(0)
      expect(yield* isWaiting(renewing)).toBe(true)
      yield* leave
      expect((yield* Fiber.join(renewing)).generation).toBe(next.generation + 1)
      expect((yield* control.counts).refreshes).toBe(1)
    })
  )

  it.scoped("waits on where the store cannot be read: the section is still its turn", () =>
    Effect.gen(function* () {
      const failing = { read: false }
      const { control, leave, renewing, saved } = yield* waiting(failing)
      failing.read = true
      const next = yield* saved(HOUR)
      expect(yield* isWaiting(renewing)).toBe(true)
      failing.read = false
      yield* leave
      expect(Token.isSame(yield* Fiber.join(renewing), next)).toBe(true)
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )
})
