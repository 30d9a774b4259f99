import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

const { ok } = Story

describe("tabs of one browser", () => {
  layer(Chromium.layer, { excludeTestServices: true, timeout: 60_000 })((it) => {
    for (const store of ["indexedDb", "local"] as const) {
      it.scoped(
        `ten tabs meet one expired token (${store}): one renewal, and nobody is logged out`,
        () =>
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
          }),
        60_000
      )
    }
  })
})
