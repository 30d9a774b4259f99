/** A page whose server leaves sign-ins to Azure, the authority of another origin, and a person who uses both. */
import { AzureDirectory, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type { BrowserContext, Page } from "playwright-core"
import type { Setup } from "../pages/azure.js"
import type { Told } from "../pages/offer.js"
import * as Chromium from "./Chromium.js"
import * as Site from "./Site.js"

/** What the page offers. */
export const page = (tab: Page) => ({
  start: (setup: Setup) => Chromium.call<string>(tab, "start", setup),
  signedIn: Chromium.call<Told<string>>(tab, "signedIn"),
  resume: Chromium.call<Told<string>>(tab, "resume"),
  resumeStrictly: Chromium.call<Told<string>>(tab, "resumeStrictly"),
  get: (path: string) => Chromium.call<Told<number>>(tab, "get", path),
  renew: Chromium.call<Told<number>>(tab, "renew"),
  address: Chromium.call<string>(tab, "address"),
  kept: Chromium.call<ReadonlyArray<string>>(tab, "kept"),
  click: Effect.promise(() => tab.click("#opener")),
  giveUp: Chromium.call<void>(tab, "giveUp")
})

/** A development server with an authority, and a site before it whose pages are registered there. */
export const make = (azure: DevServer.AzureOptions = {}) =>
  Effect.gen(function* () {
    const redirectUris = { spa: ["http://127.0.0.1/azure", "http://127.0.0.1/back"] }
    const server = yield* DevServer.make({ azure: { redirectUris, ...azure } })
    const settings = yield* Effect.fromNullable(server.azure)
    const site = yield* Site.make({ pages: ["azure", "back"], behind: server.url, connect: [server.url] })
    const context = yield* Chromium.profile
    return { server, settings, site, context }
  })

const { password, username } = AzureDirectory.ada

/** The person fills in the form of the authority's page and sends it. */
export const decide = (tab: Page, decision: "accept" | "cancel" = "accept"): Effect.Effect<void> =>
  Effect.promise(async () => {
    await tab.fill("#username", username)
    await tab.fill("#password", password)
    await tab.click(`button[value=${decision}]`)
  })

/** The window that something opens. */
export const windowOf = <A, E, R>(context: BrowserContext, open: Effect.Effect<A, E, R>): Effect.Effect<Page, E, R> =>
  Effect.gen(function* () {
    const opened = context.waitForEvent("page")
    yield* open
    return yield* Effect.promise(async () => {
      const page = await opened
      await page.waitForSelector("#username")
      return page
    })
  })

export { username }
