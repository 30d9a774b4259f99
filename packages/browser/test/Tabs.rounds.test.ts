import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

/** What a browser does not promise shows only sometimes. */
const ROUNDS = process.env["MLS_TEST_ALL"] === "1" ? 30 : 3

/** Shows the page what was in localStorage before, as a process does that has not heard yet. Runs in the page. */
const stale = () => {
  const before = new Map(Object.entries(localStorage))
  const { getItem } = Storage.prototype
  const view = { looks: 0, hear: () => void (Storage.prototype.getItem = getItem) }
  Storage.prototype.getItem = function (this: Storage, name: string) {
    view.looks++
    return this === localStorage ? ((before.get(name) as string | undefined) ?? null) : getItem.call(this, name)
  }
  Object.assign(globalThis, { view })
}

interface Seen {
  readonly view: { readonly looks: number; readonly hear: () => void }
}

describe("a tab that is shown an old localStorage when it is its turn", () => {
  Chromium.layer()((it) => {
    it.scoped("waits until it is shown what the tab before it wrote: no refresh token is used twice", () =>
      Effect.gen(function* () {
        const { server, tab } = yield* Story.make("local")
        const [one, other] = [yield* tab, yield* tab]
        assert.deepStrictEqual(yield* one.signIn, Story.ok(undefined))
        assert.deepStrictEqual(yield* other.get("/services"), Story.ok(200))
        yield* Effect.promise(() => other.page.evaluate(stale))
        yield* server.control.expireAccessTokens
        assert.deepStrictEqual(yield* one.get("/services"), Story.ok(200))
        const waiting = yield* Effect.fork(other.get("/services"))
        yield* Effect.promise(() => other.page.waitForFunction(() => (globalThis as unknown as Seen).view.looks > 5))
        yield* Effect.promise(() => other.page.evaluate(() => (globalThis as unknown as Seen).view.hear()))
        assert.deepStrictEqual(yield* Fiber.join(waiting), Story.ok(200))
        assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
      })
    )

    it.scoped("what another program removed is taken for what it is after a while, and the next sign-in works", () =>
      Effect.gen(function* () {
        const { tab } = yield* Story.make("local")
        const one = yield* tab
        assert.deepStrictEqual(yield* one.signIn, Story.ok(undefined))
        yield* Effect.promise(() => one.page.evaluate(() => localStorage.clear()))
        yield* one.reload
        assert.strictEqual(Story.tagOf(yield* one.get("/services")), "CredentialRequired")
        assert.deepStrictEqual(yield* one.signIn, Story.ok(undefined))
        assert.deepStrictEqual(yield* one.get("/services"), Story.ok(200))
      })
    )
  })
})

describe("ten tabs whose token ends again and again", () => {
  Chromium.layer()((it) => {
    for (const store of ["local", "indexedDb"] as const) {
      it.scoped(`one renewal each time, never with a used refresh token (${store})`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* Story.make(store)
          const tabs = yield* Effect.all(
            Array.from({ length: 10 }, () => tab),
            { concurrency: 3 }
          )
          for (const first of tabs.slice(0, 1)) assert.deepStrictEqual(yield* first.signIn, Story.ok(undefined))
          for (let round = 1; round <= ROUNDS; round++) {
            yield* server.control.expireAccessTokens
            const told = yield* Effect.all(
              tabs.map((each) => each.get("/services")),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual(
              told.filter(({ ok }) => !ok),
              [],
              `round ${round}`
            )
            const { refreshes, reusedRefreshTokens } = yield* server.control.counts
            assert.deepStrictEqual({ refreshes, reusedRefreshTokens }, { refreshes: round, reusedRefreshTokens: 0 })
          }
        })
      )
    }
  })
})
