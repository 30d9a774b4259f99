/** A pair that could not be saved is saved again, before another program may send the one that it replaced. */
import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, Token, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

const down = new AuthError.StoreUnavailable({ operation: "write", problem: "down", fix: "…", retryable: true })

/** A session that was renewed while its store could be read and not written. */
const unsaved = Effect.gen(function* () {
  const memory = yield* TokenStore.makeMemory
  const engine = { isDown: false, loses: false, writes: 0 }
  const store: TokenStore.Service = {
    ...memory,
    write: (key, token, over) =>
      Effect.suspend(() => {
        engine.writes++
        if (engine.loses) return Effect.zipRight(memory.write(key, token, over), down)
        return engine.isDown ? down : memory.write(key, token, over)
      })
  }
  const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
  const one = yield* Scope.extend(world({ store, auth: { watchStore: false } }), scope)
  const first = yield* one.session.signIn(asAda)
  engine.isDown = true
  const second = yield* one.session.renew(first)
  engine.writes = 0
  const stored = Effect.map(memory.read(one.session.key), (found) => Option.getOrUndefined(found)?.generation)
  return { ...one, engine, memory, scope, second, stored }
})

describe("a pair that could not be saved", () => {
  it.scoped("is saved as soon as the store can, and a program that asked meanwhile gets it", () =>
    Effect.gen(function* () {
      const { control, dev, engine, memory, second, session, stored } = yield* unsaved
      expect(yield* session.token).toBe(second)
      const other = yield* clientOf(dev, { store: memory })
      const asking = yield* Effect.fork(other.client.get("/services"))
      yield* settle
      yield* TestClock.adjust("3 seconds")
      expect(yield* stored).toBe(1)
      engine.isDown = false
      yield* TestClock.adjust("2 seconds")
      expect((yield* Fiber.join(asking)).status).toBe(200)
      expect(yield* stored).toBe(2)
      expect(yield* session.peek).toMatchObject({ stored: true })
      expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("is tried a few times a second at most, and no longer than others wait for the section", () =>
    Effect.gen(function* () {
      const { engine, memory, session } = yield* unsaved
      yield* TestClock.adjust("30 seconds")
      expect(engine.writes).toBeGreaterThan(8)
      expect(engine.writes).toBeLessThan(25)
      expect(yield* memory.exclusive(session.key)(Effect.succeed("entered"))).toBe("entered")
    })
  )

  it.scoped("does not hold up the next renewal of its own session", () =>
    Effect.gen(function* () {
      const { control, engine, second, session, stored } = yield* unsaved
      const third = yield* session.renew(second)
      expect(third.generation).toBe(3)
      engine.isDown = false
      yield* TestClock.adjust("3 seconds")
      expect(yield* stored).toBe(3)
      expect((yield* control.counts).reusedRefreshTokens).toBe(0)
    })
  )

  it.scoped("does not hold up a sign-out, nor a sign-in", () =>
    Effect.gen(function* () {
      const { engine, session, stored } = yield* unsaved
      yield* session.signOut
      engine.isDown = false
      yield* TestClock.adjust("30 seconds")
      expect(yield* stored).toBeUndefined()
      const again = yield* unsaved
      again.engine.isDown = false
      expect((yield* again.session.signIn(asAda)).generation).toBe(1)
    })
  )

  it.scoped("does not hold up the end of the scope, and is tried a last time then", () =>
    Effect.gen(function* () {
      const { engine, scope, stored } = yield* unsaved
      yield* settle
      engine.isDown = false
      yield* Scope.close(scope, Exit.void)
      expect(yield* stored).toBe(2)
    })
  )

  it.scoped("yields to a sign-out elsewhere that did not wait for the section", () =>
    Effect.gen(function* () {
      const { control, engine, memory, session, stored } = yield* unsaved
      yield* memory.remove(session.key)
      engine.isDown = false
      yield* TestClock.adjust("2 seconds")
      expect(yield* stored).toBeUndefined()
      expect(yield* session.peek).toMatchObject({ _tag: "SignedOut" })
      yield* control.awaitArrival("revoke", 1)
    })
  )

  it.scoped("but was, since only the answer was lost, is known as saved", () =>
    Effect.gen(function* () {
      const { engine, second, session, stored } = yield* unsaved
      Object.assign(engine, { isDown: false, loses: true })
      yield* TestClock.adjust("1 second")
      engine.loses = false
      yield* TestClock.adjust("3 seconds")
      expect(yield* stored).toBe(2)
      expect(yield* session.peek).toMatchObject({ generation: 2, stored: true })
      expect(Token.isSame(yield* session.token, second)).toBe(true)
    })
  )
})
