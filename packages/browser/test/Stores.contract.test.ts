import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { assert, describe } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

class Opened extends Context.Tag("test/Opened")<Opened, Page>() {}

/** One page for a whole suite: its checks use keys of their own. */
const opened = Layer.scoped(
  Opened,
  Effect.gen(function* () {
    const site = yield* Site.make({ pages: ["contract"] })
    return yield* Chromium.tab(yield* Chromium.profile, site.page("contract"))
  })
)

for (const store of ["memory", "session", "local", "indexedDb"] as const) {
  describe(`the contract of stores holds in a page: ${store}`, () => {
    Chromium.layer(opened)((it) => {
      for (const [at, check] of TokenStoreContract.checks.entries()) {
        it.effect(check.name, () =>
          Effect.gen(function* () {
            const page = yield* Opened
            const { ok, ...rest } = yield* Chromium.call<Told<void>>(page, "run", { at, store })
            assert.isTrue(ok, JSON.stringify(rest))
            assert.deepStrictEqual(Chromium.complaintsOf(page), [])
          })
        )
      }
    })
  })
}
