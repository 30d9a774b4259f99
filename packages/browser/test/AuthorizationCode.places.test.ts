import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Frame } from "playwright-core"
import type { Setup } from "./pages/azure.js"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"
import { ok } from "./support/Story.js"

/** What the program of a page or a frame says that its sign-in, which began by itself, ended with. */
const signedIn = (frame: Frame | null | undefined) =>
  Effect.promise(async () => {
    await frame?.waitForFunction(() => "offered" in globalThis)
    return frame?.evaluate(() => globalThis.offered["signedIn"]?.())
  })

/** The page of the application, which begins to sign in by itself. */
const begun = ({ settings, site }: { readonly settings: object; readonly site: Site.Site }, setup: Partial<Setup>) =>
  `${site.page("azure")}?unasked=${encodeURIComponent(JSON.stringify({ ...settings, ...setup }))}`

/** The page in a frame of a page of another site. */
const framedElsewhere = (setup: Partial<Setup>, sandbox?: string) =>
  Effect.gen(function* () {
    const azure = yield* Azure.make()
    const src = begun(azure, setup)
    const words = sandbox === undefined ? "" : `sandbox="${sandbox}"`
    const elsewhere = yield* Site.listen((_, answer) =>
      answer
        .writeHead(200, { "content-type": "text/html" })
        .end(`<!doctype html><iframe ${words} src="${src}"></iframe>`)
    )
    const tab = yield* Chromium.tab(azure.context, elsewhere.replace("127.0.0.1", "localhost"))
    const frame = yield* Effect.promise(() => tab.waitForSelector("iframe").then((found) => found.contentFrame()))
    return { ...azure, frame }
  })

describe("a sign-in in the browser where it cannot work", () => {
  Chromium.layer()((it) => {
    for (const way of ["popup", "redirect"] as const) {
      it.scoped(`in a frame of another site: ended at once, with what to do (${way})`, () =>
        Effect.gen(function* () {
          const { context, frame, server } = yield* framedElsewhere({ way })
          const told = yield* signedIn(frame)
          assert.deepInclude(told, { ok: false, tag: "CredentialRequired", reason: "Framed" })
          assert.include(JSON.stringify(told), "in a tab")
          assert.deepInclude((yield* server.control.counts).azure, { authorizationCodes: 0 })
          assert.lengthOf(context.pages(), 1)
        })
      )

      it.scoped(`with a redirect address of another origin: refused before anybody is sent anywhere (${way})`, () =>
        Effect.gen(function* () {
          const azure = yield* Azure.make()
          for (const redirectUri of ["https://elsewhere.example/back", "/back"]) {
            const tab = yield* Chromium.tab(azure.context, begun(azure, { way, how: { redirectUri } }))
            const told = yield* signedIn(tab.mainFrame())
            assert.deepInclude(told, { ok: false, tag: "ConfigurationInvalid" })
            assert.include(JSON.stringify(told), "redirectUri")
          }
          assert.lengthOf(azure.context.pages(), 2)
        })
      )
    }

    it.scoped("in a frame that the application vouches for: goes on, as far as the frame may open windows", () =>
      Effect.gen(function* () {
        const { frame } = yield* framedElsewhere(
          { way: "popup", how: { inFrames: true } },
          "allow-scripts allow-same-origin"
        )
        assert.deepInclude(yield* signedIn(frame), { ok: false, tag: "CredentialRequired", reason: "WindowBlocked" })
      })
    )

    it.scoped("in a window, with a redirect address that has no path: it works, as browsers write it", () =>
      Effect.gen(function* () {
        const azure = yield* Azure.make({ redirectUris: { spa: ["http://127.0.0.1"] } })
        const tab = yield* Chromium.tab(azure.context, azure.site.page("azure"))
        const page = Azure.page(tab)
        yield* page.start({ ...azure.settings, way: "popup", how: { redirectUri: azure.site.url } })
        yield* Azure.decide(yield* Azure.windowOf(azure.context, page.click))
        assert.deepStrictEqual(yield* page.signedIn, ok(Azure.username))
      })
    )

    it.scoped(
      "in a window whose page takes the answer away and tells nothing: ended, and said what that page must do",
      () =>
        Effect.gen(function* () {
          const azure = yield* Azure.make({ redirectUris: { spa: ["http://127.0.0.1/check"] } })
          const tab = yield* Chromium.tab(azure.context, azure.site.page("azure"))
          const page = Azure.page(tab)
          const redirectUri = `${azure.site.url}/check`
          yield* page.start({ ...azure.settings, way: "popup", how: { redirectUri, answerWithin: 500 } })
          // Before the page that asked can have looked.
          yield* Effect.promise(() =>
            azure.context.addInitScript(() => {
              if (location.pathname === "/check") history.replaceState(null, "", "/check")
            })
          )
          yield* Azure.decide(yield* Azure.windowOf(azure.context, page.click))
          const told = yield* page.signedIn
          assert.deepInclude(told, { ok: false, tag: "ConfigurationInvalid" })
          assert.include(JSON.stringify(told), "AuthorizationCodePopup.answer")
        })
    )

    for (const [name, answer] of [
      ["an answer without a page", 204],
      ["a person who stays", "beforeunload"]
    ] as const) {
      it.scoped(`by a redirect that does not leave the page, for ${name}: ended, and the next one works`, () =>
        Effect.gen(function* () {
          const azure = yield* Azure.make()
          const tab = yield* Chromium.tab(azure.context, azure.site.page("azure"))
          const page = Azure.page(tab)
          yield* page.start({ ...azure.settings, way: "redirect", how: { leaveWithin: 500 } })
          const authorize = /\/authorize/
          yield* Effect.promise(async () => {
            if (answer === 204) await tab.route(authorize, (route) => route.fulfill({ status: 204 }))
            tab.on("dialog", (dialog) => void dialog.dismiss())
            await tab.evaluate((answer) => {
              // Not `once`: Chromium then takes the page for one that has no such listener, and asks nobody.
              if (answer !== 204) onbeforeunload = (event) => event.preventDefault()
            }, answer)
          })
          yield* page.click
          assert.deepInclude(yield* page.signedIn, { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
          yield* Effect.promise(async () => {
            await tab.unroute(authorize)
            await tab.evaluate(() => void (onbeforeunload = null))
          })
          yield* page.click
          yield* Effect.promise(() => tab.waitForSelector("#username"))
        })
      )
    }
  })
})
