import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { ok } from "./support/Story.js"

/** A tab that went to the authority and is back. */
const returned = Effect.gen(function* () {
  const azure = yield* Azure.make()
  const tab = yield* Chromium.tab(azure.context, azure.site.page("azure"))
  const page = Azure.page(tab)
  const start = page.start({ ...azure.settings, way: "redirect" })
  yield* start
  yield* page.click
  yield* Effect.promise(() => tab.waitForSelector("#username"))
  yield* Azure.decide(tab)
  yield* Effect.promise(() => tab.waitForURL((url) => url.origin === azure.site.url))
  yield* start
  return { ...azure, ...page, tab, start }
})

describe("a page that starts, perhaps with an answer in its address", () => {
  Chromium.layer()((it) => {
    it.scoped("twice in one moment, and left in between: signed in by the second, and the code was sent once", () =>
      Effect.gen(function* () {
        const it = yield* returned
        assert.deepStrictEqual(yield* it.resumeStrictly, ok(`${Azure.username} ${it.site.page("azure")}`))
        assert.deepStrictEqual(yield* it.get("/services"), ok(200))
        const { azure } = yield* it.server.control.counts
        assert.deepInclude(azure, { authorizationCodesRedeemed: 1, authorizationCodesRefused: 0 })
        // Once that has ended, there is nothing more to go on with.
        assert.deepStrictEqual(yield* it.resume, ok("nothing"))
      })
    )

    it.scoped("leaves an address of the application's own as it is", () =>
      Effect.gen(function* () {
        const { context, settings, site } = yield* Azure.make()
        const address = `${site.page("azure")}#state=open&code=42`
        const tab = yield* Chromium.tab(context, address)
        const page = Azure.page(tab)
        yield* page.start({ ...settings, way: "redirect" })
        assert.deepStrictEqual(yield* page.resume, ok("nothing"))
        assert.strictEqual(yield* page.address, address)
      })
    )

    it.scoped("signs out at the authority too, where that is asked for by name, and comes back", () =>
      Effect.gen(function* () {
        const it = yield* returned
        assert.isTrue((yield* it.resume).ok)
        const asked = yield* Effect.promise(async () => {
          await it.tab.route(/\/logout/, (route) => {
            const back = new URL(route.request().url()).searchParams.get("post_logout_redirect_uri") ?? ""
            return route.fulfill({ status: 302, headers: { location: back } })
          })
          const request = it.tab.waitForRequest(/\/logout/)
          const back = it.tab.waitForURL(/signed-out/)
          const returnTo = `${it.site.page("azure")}?signed-out`
          const settings = { ...it.settings, returnTo }
          await it.tab.evaluate((settings) => void globalThis.offered["signOutEverywhere"]?.(settings), settings)
          const url = (await request).url()
          await back
          return url
        })
        assert.match(asked, new RegExp(`/${it.settings.tenant}/oauth2/v2.0/logout\\?post_logout_redirect_uri=`))
        yield* it.start
        assert.deepInclude(yield* it.get("/services"), { ok: false, tag: "CredentialRequired" })
      })
    )

    it.scoped("asks for a session without asking the person (`ask: none`): typed where there is none", () =>
      Effect.gen(function* () {
        const azure = yield* Azure.make()
        const tab = yield* Chromium.tab(azure.context, azure.site.page("azure"))
        const page = Azure.page(tab)
        const start = page.start({ ...azure.settings, way: "redirect", ask: "none" })
        yield* start
        // As Azure answers whoever has no session there; its form is not shown.
        yield* Effect.promise(() =>
          tab.route(/\/authorize/, (route) => {
            const asked = new URL(route.request().url()).searchParams
            const answer = new URLSearchParams({ state: asked.get("state") ?? "", error: "login_required" })
            const location = `${asked.get("redirect_uri")}#${asked.get("prompt") === "none" ? answer : ""}`
            return route.fulfill({ status: 302, headers: { location } })
          })
        )
        yield* page.click
        yield* Effect.promise(() => tab.waitForURL(/login_required/))
        yield* start
        assert.deepInclude(yield* page.resume, { ok: false, tag: "InteractionRequired" })
        assert.strictEqual(yield* page.address, azure.site.page("azure"))
      })
    )
  })
})
