import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

const { ok, tagOf } = Story

/** Two tabs that share a signed-in session. */
const two = (store: "indexedDb" | "local") =>
  Effect.gen(function* () {
    const story = yield* Story.make(store)
    const [one, other] = [yield* story.tab, yield* story.tab]
    assert.deepStrictEqual(yield* one.signIn, ok(undefined))
    assert.deepStrictEqual(yield* other.get("/services"), ok(200))
    return { ...story, one, other }
  })

describe("tabs of one browser", () => {
  Chromium.layer()((it) => {
    for (const store of ["indexedDb", "local"] as const) {
      it.scoped(`ten tabs meet one expired token (${store}): one renewal, and nobody is logged out`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* Story.make(store)
          const tabs = yield* Effect.all(
            Array.from({ length: 10 }, () => tab),
            { concurrency: 3 }
          )
          for (const first of tabs.slice(0, 1)) assert.deepStrictEqual(yield* first.signIn, ok(undefined))
          for (const each of tabs) assert.deepStrictEqual(yield* each.get("/services"), ok(200))
          yield* server.control.expireAccessTokens
          const statuses = yield* Effect.all(
            tabs.map((each) => each.get("/services")),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            statuses,
            tabs.map(() => ok(200))
          )
          assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
        })
      )

      it.scoped(`a sign-out in one is seen in the other, and so is the next sign-in (${store})`, () =>
        Effect.gen(function* () {
          const { one, other } = yield* two(store)
          assert.deepStrictEqual(yield* one.signOut, ok("Revoked"))
          assert.deepStrictEqual(yield* other.awaitState("SignedOut"), ok(undefined))
          assert.strictEqual(tagOf(yield* other.get("/services")), "CredentialRequired")
          assert.deepStrictEqual(yield* one.signIn, ok(undefined))
          assert.deepStrictEqual(yield* other.awaitState("SignedIn"), ok(undefined))
          assert.deepStrictEqual(yield* other.get("/services"), ok(200))
        })
      )

      it.scoped(`a tab is closed before its renewal has reached the server (${store}): the next tab renews`, () =>
        Effect.gen(function* () {
          const { one, other, server, swallowNext } = yield* two(store)
          yield* server.control.expireAccessTokens
          const arrived = swallowNext("/login/refreshToken")
          yield* Effect.fork(Effect.ignore(one.get("/services")))
          yield* arrived
          const waiting = yield* Effect.fork(other.get("/services"))
          yield* Effect.promise(() => one.page.close())
          assert.deepStrictEqual(yield* Fiber.join(waiting), ok(200))
          assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
        })
      )
    }

    it.scoped("what a script of the page removes from localStorage is gone in the other tab too", () =>
      Effect.gen(function* () {
        const { one, other } = yield* two("local")
        yield* Effect.promise(() => one.page.evaluate(() => localStorage.clear()))
        assert.deepStrictEqual(yield* other.awaitState("SignedOut"), ok(undefined))
      })
    )

    it.scoped("a page that comes back from the browser's cache of pages looks at what it was not told", () =>
      Effect.gen(function* () {
        const { one } = yield* two("local")
        const silently = () => {
          // The tab that changes its storage gets no event.
          localStorage.clear()
          dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))
        }
        yield* Effect.promise(() => one.page.evaluate(silently))
        assert.deepStrictEqual(yield* one.awaitState("SignedOut"), ok(undefined))
      })
    )

    it.scoped("a tab is closed with its renewed pair on the way: the next tab is told, and does not hang", () =>
      Effect.gen(function* () {
        const { one, other, server } = yield* two("indexedDb")
        yield* server.control.expireAccessTokens
        const gate = yield* server.control.hold("refresh", "after")
        yield* Effect.fork(Effect.ignore(one.get("/services")))
        yield* gate.awaitWaiting()
        yield* Effect.promise(() => one.page.close())
        yield* gate.release
        assert.strictEqual(tagOf(yield* other.get("/services")), "SessionExpired")
        assert.deepStrictEqual(yield* other.signIn, ok(undefined))
        assert.deepStrictEqual(yield* other.get("/services"), ok(200))
      })
    )

    it.scoped("a renewal that ends after the sign-out of another tab is discarded, and its pair revoked", () =>
      Effect.gen(function* () {
        const { one, other, server } = yield* two("indexedDb")
        yield* server.control.expireAccessTokens
        const gate = yield* server.control.hold("refresh", "after")
        const renewing = yield* Effect.fork(one.get("/services"))
        yield* gate.awaitWaiting()
        const leaving = yield* Effect.fork(other.signOut)
        yield* one.awaitState("SignedOut").pipe(Effect.raceFirst(Fiber.join(leaving)))
        yield* gate.release
        yield* Fiber.join(leaving)
        assert.strictEqual(tagOf(yield* Fiber.join(renewing)), "CredentialRequired")
        assert.deepStrictEqual(yield* one.peek, ok("SignedOut"))
        assert.deepStrictEqual(yield* other.peek, ok("SignedOut"))
        yield* server.control.awaitArrival("revoke", 2)
      })
    )
  })
})
