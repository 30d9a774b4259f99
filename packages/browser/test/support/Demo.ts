/** The demo page as it is served, its two servers, and a browser of one person. */
import { DemoServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { build } from "../../demo/build.mjs"
import * as Chromium from "./Chromium.js"

/** The demo, and what all tabs and windows of one profile complained of. */
export interface Demo extends DemoServer.Service {
  readonly context: BrowserContext
  readonly complaints: ReadonlyArray<string>
  /** A tab on the page. */
  readonly open: (search?: string) => Effect.Effect<Page>
}

/** The browser's own words for each 401, which are part of the story. */
const EXPECTED = /^Failed to load resource: the server responded with a status of 401 /

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "mlserver-auth-demo-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Builds the page and serves it until the scope closes. */
export const server = Effect.flatMap(directory, (path) =>
  Effect.zipRight(
    Effect.promise(() => build(path)),
    DemoServer.make({ directory: path })
  )
)

/** A profile of its own on the page. */
export const visit = (demo: DemoServer.Service, options: BrowserContextOptions = {}) =>
  Effect.gen(function* () {
    const context = yield* Chromium.profileOf(options)
    const complaints: Array<string> = []
    context.on("weberror", (error) => complaints.push(error.error().message))
    context.on("console", (message) => {
      if (!["error", "warning"].includes(message.type()) || EXPECTED.test(message.text())) return
      complaints.push(message.text())
    })
    const open = (search = "") =>
      Effect.promise(async () => {
        const page = await context.newPage()
        await page.goto(demo.url + search)
        return page
      })
    return { ...demo, context, complaints, open } satisfies Demo
  })

/** Something that a person does, or waits for. */
export const act = (action: () => Promise<unknown>): Effect.Effect<void> => Effect.asVoid(Effect.promise(action))

export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })

/** Waits until the page says it. */
export const says = (page: Page, text: string): Effect.Effect<void> =>
  act(() => page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor())

/** Fills in the dialog and sends it. */
export const fillIn = (page: Page, username: string, password: string): Effect.Effect<void> =>
  act(async () => {
    await page.getByRole("textbox", { name: "User name" }).fill(username)
    await page.getByLabel("Password", { exact: true }).fill(password)
    await page.keyboard.press("Enter")
  })
