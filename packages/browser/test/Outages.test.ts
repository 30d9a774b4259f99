import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"
import * as Story from "./support/Story.js"

const { ok, tagOf } = Story

const signedIn = (store: "indexedDb" | "local") =>
  Effect.gen(function* () {
    const story = yield* Story.make(store)
    const one = yield* story.tab
    assert.deepStrictEqual(yield* one.signIn, ok(undefined))
    return { ...story, one }
  })

describe("what happens to browsers", () => {
  Chromium.layer()((it) => {
    it.scoped("offline and back: a retryable error, then the same session", () =>
      Effect.gen(function* () {
        const { context, one, server } = yield* signedIn("indexedDb")
        yield* server.control.expireAccessTokens
        yield* server.control.advance("2 hours")
        yield* one.reload
        yield* Effect.promise(() => one.page.clock.install())
        yield* Effect.promise(() => one.page.clock.fastForward(2 * 3_600_000))
        yield* Effect.promise(() => context.setOffline(true))
        const offline = yield* one.get("/services")
        assert.include(["RenewalUncertain", "ServerUnavailable"], tagOf(offline))
        yield* Effect.promise(() => context.setOffline(false))
        yield* Effect.promise(() => one.page.clock.fastForward(5_000))
        assert.deepStrictEqual(yield* one.get("/services"), ok(200))
        assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
      })
    )

    it.scoped("a tab sleeps for an hour: the token is renewed when it is used, before anything is refused", () =>
      Effect.gen(function* () {
        const { one, server } = yield* signedIn("indexedDb")
        yield* Effect.promise(() => one.page.clock.install())
        yield* server.control.advance("61 minutes")
        yield* Effect.promise(() => one.page.clock.fastForward(61 * 60_000))
        assert.deepStrictEqual(yield* one.get("/services"), ok(200))
        assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, unauthorized: 0 })
      })
    )

    it.scoped("the clock is set back by a day: a token from the future is renewed before it is used", () =>
      Effect.gen(function* () {
        const { one, server } = yield* signedIn("indexedDb")
        yield* Effect.promise(() => one.page.clock.install({ time: Date.now() - 86_400_000 }))
        yield* server.control.expireAccessTokens
        assert.deepStrictEqual(yield* one.get("/services"), ok(200))
        assert.deepStrictEqual(yield* one.get("/services"), ok(200))
        assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, unauthorized: 0 })
      })
    )

    it.scoped("localStorage is full: a sign-in says so, leaves no session behind, and works once there is room", () =>
      Effect.gen(function* () {
        const { server, tab } = yield* Story.make("local")
        const one = yield* tab
        yield* Effect.promise(() => one.page.evaluate(fill))
        const full = yield* one.signIn
        assert.strictEqual(tagOf(full), "StoreUnavailable")
        assert.match(JSON.stringify(full), /localStorage: .* full.*retryable\W+true/)
        yield* server.control.awaitArrival("revoke")
        yield* Effect.promise(() => one.page.evaluate(() => localStorage.clear()))
        assert.deepStrictEqual(yield* one.signIn, ok(undefined))
      })
    )

    it.scoped("IndexedDB is full: that is said before anybody signs in for nothing", () =>
      Effect.gen(function* () {
        const site = yield* Site.make({ pages: ["story"] })
        const context = yield* Chromium.profile
        const page = yield* Chromium.tab(context, site.page("story"))
        const devtools = yield* Effect.promise(() => context.newCDPSession(page))
        const limit = { origin: site.url, quotaSize: 1 }
        yield* Effect.promise(() => devtools.send("Storage.overrideQuotaForOrigin", limit))
        const full = yield* Chromium.call(page, "start", { store: "indexedDb" })
        assert.match(JSON.stringify(full), /IndexedDB: .* full.*retryable\W+true/)
      })
    )
  })
})

/** Leaves no room for a single character. Runs in the page. */
const fill = () => {
  for (let size = 2 ** 22; size > 0; size = Math.floor(size / 2)) {
    try {
      for (let at = 0; ; at++) localStorage.setItem(`filler-${size}-${at}`, "x".repeat(size))
    } catch {}
  }
}
