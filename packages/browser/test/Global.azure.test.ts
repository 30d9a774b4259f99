import { assert, describe } from "@effect/vitest"
import { DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import type * as Script from "../src/azure.js"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { act } from "./support/Demo.js"
import * as Scripts from "./support/Script.js"
import * as Site from "./support/Site.js"

/** What these pages keep of themselves. */
interface Own {
  readonly mlserverAuth: typeof Script
  mine?: Script.AzureClient
  signedIn?: Promise<Script.State>
}

/** A page with the script and nothing else, the page that windows come back to, and a server that leaves sign-ins to Azure. */
const opened = Effect.gen(function* () {
  const redirectUris = { spa: ["http://127.0.0.1/azure", "http://127.0.0.1/back"] }
  const server = yield* DevServer.make({ azure: { redirectUris } })
  const settings = yield* Effect.fromNullable(server.azure)
  const script = yield* Scripts.Script
  const scripts = { azure: script, back: `${script}\nmlserverAuth.answer()` }
  const site = yield* Site.make({ pages: [], scripts, behind: server.url, connect: [server.url] })
  const context = yield* Chromium.profile
  const page = yield* Chromium.tab(context, site.page("azure"))
  return { context, page, server, settings, site }
})

type Way = "popup" | "redirect"

const connect = (page: Page, settings: DevServer.AzureSettings, way: Way) =>
  Effect.promise(() =>
    page.evaluate(
      async ([settings, way]) => {
        const own = globalThis as unknown as Own
        const back = way === "popup" ? { redirectUri: `${location.origin}/back` } : {}
        const client = await own.mlserverAuth.connect({
          server: `${location.origin}/mls`,
          store: "session",
          entra: { ...settings, ...back, way }
        })
        own.mine = client
        document.querySelector("#opener")?.addEventListener("click", () => {
          own.signedIn = client.signIn()
          own.signedIn.catch(() => undefined)
        })
      },
      [settings, way] as const
    )
  )

const called = (page: Page) =>
  Effect.promise(() =>
    page.evaluate(async () => {
      const { mine, signedIn } = globalThis as unknown as Own
      const state = (await signedIn) ?? (await mine?.state())
      const answer = await mine?.fetch("/services")
      return [state?._tag, answer?.status]
    })
  )

describe("mlserver-auth-azure.js", () => {
  Chromium.layer(Scripts.layerAzure)((it) => {
    it.scoped("signs in in a window that a click opens, and calls", () =>
      Effect.gen(function* () {
        const { context, page, server, settings } = yield* opened
        yield* connect(page, settings, "popup")
        const window = yield* Azure.windowOf(
          context,
          act(() => page.click("#opener"))
        )
        yield* Azure.decide(window)
        assert.deepStrictEqual(yield* called(page), ["SignedIn", 200])
        assert.deepInclude((yield* server.control.counts).azure, { authorizationCodesRedeemed: 1 })
        assert.deepStrictEqual(Chromium.complaintsOf(page), [])
      })
    )

    it.scoped("leaves the page and comes back: resume ends the sign-in once, however often it is asked", () =>
      Effect.gen(function* () {
        const { page, server, settings, site } = yield* opened
        yield* connect(page, settings, "redirect")
        yield* act(() => page.click("#opener"))
        yield* act(() => page.waitForSelector("#username"))
        yield* Azure.decide(page)
        yield* act(() => page.waitForURL((url) => url.origin === site.url))
        yield* connect(page, settings, "redirect")
        const resumed = yield* Effect.promise(() =>
          page.evaluate(async () => {
            const { mine } = globalThis as unknown as Own
            // As StrictMode does: begun, given up, and begun again.
            const left = new AbortController()
            const first = mine?.resume({ signal: left.signal }).catch((error: Error) => error.message)
            left.abort(new Error("left"))
            const [gone, back] = await Promise.all([first, mine?.resume()])
            return [gone, back?.from, back?.state._tag, await mine?.resume(), location.href]
          })
        )
        assert.deepStrictEqual(resumed, ["left", site.page("azure"), "SignedIn", undefined, site.page("azure")])
        assert.deepStrictEqual(yield* called(page), ["SignedIn", 200])
        const { azure } = yield* server.control.counts
        assert.deepInclude(azure, { authorizationCodesRedeemed: 1, authorizationCodesRefused: 0 })
      })
    )

    it.scoped("refuses options that are none, and has all of the other script", () =>
      Effect.gen(function* () {
        const { page, server, settings } = yield* opened
        const told = yield* Effect.promise(() =>
          page.evaluate(async (settings) => {
            const { mlserverAuth } = globalThis as unknown as Own
            const server = `${location.origin}/mls`
            const failed = (entra: object) =>
              mlserverAuth.connect({ server, entra } as unknown as Script.AzureConnectOptions).then(
                () => "it was taken",
                ({ message }: Error) => message
              )
            const client = await mlserverAuth.connect({ server })
            return [
              await failed({ ...settings, wey: "popup" }),
              await failed({ ...settings, way: "windo" }),
              await failed({ ...settings, tenant: 7 }),
              (await client.state())._tag,
              Object.keys(mlserverAuth).sort().join(" ")
            ]
          }, settings)
        )
        assert.match(told[0] ?? "", /entra\.wey: .*Did you mean way\?/)
        assert.match(told[1] ?? "", /entra\.way: .*Did you mean popup\?/)
        assert.match(told[2] ?? "", /entra\.tenant: not a text/)
        assert.deepStrictEqual(told.slice(3), ["SignedOut", "MlServerAuthError answer checkServer connect"])
        assert.strictEqual((yield* server.control.counts).requests, 0)
      })
    )
  })
})
