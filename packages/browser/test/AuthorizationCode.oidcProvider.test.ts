import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Azure from "./support/Azure.js"
import * as Certified from "./support/CertifiedProvider.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

/** A site whose policy names the provider, and the provider, which has the site's pages registered. */
const ready = Effect.gen(function* () {
  const { issuer, register } = yield* Certified.make
  const site = yield* Site.make({ pages: ["azure", "back"], connect: [issuer] })
  const provider = register([site.page("azure"), site.page("back")])
  const context = yield* Chromium.profile
  const tab = yield* Chromium.tab(context, site.page("azure"))
  return { ...Azure.page(tab), provider, site, context, tab }
})

const login = (tab: { readonly waitForSelector: (selector: string) => Promise<unknown> }) =>
  Effect.promise(() => tab.waitForSelector("input[name=login]"))

describe("oidc-provider in a real browser", () => {
  Chromium.layer()((it) => {
    const redirected = Effect.gen(function* () {
      const it = yield* ready
      const start = (more: object = {}) => it.start({ ...it.provider.settings, ...more, way: "redirect" })
      yield* start()
      yield* it.click
      yield* login(it.tab)
      const back = (more?: object) =>
        Effect.zipRight(
          Effect.promise(() => it.tab.waitForURL((url) => url.origin === it.site.url)),
          start(more)
        )
      return { ...it, back }
    })

    it.scoped("by redirect: signed in, and renewed by the page", () =>
      Effect.gen(function* () {
        const it = yield* redirected
        yield* Certified.accept(it.tab)
        yield* it.back()
        assert.deepInclude(yield* it.resume, { ok: true })
        assert.deepInclude(yield* it.renew, { ok: true, value: 2 })
        assert.deepStrictEqual(it.provider.done, ["granted", "granted"])
      })
    )

    it.scoped("by redirect, and the person goes away by the provider's link: declined", () =>
      Effect.gen(function* () {
        const it = yield* redirected
        yield* Certified.cancel(it.tab)
        yield* it.back()
        assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason: "SignInDeclined" })
        assert.deepStrictEqual(it.provider.done, [])
      })
    )

    it.scoped("by redirect, with a state that was changed on the way: its code goes nowhere", () =>
      Effect.gen(function* () {
        const it = yield* redirected
        yield* Certified.accept(it.tab)
        yield* it.back()
        yield* Effect.promise(() =>
          it.tab.evaluate(() => void (location.hash = location.hash.replace(/state=[^&]+/, `state=${"A".repeat(43)}`)))
        )
        assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason: "CallbackMismatch" })
        assert.deepStrictEqual(it.provider.done, [])
      })
    )

    it.scoped("by redirect, in the name of an issuer that was not expected: its code goes nowhere", () =>
      Effect.gen(function* () {
        const it = yield* redirected
        yield* Certified.accept(it.tab)
        yield* it.back({ issuer: "https://login.contoso.test" })
        assert.deepInclude(yield* it.resume, { ok: false, tag: "CredentialRejected", reason: "CallbackMismatch" })
        assert.deepStrictEqual(it.provider.done, [])
      })
    )

    const inWindow = Effect.gen(function* () {
      const it = yield* ready
      yield* it.start({ ...it.provider.settings, way: "popup" })
      const opened = it.context.waitForEvent("page")
      yield* it.click
      const window = yield* Effect.promise(() => opened)
      yield* login(window)
      return { ...it, window }
    })

    it.scoped("in a window: signed in", () =>
      Effect.gen(function* () {
        const it = yield* inWindow
        yield* Certified.accept(it.window)
        assert.deepInclude(yield* it.signedIn, { ok: true })
        assert.deepStrictEqual(it.provider.done, ["granted"])
      })
    )

    it.scoped("in a window that the person closes: typed", () =>
      Effect.gen(function* () {
        const it = yield* inWindow
        yield* Effect.promise(() => it.window.close())
        yield* Effect.promise(() => it.tab.getByRole("button", { name: "Cancel the sign-in" }).click())
        assert.deepInclude(yield* it.signedIn, { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
      })
    )
  })
})
