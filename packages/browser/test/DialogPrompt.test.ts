import { assert, describe } from "@effect/vitest"
import { Accounts } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Page } from "playwright-core"
import type { Told } from "./pages/offer.js"
import * as Axe from "./support/Axe.js"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

const { password, username } = Accounts.ada
const { ok } = Story

/** A dialog that is open over a page, and what it will end with. */
const opened = (how: "ask" | "askUntilItWorks") =>
  Effect.gen(function* () {
    const { server, tab } = yield* Story.make("memory")
    const { page } = yield* tab
    yield* Effect.promise(() => page.focus("#opener"))
    const end = yield* Effect.fork(Chromium.call<Told<void>>(page, how))
    yield* Effect.promise(() => page.getByRole("dialog").waitFor())
    return { server, page, end }
  })

const act = (action: () => Promise<unknown>) => Effect.asVoid(Effect.promise(action))

const focused = (page: Page) => Effect.promise(() => page.evaluate(() => document.activeElement?.id))

const type = (page: Page, name: string, secret: string) =>
  act(async () => {
    await page.getByLabel("User name").fill(name)
    await page.getByLabel("Password", { exact: true }).fill(secret)
    await page.keyboard.press("Enter")
  })

/** As a person does: a browser's own list of names, where it has opened over the field by then, takes the first one for itself. */
const escape = async (page: Page) => {
  do await page.keyboard.press("Escape")
  while ((await page.getByRole("dialog").count()) > 0)
}

describe("DialogPrompt", () => {
  Chromium.layer()((it) => {
    it.scoped("a person signs in by keyboard alone, and finds the focus where it was", () =>
      Effect.gen(function* () {
        const { end, page, server } = yield* opened("ask")
        yield* act(async () => {
          await page.keyboard.type(username)
          await page.keyboard.press("Tab")
          await page.keyboard.type(password)
          await page.keyboard.press("Enter")
        })
        assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
        assert.deepInclude(yield* server.control.counts, { logins: 1, loginsRefused: 0 })
        assert.strictEqual(yield* Effect.promise(() => page.getByRole("dialog").count()), 0)
        assert.strictEqual(yield* focused(page), "opener")
        assert.strictEqual(yield* Effect.promise(() => page.evaluate(() => document.adoptedStyleSheets.length)), 0)
        assert.deepStrictEqual(Chromium.complaintsOf(page), [])
      })
    )

    for (const [way, leave] of [
      ["Escape", escape],
      ["the button", (page: Page) => page.getByRole("button", { name: "Cancel" }).click()]
    ] as const) {
      it.scoped(`${way} is a cancelled sign-in: nothing is sent`, () =>
        Effect.gen(function* () {
          const { end, page, server } = yield* opened("ask")
          yield* act(() => page.getByLabel("User name").fill(username))
          yield* act(() => leave(page))
          assert.deepInclude(yield* Fiber.join(end), { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
          assert.deepInclude(yield* server.control.counts, { requests: 0 })
          assert.strictEqual(yield* focused(page), "opener")
        })
      )
    }

    it.scoped("it says what was wrong, keeps the name, empties the password, and lets the person try again", () =>
      Effect.gen(function* () {
        const { end, page, server } = yield* opened("askUntilItWorks")
        yield* type(page, username, "wrong")
        yield* act(() => page.getByRole("alert").getByText("refused").waitFor())
        assert.deepInclude(yield* server.control.counts, { loginsRefused: 1 })
        assert.strictEqual(yield* Effect.promise(() => page.getByLabel("User name").inputValue()), username)
        assert.strictEqual(yield* Effect.promise(() => page.getByLabel("Password", { exact: true }).inputValue()), "")
        yield* act(() => page.keyboard.type(password))
        yield* act(() => page.keyboard.press("Enter"))
        assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
        assert.deepInclude(yield* server.control.counts, { logins: 1, loginsRefused: 1 })
      })
    )

    it.scoped("sent twice in one moment, as some password managers do: one sign-in, and nothing in the address", () =>
      Effect.gen(function* () {
        const { end, page, server } = yield* opened("ask")
        const address = page.url()
        yield* act(() => page.getByLabel("User name").fill(username))
        yield* act(() => page.getByLabel("Password", { exact: true }).fill(password))
        yield* act(() =>
          page.evaluate(() => {
            const form = document.querySelector<HTMLFormElement>("dialog form")
            form?.requestSubmit()
            form?.requestSubmit()
          })
        )
        assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
        assert.strictEqual(page.url(), address)
        assert.deepInclude(yield* server.control.counts, { logins: 1, loginsRefused: 0 })
      })
    )

    it.scoped("a person leaves while the server thinks: the sign-in ends there", () =>
      Effect.gen(function* () {
        const { end, page, server } = yield* opened("askUntilItWorks")
        const gate = yield* server.control.hold("login")
        yield* type(page, username, password)
        yield* gate.awaitWaiting()
        assert.isTrue(yield* Effect.promise(() => page.getByRole("button", { name: "Sign in" }).isDisabled()))
        yield* act(() => page.keyboard.press("Escape"))
        assert.deepInclude(yield* Fiber.join(end), { ok: false, reason: "Cancelled" })
      })
    )

    it.scoped("password managers find their way, and the password is shown only while wanted", () =>
      Effect.gen(function* () {
        const { page } = yield* opened("ask")
        const attributes = (label: string) =>
          Effect.promise(() =>
            page
              .getByLabel(label, { exact: true })
              .evaluate((input: HTMLInputElement) => [input.type, input.name, input.autocomplete, input.form !== null])
          )
        assert.deepStrictEqual(yield* attributes("User name"), ["text", "username", "username", true])
        assert.deepStrictEqual(yield* attributes("Password"), ["password", "password", "current-password", true])
        yield* act(() => page.getByRole("button", { name: "Show Password" }).click())
        assert.deepStrictEqual((yield* attributes("Password"))[0], "text")
        yield* type(page, username, "wrong")
        assert.strictEqual(
          yield* Effect.promise(() => page.locator("input:not([type=password])[name=password]").count()),
          0
        )
      })
    )

    for (const looks of [{ colorScheme: "light" }, { colorScheme: "dark" }, { forcedColors: "active" }] as const) {
      it.scoped(`axe finds nothing to complain of: ${Object.values(looks).join()}`, () =>
        Effect.gen(function* () {
          const { page } = yield* opened("askUntilItWorks")
          yield* act(() => page.emulateMedia(looks))
          yield* type(page, username, "wrong")
          yield* act(() => page.getByRole("alert").getByText("refused").waitFor())
          assert.deepStrictEqual(yield* Axe.violations(page), [])
        })
      )
    }
  })
})
