/** The built site as people meet it: each page on a desk and as wide as a phone, the links between them, the search. */
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { chromium } from "playwright-core"
import { preview } from "vite"
import { afterAll, assert, beforeAll, describe, inject, test } from "vitest"
import { violations } from "../../packages/browser/test/support/Axe.js"

const outDir = `${import.meta.dirname}/dist`
const pages = readdirSync(outDir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"))
const started = inject("chromium")

/** Each page has the same parts and colours, so axe reads all of them in light, and these in dark on a phone too. */
const inDark = ["index.html", "docs/how-to/observability.html", "docs/reference/sql.html"]
/** A script makes the pages of modules, all alike: two of them are looked at as other pages are, the rest without their programs. */
const isAlike = (path) => /^docs\/reference\/\w[^/]*\/(?!TokenStore\.|MlServerAuth\.)/.test(path)

/**
 * The open search box is the theme's, and no setting reaches these two: its box is a button around a list of links, and a
 * result is named "page > heading" where other signs are shown between them. The keyboard reaches all of it, as tested below.
 */
const THEMES = ["nested-interactive", "label-content-name-mismatch"]

const desk = { viewport: { width: 1280, height: 900 }, colorScheme: "light", reducedMotion: "reduce" }

/** What is on a page that leads elsewhere, what can be led to, and by how much it is wider than the window. */
const look = () => ({
  links: Array.from(document.querySelectorAll("a[href]"), ({ href }) => href),
  ids: Array.from(document.querySelectorAll("[id]"), ({ id }) => id),
  excess: document.documentElement.scrollWidth - document.documentElement.clientWidth
})

const mounted = () => document.querySelector("#app")?.__vue_app__ !== undefined

describe.skipIf("missing" in started)("the site", () => {
  let server
  let browser
  let context
  let origin
  const seen = new Map()

  beforeAll(async () => {
    const options = { host: "127.0.0.1", port: 0 }
    server = await preview({
      configFile: false,
      appType: "mpa",
      build: { outDir },
      preview: options,
      logLevel: "error"
    })
    origin = new URL(server.resolvedUrls.local[0]).origin
    browser = await chromium.connect(started.endpoint)
    context = await browser.newContext(desk)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  /** A page, and what it complained of or asked of others. */
  const open = async (path, onTestFinished) => {
    const page = await context.newPage()
    onTestFinished(() => page.close())
    const complaints = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (said) => said.type() === "error" && complaints.push(said.text()))
    page.on("response", (answer) => answer.status() < 400 || complaints.push(`${answer.status()} ${answer.url()}`))
    page.on("request", (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:")) complaints.push(request.url())
    })
    await page.goto(`${origin}/${path}`)
    await page.waitForFunction(mounted)
    return { complaints, page }
  }
  const axe = (page) => Effect.runPromise(violations(page))

  const lookedAt = pages.filter((path) => !isAlike(path))
  test.concurrent.for(lookedAt)("%s asks nothing of others, fits a phone, and axe finds nothing", async (path, it) => {
    const { complaints, page } = await open(path, it.onTestFinished)
    seen.set(`/${path}`, await page.evaluate(look))
    assert.deepStrictEqual(await axe(page), [])
    await page.setViewportSize({ width: 360, height: 640 })
    assert.strictEqual((await page.evaluate(look)).excess, 0)
    if (inDark.includes(path)) {
      await page.emulateMedia({ colorScheme: "dark" })
      await page.waitForFunction(() => document.documentElement.classList.contains("dark"))
      assert.deepStrictEqual(await axe(page), [])
    }
    assert.deepStrictEqual(complaints, [])
  })

  test("the pages of modules fit a phone", async ({ onTestFinished }) => {
    const still = await browser.newContext({ ...desk, viewport: { width: 360, height: 640 }, javaScriptEnabled: false })
    onTestFinished(() => still.close())
    const page = await still.newPage()
    for (const path of pages.filter(isAlike)) {
      await page.goto(`${origin}/${path}`)
      const looks = await page.evaluate(look)
      assert.strictEqual(looks.excess, 0, path)
      seen.set(`/${path}`, looks)
    }
  })

  test("every link leads to a page and a heading of the site, or to another site", () => {
    assert.isAbove(pages.length, 50)
    const dead = [...seen].flatMap(([from, { links }]) =>
      links
        .filter((link) => {
          const { hash, origin: site, pathname, protocol } = new URL(link)
          if (site !== origin) return protocol !== "https:"
          const found = seen.get(pathname.replace(/\/$/, "/index.html"))
          return found === undefined || (hash !== "" && !found.ids.includes(decodeURIComponent(hash.slice(1))))
        })
        .map((link) => `${from}: ${link}`)
    )
    assert.deepStrictEqual(dead, [])
  })

  test("the search finds a page, and Enter leads to it", async ({ onTestFinished }) => {
    const { complaints, page } = await open("index.html", onTestFinished)
    await page.getByRole("button", { name: "Search" }).click()
    await page.getByRole("searchbox").fill("proxy")
    const result = page.locator('.results a[href*="/how-to/proxy-and-ca"]').first()
    await result.waitFor()
    const found = await axe(page)
    assert.deepStrictEqual(
      found.filter((each) => !THEMES.some((rule) => each.startsWith(`${rule}: `))),
      []
    )
    await result.hover()
    await page.keyboard.press("Enter")
    await page.waitForURL("**/docs/how-to/proxy-and-ca.html*")
    assert.deepStrictEqual(complaints, [])
  })

  test("a picture follows the switch between light and dark", async ({ onTestFinished }) => {
    const { page } = await open("index.html", onTestFinished)
    const light = page.locator("main img.light-only")
    const dark = page.locator("main img.dark-only")
    await light.first().waitFor()
    assert.isFalse(await dark.first().isVisible())
    await page.getByRole("switch").first().click()
    await dark.first().waitFor()
    assert.isFalse(await light.first().isVisible())
  })
})
