/** A real browser: the one of CHROME_PATH, an installed Chrome or Chromium, or the one inside a development dependency. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"
import { inject } from "vitest"

/**
 * Not the arguments that `@sparticuz/chromium` proposes: they switch the same-origin policy off and put every page in
 * one process, and both are what these tests are about.
 */
const ARGUMENTS = ["--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage"]

/** The browser of a file of tests. */
export class Chromium extends Context.Tag("test/Chromium")<Chromium, Browser>() {}

export const layer: Layer.Layer<Chromium> = Layer.scoped(
  Chromium,
  Effect.acquireRelease(
    Effect.promise(() => {
      const { env, path } = inject("chromium")
      return chromium.launch({ executablePath: path, args: ARGUMENTS, env: { ...process.env, ...env } })
    }),
    (browser) => Effect.promise(() => browser.close())
  )
)

/** A profile of its own: tabs of one share storage and locks. */
export const profile: Effect.Effect<BrowserContext, never, Chromium | Scope.Scope> = Effect.flatMap(
  Chromium,
  (browser) =>
    Effect.acquireRelease(
      Effect.promise(() => browser.newContext()),
      (context) => Effect.promise(() => context.close())
    )
)

/** What a page complained of: uncaught errors, and what its policy or the browser printed as an error. */
const complaints = new WeakMap<Page, Array<string>>()

/** A tab, on the page of that address. */
export const tab = (context: BrowserContext, url: string): Effect.Effect<Page> =>
  Effect.promise(async () => {
    const page = await context.newPage()
    const heard: Array<string> = []
    complaints.set(page, heard)
    page.on("pageerror", (error) => heard.push(error.message))
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") heard.push(message.text())
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
