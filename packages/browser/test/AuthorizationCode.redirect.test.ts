import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { ok } from "./support/Story.js"

/** A tab that has started, is sent to the authority by a click, and stands before its form. */
const sentOut = (options?: Parameters<typeof Azure.make>[0]) =>
  Effect.gen(function* () {
    const { context, server, settings, site } = yield* Azure.make(options)
    const tab = yield* Chromium.tab(context, `${site.page("azure")}?of=the-app`)
    const page = Azure.page(tab)
    const start = page.start({ ...settings, way: "redirect" })
    yield* start
    yield* page.click
    yield* Effect.promise(() => tab.waitForSelector("#username"))
    const back = Effect.zipRight(
      Effect.promise(() => tab.waitForURL((url) => url.origin === site.url)),
      start
    )
    return { ...page, context, server, settings, site, tab, start, back }
  })

describe("a page that goes to the authority itself", () => {
  Chromium.layer()((it) => {
    it.scoped("comes back signed in, with a clean address, and works on across origins", () =>
      Effect.gen(function* () {
        const it = yield* sentOut()
        yield* Azure.decide(it.tab)
        yield* it.back
        assert.match(yield* it.address, /#code=/)
        assert.deepStrictEqual(yield* it.resume, ok(`${Azure.username} ${it.site.page("azure")}?of=the-app`))
        assert.strictEqual(yield* it.address, it.site.page("azure"))
        assert.deepStrictEqual(yield* it.get("/services"), ok(200))
        assert.deepStrictEqual(yield* it.renew, ok(2))
        const { azure } = yield* it.server.control.counts
        assert.deepInclude(azure, { authorizationCodesRedeemed: 1, authorizationCodesRefused: 0, refreshes: 1 })
        assert.notInclude((yield* it.kept).join(), "authorization")
        assert.deepStrictEqual(Chromium.complaintsOf(it.tab), [])
      })
    )

    // Firefox's driver waits for a load where only the fragment of an address changes.
    it.scoped.skipIf(Chromium.engine === "firefox")(
      "answers once: a reload, and the browser's own buttons, find nothing",
      () =>
        Effect.gen(function* () {
          const it = yield* sentOut()
          yield* Azure.decide(it.tab)
          yield* it.back
          const answer = yield* it.address
          yield* it.resume
          yield* Effect.promise(() => it.tab.reload())
          yield* it.start
          assert.deepStrictEqual(yield* it.resume, ok("nothing"))
          assert.deepStrictEqual(yield* it.get("/services"), ok(200))
          yield* Effect.promise(() => it.tab.goto(answer))
          yield* Effect.promise(() => it.tab.reload())
          yield* it.start
          assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason: "CallbackMismatch" })
          assert.deepInclude((yield* it.server.control.counts).azure, { authorizationCodesRefused: 0 })
        })
    )

    for (const [name, change, reason] of [
      ["another state", { state: "forged" }, "CallbackMismatch"],
      ["another issuer", { iss: "https://login.evil.example/v2.0" }, "CallbackMismatch"]
    ] as const) {
      it.scoped(`with ${name}: its code goes nowhere, and the address is clean`, () =>
        Effect.gen(function* () {
          const it = yield* sentOut()
          yield* it.server.control.azure.changeNextAnswer(change)
          yield* Azure.decide(it.tab)
          yield* it.back
          assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason })
          assert.strictEqual(yield* it.address, it.site.page("azure"))
          const { azure } = yield* it.server.control.counts
          assert.deepInclude(azure, {
            authorizationCodes: 1,
            authorizationCodesRedeemed: 0,
            authorizationCodesRefused: 0
          })
        })
      )
    }

    it.scoped("cancelled there: typed", () =>
      Effect.gen(function* () {
        const it = yield* sentOut()
        yield* Azure.decide(it.tab, "cancel")
        yield* it.back
        assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason: "SignInDeclined" })
      })
    )

    it.scoped("an answer that this tab did not ask for is none of its own", () =>
      Effect.gen(function* () {
        const it = yield* sentOut()
        yield* Azure.decide(it.tab)
        yield* it.back
        const other = yield* Chromium.tab(it.context, yield* it.address)
        const page = Azure.page(other)
        yield* page.start({ ...it.settings, way: "redirect" })
        assert.deepInclude(yield* page.resume, { ok: false, tag: "CredentialRejected", reason: "CallbackMismatch" })
        assert.deepStrictEqual(yield* it.resume, ok(`${Azure.username} ${it.site.page("azure")}?of=the-app`))
      })
    )

    it.scoped("whose address is registered for programs: typed, with what to change", () =>
      Effect.gen(function* () {
        const it = yield* sentOut({
          redirectUris: { spa: ["http://127.0.0.1/back"], native: ["http://127.0.0.1/azure"] }
        })
        yield* Azure.decide(it.tab)
        yield* it.back
        const told = yield* it.resume
        assert.deepInclude(told, { ok: false, tag: "ConfigurationInvalid" })
        assert.include(JSON.stringify(told), "Single-page application")
      })
    )
  })
})
