import { assert, describe } from "@effect/vitest"
import { Accounts } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

const { password, username } = Accounts.ada
const { ok } = Story

const act = (action: () => Promise<unknown>) => Effect.asVoid(Effect.promise(action))

/** A page with a form of its own, and what is asked in it. */
const opened = (how: string, argument?: unknown) =>
  Effect.gen(function* () {
    const { server, tab } = yield* Story.make("memory")
    const { page } = yield* tab
    yield* Chromium.call(page, "form")
    const end = yield* Effect.fork(Chromium.call<Told<unknown>>(page, how, argument))
    // Whatever is asked next runs after that has begun.
    yield* Chromium.call(page, "states")
    const submit = (name: string, secret: string) =>
      act(async () => {
        await page.getByLabel("user").fill(name)
        await page.getByLabel("secret").fill(secret)
        await page.getByRole("button", { name: "submit" }).click()
      })
    return { server, page, end, submit }
  })

describe("FormPrompt", () => {
  Chromium.layer()((it) => {
    it.scoped("one submission answers both questions, empties the password and leaves the page where it is", () =>
      Effect.gen(function* () {
        const { end, page, submit } = yield* opened("askByForm")
        const address = page.url()
        yield* submit("somebody", "something")
        assert.deepStrictEqual(yield* Fiber.join(end), ok(["somebody", "something"]))
        assert.strictEqual(yield* Effect.promise(() => page.getByLabel("secret").inputValue()), "")
        assert.strictEqual(page.url(), address)
      })
    )

    it.scoped("what was wrong is told in the form, in the application's words, until a sign-in works", () =>
      Effect.gen(function* () {
        const { end, page, server, submit } = yield* opened("signInByForm", "Nope.")
        yield* submit(username, "wrong")
        yield* act(() => page.getByRole("alert").getByText("Nope.").waitFor())
        yield* submit(username, password)
        assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
        assert.strictEqual(yield* Effect.promise(() => page.getByRole("alert").textContent()), "")
        assert.deepInclude(yield* server.control.counts, { logins: 1, loginsRefused: 1 })
      })
    )

    for (const how of ["askByForm", "signInByForm"]) {
      it.scoped(`a form that the page removes is a cancelled sign-in, and the next one can begin (${how})`, () =>
        Effect.gen(function* () {
          const { end, page } = yield* opened(how)
          yield* act(() => page.evaluate(() => document.querySelector("form")?.remove()))
          const told = yield* Fiber.join(end)
          assert.deepInclude(told, { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
          assert.include(JSON.stringify(told), "the page removed the form")
        })
      )
    }

    it.scoped("where the name is known only the password is asked for, and the form is as before afterwards", () =>
      Effect.gen(function* () {
        const { end, page } = yield* opened("askPasswordByForm")
        const name = page.getByLabel("user")
        assert.deepStrictEqual(yield* Effect.promise(() => name.inputValue()), "known")
        assert.isFalse(yield* Effect.promise(() => name.isEditable()))
        yield* act(() => page.getByLabel("secret").fill("something"))
        yield* act(() => page.keyboard.press("Enter"))
        assert.deepStrictEqual(yield* Fiber.join(end), ok("something"))
        assert.isTrue(yield* Effect.promise(() => name.isEditable()))
      })
    )

    it.scoped("whatever is sent while a sign-in is tried goes nowhere, least of all into the address", () =>
      Effect.gen(function* () {
        const { end, page, server, submit } = yield* opened("signInByForm")
        const address = page.url()
        const gate = yield* server.control.hold("login")
        yield* submit(username, password)
        yield* gate.awaitWaiting()
        yield* act(() => page.getByLabel("secret").fill("something"))
        yield* act(() => page.evaluate(() => document.querySelector("form")?.requestSubmit()))
        yield* gate.release
        assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
        assert.strictEqual(page.url(), address)
        assert.deepInclude(yield* server.control.counts, { logins: 1, loginsRefused: 0 })
      })
    )

    it.scoped("afterwards the form is the application's own again", () =>
      Effect.gen(function* () {
        const { end, page, submit } = yield* opened("signInByForm")
        yield* submit(username, password)
        yield* Fiber.join(end)
        yield* act(() => page.evaluate(() => document.querySelector("form")?.requestSubmit()))
        yield* act(() => page.waitForURL(/\?user=/))
      })
    )

    it.scoped("its reset is a cancelled sign-in, and leaves no password in the page", () =>
      Effect.gen(function* () {
        const { end, page } = yield* opened("signInByForm")
        yield* act(() => page.getByLabel("secret").fill("something"))
        yield* act(() => page.getByRole("button", { name: "reset" }).click())
        assert.deepInclude(yield* Fiber.join(end), { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
        assert.strictEqual(yield* Effect.promise(() => page.getByLabel("secret").inputValue()), "")
      })
    )

    it.scoped("a form without the inputs is told at once", () =>
      Effect.gen(function* () {
        const { end } = yield* opened("signInByNoForm")
        assert.deepInclude(yield* Fiber.join(end), { ok: false, reason: "NotInteractive" })
      })
    )
  })
})
