import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { violations } from "./support/Axe.js"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { ok } from "./support/Story.js"

const ready = (options?: Parameters<typeof Azure.make>[0]) =>
  Effect.gen(function* () {
    const { context, server, settings, site } = yield* Azure.make(options)
    const another = Effect.gen(function* () {
      const tab = yield* Chromium.tab(context, site.page("azure"))
      const page = Azure.page(tab)
      yield* page.start({ ...settings, way: "popup" })
      return { ...page, tab }
    })
    return { ...(yield* another), another, context, server, site }
  })

/** A tab that stays, and its window before the authority's form. */
const opened = (options?: Parameters<typeof Azure.make>[0]) =>
  Effect.gen(function* () {
    const it = yield* ready(options)
    return { ...it, window: yield* Azure.windowOf(it.context, it.click) }
  })

const gone = (window: Page) =>
  Effect.promise(async () => void (window.isClosed() || (await window.waitForEvent("close"))))

/** Tests see each tab as if it had the person's attention; here it is as it is. */
const withoutAttention = (tab: Page) =>
  Effect.promise(() => tab.evaluate(() => void Object.defineProperty(document, "hasFocus", { value: () => false })))

/** What Firefox does in a frame whose sandbox allows no windows. Runs in the page. */
const refuseByError = () => {
  globalThis.open = () => {
    throw new DOMException(
      "A parameter or an operation is not supported by the underlying object",
      "InvalidAccessError"
    )
  }
}

describe("a page that opens a window for the authority", () => {
  Chromium.layer()((it) => {
    it.scoped("is signed in where it stands, and the window is gone", () =>
      Effect.gen(function* () {
        const it = yield* opened()
        yield* Azure.decide(it.window)
        assert.deepStrictEqual(yield* it.signedIn, ok(Azure.username))
        yield* gone(it.window)
        assert.strictEqual(yield* it.address, it.site.page("azure"))
        assert.deepStrictEqual(yield* it.get("/services"), ok(200))
        assert.deepStrictEqual(Chromium.complaintsOf(it.tab), [])
      })
    )

    it.scoped("is signed in although the authority cuts the window off, which closes itself", () =>
      Effect.gen(function* () {
        const it = yield* opened({ shape: { isolatedPage: true } })
        yield* withoutAttention(it.tab)
        assert.isNull(yield* Effect.promise(() => it.window.evaluate(() => opener as unknown)))
        yield* Azure.decide(it.window)
        assert.deepStrictEqual(yield* it.signedIn, ok(Azure.username))
        yield* gone(it.window)
      })
    )

    it.scoped("two tabs at the same time: each is given its own answer", () =>
      Effect.gen(function* () {
        const one = yield* opened({ shape: { isolatedPage: true } })
        yield* withoutAttention(one.tab)
        const other = yield* one.another
        yield* withoutAttention(other.tab)
        const window = yield* Azure.windowOf(one.context, other.click)
        yield* Azure.decide(window)
        assert.deepStrictEqual(yield* other.signedIn, ok(Azure.username))
        yield* Azure.decide(one.window)
        assert.deepStrictEqual(yield* one.signedIn, ok(Azure.username))
        const { azure } = yield* one.server.control.counts
        assert.deepInclude(azure, { authorizationCodesRedeemed: 2, authorizationCodesRefused: 0 })
      })
    )

    for (const [name, change] of [
      ["another state", { state: "forged" }],
      ["another issuer", { iss: "https://login.evil.example/v2.0" }]
    ] as const) {
      it.scoped(`an answer with ${name}: typed, and its code goes nowhere`, () =>
        Effect.gen(function* () {
          const it = yield* opened()
          yield* it.server.control.azure.changeNextAnswer(change)
          yield* Azure.decide(it.window)
          assert.deepInclude(yield* it.signedIn, { ok: false, tag: "CredentialRejected", reason: "CallbackMismatch" })
          const { azure } = yield* it.server.control.counts
          assert.deepInclude(azure, {
            authorizationCodes: 1,
            authorizationCodesRedeemed: 0,
            authorizationCodesRefused: 0
          })
          yield* gone(it.window)
        })
      )
    }

    it.scoped("cancelled at the authority: typed, and the window is gone", () =>
      Effect.gen(function* () {
        const it = yield* opened()
        yield* Azure.decide(it.window, "cancel")
        assert.deepInclude(yield* it.signedIn, { ok: false, tag: "CredentialRejected", reason: "SignInDeclined" })
        yield* gone(it.window)
      })
    )

    it.scoped("closed by the person: the page asks whether they left, and ends typed", () =>
      Effect.gen(function* () {
        const it = yield* opened()
        yield* Effect.promise(() => it.window.close())
        yield* Effect.promise(() => it.tab.getByRole("button", { name: "Cancel the sign-in" }).click())
        assert.deepInclude(yield* it.signedIn, { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
        assert.strictEqual(yield* Effect.promise(() => it.tab.getByRole("dialog").count()), 0)
      })
    )

    it.scoped("looks closed, since the authority cuts it off, however long the person takes: the answer counts", () =>
      Effect.gen(function* () {
        const it = yield* opened({ shape: { isolatedPage: true } })
        // The person looks at the page, which is when it asks; only Chromium's driver pretends that they always do.
        yield* Effect.promise(() => it.tab.bringToFront())
        yield* Effect.promise(() => it.tab.getByRole("dialog", { name: "Signing in" }).waitFor())
        assert.deepStrictEqual(yield* violations(it.tab), [])
        yield* Azure.decide(it.window)
        assert.deepStrictEqual(yield* it.signedIn, ok(Azure.username))
        assert.strictEqual(yield* Effect.promise(() => it.tab.getByRole("dialog").count()), 0)
        yield* gone(it.window)
      })
    )

    it.scoped("given up by the page: the window is gone", () =>
      Effect.gen(function* () {
        const it = yield* opened()
        yield* it.giveUp
        yield* gone(it.window)
      })
    )

    for (const [how, refuse] of [
      ["as it says so", () => undefined],
      ["by an error, as Firefox does", refuseByError]
    ] as const) {
      it.scoped(`which the browser does not let it open, ${how}: typed, and nobody was sent anywhere`, () =>
        Effect.gen(function* () {
          const { context, server, settings, site } = yield* Azure.make()
          yield* Effect.promise(() => context.addInitScript(refuse))
          const tab = yield* Chromium.tab(context, site.page("back"))
          // A frame that may not open windows: the browser of these tests has no other reason to refuse.
          const src = `/azure?unasked=${encodeURIComponent(JSON.stringify({ ...settings, way: "popup" }))}`
          const told = yield* Effect.promise(async () => {
            await tab.evaluate((src) => {
              const frame = document.createElement("iframe")
              frame.sandbox.value = "allow-scripts allow-same-origin"
              frame.src = src
              document.body.append(frame)
            }, src)
            const frame = await tab.waitForSelector("iframe").then((element) => element.contentFrame())
            await frame?.waitForFunction(() => "offered" in globalThis)
            return frame?.evaluate(() =>
              (globalThis as unknown as { offered: { signedIn: () => Promise<object> } }).offered.signedIn()
            )
          })
          assert.deepInclude(told, { ok: false, tag: "CredentialRequired", reason: "WindowBlocked" })
          assert.deepInclude((yield* server.control.counts).azure, { authorizationCodes: 0 })
          assert.lengthOf(context.pages(), 1)
        })
      )
    }
  })
})
