import { assert, describe } from "@effect/vitest"
import { Accounts } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Page } from "playwright-core"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import { act, fillIn } from "./support/Demo.js"
import * as Story from "./support/Story.js"

const { password, username } = Accounts.ada
const { ok } = Story

/** A dialog that is open over a page, and what it will end with. */
const opened = (how: "ask" | "askUntilItWorks") =>
  Effect.gen(function* () {
    const { server, tab } = yield* Story.make("memory")
    const { page } = yield* tab
    const ask = Effect.fork(Chromium.call<Told<void>>(page, how))
    const end = yield* ask
    yield* appears(page)
    return { server, page, end, ask }
  })

const appears = (page: Page) => act(() => page.getByRole("dialog").waitFor())

/** Ends a page's ways with what is in it. */
const ways = {
  "the body is replaced": () => document.body.replaceWith(document.createElement("body")),
  "the body is emptied": () => {
    document.body.innerHTML = "<main>Something else</main>"
  },
  "a framework that renders the whole document empties it node by node": () => {
    while (document.body.firstChild !== null) document.body.firstChild.remove()
    document.body.append(document.createElement("main"))
  },
  "the document's element is replaced": () => {
    const html = document.createElement("html")
    html.append(document.createElement("head"), document.createElement("body"))
    document.documentElement.replaceWith(html)
  }
}

/** Under a policy with Trusted Types, which is about strings: a page that renders has a policy of its own for them. */
const trusting = (page: Page) =>
  act(() =>
    page.evaluate(() => {
      const { trustedTypes } = globalThis as unknown as {
        readonly trustedTypes?: { readonly createPolicy: (name: string, rules: object) => void }
      }
      const keep = (text: string) => text
      trustedTypes?.createPolicy("default", { createHTML: keep, createScript: keep })
    })
  )

describe("DialogPrompt in a page that changes", () => {
  Chromium.layer()((it) => {
    for (const how of ["ask", "askUntilItWorks"] as const) {
      for (const [name, change] of Object.entries(ways)) {
        it.scoped(`${name}: the dialog is there again, with what was typed, and signs in (${how})`, () =>
          Effect.gen(function* () {
            const { end, page } = yield* opened(how)
            yield* trusting(page)
            yield* act(() => page.getByLabel("User name").fill(username))
            yield* act(() => page.getByLabel("Password", { exact: true }).focus())
            yield* act(() => page.evaluate(change))
            yield* appears(page)
            assert.strictEqual(yield* Effect.promise(() => page.getByLabel("User name").inputValue()), username)
            yield* act(() => page.keyboard.type(password))
            yield* act(() => page.keyboard.press("Enter"))
            assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
            assert.strictEqual(yield* Effect.promise(() => page.getByRole("dialog").count()), 0)
            assert.strictEqual(yield* Effect.promise(() => page.evaluate(() => document.adoptedStyleSheets.length)), 0)
          })
        )
      }

      for (const [name, change] of Object.entries({
        "is removed": () => document.querySelector("dialog")?.remove(),
        "goes with a document that is opened anew": () => {
          document.open()
          document.write("<!doctype html><title>Another</title><body><p>Another</p>")
          document.close()
        }
      })) {
        it.scoped(`a dialog that ${name} is a cancelled sign-in, and the next one can begin (${how})`, () =>
          Effect.gen(function* () {
            const { ask, end, page } = yield* opened(how)
            yield* trusting(page)
            yield* act(() => page.evaluate(change))
            assert.deepInclude(yield* Fiber.join(end), { ok: false, tag: "CredentialRequired", reason: "Cancelled" })
            const again = yield* ask
            yield* fillIn(page, username, password)
            assert.deepStrictEqual(yield* Fiber.join(again), ok(undefined))
          })
        )
      }
    }

    for (const leave of [true, false]) {
      it.scoped(
        `asked twice in one moment, and ${leave ? "left" : "not left"} in between: one dialog, one sign-in`,
        () =>
          Effect.gen(function* () {
            const { server, tab } = yield* Story.make("memory")
            const { page } = yield* tab
            const end = yield* Effect.fork(Chromium.call<Told<void>>(page, "askStrictly", leave))
            yield* appears(page)
            assert.strictEqual(yield* Effect.promise(() => page.locator("dialog").count()), 1)
            yield* fillIn(page, username, password)
            assert.deepStrictEqual(yield* Fiber.join(end), ok(undefined))
            assert.strictEqual(yield* Effect.promise(() => page.locator("dialog").count()), 0)
            assert.deepInclude(yield* server.control.counts, { logins: 1 })
          })
      )
    }

    it.scoped("two clients of one store ask in one moment: one dialog, and both are signed in", () =>
      Effect.gen(function* () {
        const { server, tab } = yield* Story.make("session")
        const { page } = yield* tab
        const one = yield* Effect.fork(Chromium.call<Told<void>>(page, "askUntilItWorks"))
        yield* appears(page)
        yield* Chromium.call(page, "start", { store: "session" })
        const other = yield* Effect.fork(Chromium.call<Told<void>>(page, "askUntilItWorks"))
        // Whatever is asked next runs after that has begun.
        yield* Chromium.call(page, "states")
        assert.strictEqual(yield* Effect.promise(() => page.locator("dialog").count()), 1)
        yield* fillIn(page, username, password)
        assert.deepStrictEqual([yield* Fiber.join(one), yield* Fiber.join(other)], [ok(undefined), ok(undefined)])
        assert.deepInclude(yield* server.control.counts, { logins: 1 })
      })
    )

    it.scoped("a script in the head asks before there is a body: it is waited for", () =>
      Effect.gen(function* () {
        const { tab } = yield* Story.make("memory")
        const { page } = yield* tab
        const told = yield* Effect.fork(
          Effect.zipRight(
            act(() =>
              page.evaluate(() => {
                const { body } = document
                body.remove()
                Object.assign(globalThis, {
                  parsed: () => {
                    document.documentElement.append(body)
                    document.dispatchEvent(new Event("DOMContentLoaded"))
                  }
                })
              })
            ),
            Chromium.call<Told<void>>(page, "ask")
          )
        )
        yield* act(() => page.waitForFunction(() => "parsed" in globalThis))
        // Whatever is asked next runs after that has begun.
        yield* Chromium.call(page, "states")
        yield* act(() => page.evaluate(() => (globalThis as unknown as { parsed: () => void }).parsed()))
        yield* fillIn(page, username, password)
        assert.deepStrictEqual(yield* Fiber.join(told), ok(undefined))
      })
    )

    it.scoped("a page that removes whatever it did not put there: the sign-in ends, and does not fight for ever", () =>
      Effect.gen(function* () {
        const { end, page } = yield* opened("ask")
        yield* act(() =>
          page.evaluate(() => {
            const empty = () => {
              if (document.querySelector("dialog")) document.body.replaceChildren(document.createElement("main"))
            }
            new MutationObserver(empty).observe(document, { childList: true, subtree: true })
            empty()
          })
        )
        assert.deepInclude(yield* Fiber.join(end), { ok: false, reason: "Cancelled" })
      })
    )
  })
})
