/** The browser that all tests share, a profile each: Chromium unless another is asked for, see `startBrowser.ts`. */
import { layer as layerOf, type Vitest } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  firefox,
  type Page
} from "playwright-core"
import { beforeEach, inject } from "vitest"
import * as WebKit from "./WebKit.js"

/** The browser of a file of tests. */
export class Chromium extends Context.Tag("test/Chromium")<Chromium, Browser>() {}

const started = inject("chromium")

/** What runs the pages. A test of what an engine cannot do, or its driver, is skipped in it: `it.scoped.skipIf(…)`. */
export const engine = "engine" in started ? started.engine : "chromium"

/** A connection to it; what was opened by it is gone when it ends. */
const connected: Layer.Layer<Chromium> = Layer.scoped(
  Chromium,
  Effect.acquireRelease(
    Effect.promise(() => {
      const told = inject("chromium")
      if ("missing" in told) return Promise.reject(new Error(told.missing))
      if (told.engine === "webkit") return Promise.resolve(WebKit.browser(told.endpoint))
      return { chromium, firefox }[told.engine].connect(told.endpoint, { timeout: 120_000 })
    }),
    (browser) => Effect.promise(() => browser.close())
  )
)

/** Tests in the browser, with what else they share. Without a browser each is skipped, and says why. */
export const layer =
  <R = never>(shared: Layer.Layer<R, never, Chromium> = Layer.empty as unknown as Layer.Layer<R>) =>
  (tests: (it: Vitest.MethodsNonLive<Chromium | R, true>) => void): void => {
    const told = inject("chromium")
    const options = { excludeTestServices: true, timeout: 180_000 } as const
    if (!("missing" in told)) return layerOf(Layer.provideMerge(shared, connected), options)(tests)
    beforeEach(({ skip }) => skip(told.missing))
    // No test begins, so that none sees that nothing is there.
    layerOf(Layer.empty as unknown as Layer.Layer<Chromium | R>, options)(tests)
  }

/** A profile of its own: tabs of one share storage and locks. */
export const profileOf = (
  options: BrowserContextOptions
): Effect.Effect<BrowserContext, never, Chromium | Scope.Scope> =>
  Effect.flatMap(Chromium, (browser) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const context = await browser.newContext(options)
        // For what hangs, not for what is slow. Below that of a test, so that what was waited for is named.
        context.setDefaultTimeout(120_000)
        return context
      }),
      (context) => Effect.promise(() => context.close())
    )
  )

export const profile = profileOf({})

/** What a page complained of: uncaught errors, and what its policy or the browser printed as an error. */
const complaints = new WeakMap<Page, Array<string>>()

/** A tab, on the page of that address. */
export const tab = (context: BrowserContext, url: string): Effect.Effect<Page> =>
  Effect.promise(async () => {
    const page = await context.newPage()
    const heard: Array<string> = []
    complaints.set(page, heard)
    // Firefox asks every site for its icon, also where the policy of the page allows no image at all.
    const hear = (text: string) => void (text.includes("/favicon.ico") || heard.push(text))
    page.on("pageerror", (error) => hear(error.message))
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") hear(message.text())
    })
    await page.goto(url)
    return page
  })

export const complaintsOf = (page: Page): ReadonlyArray<string> => complaints.get(page) ?? []

declare global {
  /** What the page's program offers: see `test/pages/offer.ts`. */
  var offered: { readonly [name: string]: (argument?: unknown) => Promise<unknown> }
}

/** Calls a function that the page's program offers; values travel as JSON. */
export const call = <A>(page: Page, name: string, argument?: unknown): Effect.Effect<A> =>
  Effect.promise(
    () =>
      page.evaluate(([name, argument]) => globalThis.offered[name]?.(argument), [name, argument] as const) as Promise<A>
  )
