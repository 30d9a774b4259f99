import { assert, describe } from "@effect/vitest"
import { Accounts } from "@mlserver-auth/dev-server"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import * as Axe from "./support/Axe.js"
import * as Chromium from "./support/Chromium.js"
import * as Demo from "./support/Demo.js"

const { act, button } = Demo
const { password, username } = Accounts.ada

class Running extends Context.Tag("test/Running")<Running, Effect.Effect.Success<typeof Demo.server>>() {}

/** Each state of the page, reached from the one before. */
const states: ReadonlyArray<readonly [name: string, reach: (page: Page) => Effect.Effect<void>]> = [
  ["signed out", (page) => act(() => page.getByText("Accounts to try").click())],
  [
    "asking, after a wrong password",
    (page) =>
      Effect.zipRight(
        act(() => button(page, "Sign in").click()),
        Effect.zipRight(
          Demo.fillIn(page, username, "wrong"),
          Demo.says(page, "You were not let in. Check user name and password, and try again.")
        )
      )
  ],
  [
    "signed in",
    (page) =>
      Effect.zipRight(
        Demo.fillIn(page, username, password),
        act(async () => {
          await button(page, "Run add").click()
          await page.getByText("result = 3").waitFor()
          await button(page, "Check").click()
          await page.locator(".verdict.ready").waitFor()
        })
      )
  ],
  [
    "an address that is none",
    (page) =>
      act(async () => {
        await page.getByLabel("Server", { exact: true }).fill("ftp://127.0.0.1")
        await button(page, "Check").click()
        await page.locator(".verdict:not(.ready)").waitFor()
      })
  ],
  [
    "the session ended by the server",
    (page) =>
      act(async () => {
        await button(page, "End the session at the server").click()
        await page.locator("#happened", { hasText: "over at the server" }).waitFor()
        await button(page, "Refresh").click()
        await page.locator("#sign-in-problem", { hasText: "ended your session" }).waitFor()
      })
  ],
  ["in the cloud", (page) => act(() => page.getByText("Azure Active Directory").click())]
]

/** How far the page is wider than its window, in CSS pixels. */
const excess = (page: Page) =>
  Effect.promise(() => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth))

const views = {
  light: { viewport: { width: 1200, height: 900 }, colorScheme: "light", reducedMotion: "reduce" },
  "dark, at phone width": { viewport: { width: 320, height: 640 }, colorScheme: "dark", reducedMotion: "reduce" }
} as const

describe("how the demo page looks", () => {
  Chromium.layer(Layer.orDie(Layer.scoped(Running, Demo.server)))((it) => {
    for (const [name, view] of Object.entries(views)) {
      it.scoped(`axe finds nothing in any state, and nothing is wider than the window: ${name}`, () =>
        Effect.gen(function* () {
          const { complaints, open } = yield* Demo.visit(yield* Running, view)
          const page = yield* open("?store=memory")
          for (const [state, reach] of states) {
            yield* reach(page)
            assert.deepStrictEqual(yield* Axe.violations(page), [], state)
            assert.strictEqual(yield* excess(page), 0, state)
          }
          assert.deepStrictEqual(complaints, [])
        })
      )
    }

    it.scoped("axe finds nothing on the page that windows come back to, nor where the demo is gone", () =>
      Effect.gen(function* () {
        const { context, open } = yield* Demo.visit(yield* Running)
        const back = yield* open("signed-in.html#state=nobody")
        yield* Demo.says(back, "Nobody waits for this window. Close it, and sign in again.")
        assert.deepStrictEqual(yield* Axe.violations(back), [])
        yield* act(() => context.route("**/settings.json", (route) => route.abort()))
        const gone = yield* open()
        yield* Demo.says(gone, "The demo does not answer")
        assert.deepStrictEqual(yield* Axe.violations(gone), [])
      })
    )
  })
})
