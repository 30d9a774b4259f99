import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { ok } from "./support/Story.js"

/** A tab that stays, and its window before the authority's form. */
const opened = Effect.gen(function* () {
  const { context, server, settings, site } = yield* Azure.make()
  const tab = yield* Chromium.tab(context, site.page("azure"))
  const page = Azure.page(tab)
  yield* page.start({ ...settings, way: "popup" })
  const window = yield* Azure.windowOf(context, page.click)
  return { ...page, context, server, site, tab, window }
})

describe("a page that opens a window for the authority", () => {
  layer(Chromium.layer, { excludeTestServices: true, timeout: 60_000 })((it) => {
    it.scoped("is signed in where it stands, and the window is gone", () =>
      Effect.gen(function* () {
        const it = yield* opened
        const closed = it.window.waitForEvent("close")
        yield* Azure.decide(it.window)
        assert.deepStrictEqual(yield* it.signedIn, ok(Azure.username))
        yield* Effect.promise(() => closed)
        assert.strictEqual(yield* it.address, it.site.page("azure"))
        assert.deepStrictEqual(yield* it.get("/services"), ok(200))
        assert.deepStrictEqual(Chromium.complaintsOf(it.tab), [])
      })
    )

    it.scoped("closed by the person: typed", () =>
      Effect.gen(function* () {
        const it = yield* opened
        yield* Effect.promise(() => it.window.close())
        assert.deepInclude(yield* it.signedIn, { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
      })
    )
  })
})
