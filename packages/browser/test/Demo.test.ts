import { assert, describe } from "@effect/vitest"
import { Accounts, AzureDirectory } from "@mlserver-auth/dev-server"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import * as Chromium from "./support/Chromium.js"
import * as Demo from "./support/Demo.js"

const { act, button, says } = Demo

/** One demo for all stories of this file, each in a profile of its own. */
class Running extends Context.Tag("test/Running")<Running, Effect.Effect.Success<typeof Demo.server>>() {}

const visit = Effect.gen(function* () {
  const running = yield* Running
  yield* running.onPremises.control.reset
  yield* running.cloud.control.reset
  return yield* Demo.visit(running)
})

const signInOnPremises = (page: Page) =>
  Effect.gen(function* () {
    yield* act(() => button(page, "Sign in").click())
    yield* Demo.fillIn(page, Accounts.ada.username, Accounts.ada.password)
    yield* says(page, `Signed in as ${Accounts.ada.username}`)
    yield* act(() => button(page, "Run add").waitFor())
  })

/** The page's own call has been answered before: the revocation would befall that one too, which then renews for the ten. */
const renewsForTen = (page: Page) =>
  Effect.gen(function* () {
    const happened = page.locator("#happened")
    yield* act(() => button(page, "Run add").waitFor())
    yield* act(() => button(page, "Revoke the access token").click())
    yield* act(() => happened.filter({ hasText: "revoked" }).waitFor())
    yield* act(() => button(page, "Make ten calls at once").click())
    yield* act(() => happened.filter({ hasText: "calls answered" }).waitFor())
    const told = yield* Effect.promise(() => happened.textContent())
    assert.strictEqual(told, "10 of 10 calls answered, one renewal.")
  })

/** The person fills in the form of the authority's page. */
const signInAtAuthority = (page: Page, decision: "accept" | "cancel" = "accept") =>
  act(async () => {
    await page.fill("#username", AzureDirectory.ada.username)
    await page.fill("#password", AzureDirectory.ada.password)
    await page.click(`button[value=${decision}]`)
  })

const focused = (page: Page) =>
  Effect.promise(() =>
    page.evaluate(() => (document.activeElement as HTMLInputElement).value || document.activeElement?.id)
  )

describe("the demo page", () => {
  Chromium.layer(Layer.orDie(Layer.scoped(Running, Demo.server)))((it) => {
    it.scoped(
      "on premises: a wrong password, a session, a service, a revocation, a second tab, a sign-out in both",
      () =>
        Effect.gen(function* () {
          const { complaints, context, onPremises, open } = yield* visit
          const page = yield* open()
          yield* act(() => button(page, "Sign in").click())
          yield* Demo.fillIn(page, Accounts.ada.username, "wrong")
          yield* says(page, "You were not let in. Check user name and password, and try again.")
          yield* Demo.fillIn(page, Accounts.ada.username, Accounts.ada.password)
          yield* says(page, "Signed in as ada")
          assert.strictEqual(yield* focused(page), "signed-in-title")

          yield* act(() => button(page, "Run manualTransmission").click())
          yield* says(page, "answer = 0.641812")

          yield* renewsForTen(page)
          yield* says(page, "renewed once")
          assert.deepInclude(yield* onPremises.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })

          const opened = context.waitForEvent("page")
          yield* act(() => page.getByRole("link", { name: "Open a second tab" }).click())
          const second = yield* Effect.promise(() => opened)
          yield* says(second, "Signed in as ada")
          yield* act(() => button(second, "Run add").click())
          yield* says(second, "result = 3")
          yield* act(() => button(second, "Sign out").click())
          yield* says(page, "Signed out in another tab.")
          assert.isTrue(yield* Effect.promise(() => button(page, "Sign in").isVisible()))
          assert.deepInclude(yield* onPremises.control.counts, { logins: 1, refreshes: 1, revocations: 1 })
          assert.deepStrictEqual(complaints, [])
        })
    )

    it.scoped("in the cloud, in a window: it closes by itself, and the session is there after a reload", () =>
      Effect.gen(function* () {
        const { cloud, complaints, context, open } = yield* visit
        const page = yield* open("?place=cloud&store=session")
        const opened = context.waitForEvent("page")
        yield* act(() => button(page, "Sign in in a window").click())
        const popup = yield* Effect.promise(() => opened)
        const closed = popup.waitForEvent("close")
        yield* signInAtAuthority(popup)
        yield* says(page, `Signed in as ${AzureDirectory.ada.username}`)
        yield* Effect.promise(() => closed)
        yield* act(() => button(page, "Run add").click())
        yield* says(page, "result = 3")
        yield* act(() => page.reload())
        yield* says(page, "Found the session that this browser kept.")
        assert.deepInclude((yield* cloud.control.counts).azure, { authorizationCodesRedeemed: 1, passwordGrants: 0 })
        assert.deepStrictEqual(complaints, [])
      })
    )

    it.scoped("in the cloud, on the page itself: it comes back as it was left, and renews once", () =>
      Effect.gen(function* () {
        const { cloud, complaints, open } = yield* visit
        const page = yield* open("?place=cloud&store=memory")
        const left = page.url()
        yield* act(() => button(page, "Sign in on this page").click())
        yield* signInAtAuthority(page)
        yield* says(page, `Signed in as ${AzureDirectory.ada.username}`)
        yield* says(page, "Signed in.")
        assert.strictEqual(page.url(), left)
        yield* renewsForTen(page)
        assert.strictEqual((yield* cloud.control.counts).azure.refreshes, 1)
        assert.deepStrictEqual(complaints, [])
      })
    )

    it.scoped("a person who cancels at the authority is told so, and may try again", () =>
      Effect.gen(function* () {
        const { complaints, open } = yield* visit
        const page = yield* open("?place=cloud&store=encrypted")
        yield* act(() => button(page, "Sign in on this page").click())
        yield* signInAtAuthority(page, "cancel")
        yield* says(page, "The sign-in was cancelled.")
        yield* act(() => button(page, "Sign in on this page").click())
        yield* signInAtAuthority(page)
        yield* says(page, `Signed in as ${AzureDirectory.ada.username}`)
        assert.strictEqual(yield* Effect.promise(() => page.locator("#sign-in-problem").innerText()), "")
        assert.deepStrictEqual(complaints, [])
      })
    )

    it.scoped("by keyboard alone: past the heading, to another place to sign in, and into the dialog and out", () =>
      Effect.gen(function* () {
        const { open } = yield* visit
        const page = yield* open()
        const press = (...keys: ReadonlyArray<string>) =>
          act(async () => {
            for (const key of keys) await page.keyboard.press(key)
          })
        yield* act(() => button(page, "Sign in").waitFor())
        yield* press("Tab", "Enter")
        assert.strictEqual(yield* focused(page), "main")
        yield* press("Tab", "ArrowRight")
        assert.strictEqual(yield* focused(page), "cloud")
        assert.match(page.url(), /place=cloud&store=encrypted$/)
        assert.isTrue(yield* Effect.promise(() => button(page, "Sign in in a window").isVisible()))
        yield* press("ArrowLeft", "Tab", "ArrowUp", "Tab")
        assert.match(page.url(), /place=onPremises&store=session$/)
        assert.strictEqual(yield* focused(page), "sign-in")
        yield* press("Enter")
        yield* act(() => page.getByRole("dialog").waitFor())
        yield* press("Escape")
        yield* act(() => page.getByRole("dialog").waitFor({ state: "detached" }))
        assert.strictEqual(yield* focused(page), "sign-in")
      })
    )

    it.scoped("the server ends the session: the next call tells, in words", () =>
      Effect.gen(function* () {
        const { complaints, open } = yield* visit
        const page = yield* open("?store=clear")
        yield* signInOnPremises(page)
        yield* act(() => button(page, "End the session at the server").click())
        yield* act(() => page.locator("#happened", { hasText: "over at the server" }).waitFor())
        yield* act(() => button(page, "Run add").click())
        yield* says(page, "The server has ended your session.")
        yield* says(page, "The server ended the session.")
        yield* says(page, "Sign in to see what is published.")
        yield* signInOnPremises(page)
        assert.deepStrictEqual(complaints, [])
      })
    )

    it.scoped(
      "a server that fails, a role that may not, a page in between, no network: each in words, and nobody is signed out",
      () =>
        Effect.gen(function* () {
          const { complaints, context, onPremises, open } = yield* visit
          const page = yield* open("?store=memory")
          yield* signInOnPremises(page)
          const refresh = (told: string) =>
            Effect.zipRight(
              act(() => button(page, "Refresh").click()),
              act(() => page.locator("#services-problem", { hasText: told }).waitFor())
            )
          yield* onPremises.control.failNext({ on: "api", status: 503 })
          yield* refresh("The server could not do that.")
          yield* onPremises.control.failNext({ on: "api", status: 403 })
          yield* refresh("This account may not do that.")
          yield* onPremises.control.htmlNext({ on: "api" })
          yield* refresh("The server’s answer makes no sense.")
          const before = complaints.length
          yield* act(() => context.setOffline(true))
          yield* refresh("The server does not answer.")
          yield* act(() => context.setOffline(false))
          yield* act(() => button(page, "Refresh").click())
          yield* act(() => page.locator("#services-problem").waitFor({ state: "hidden" }))
          assert.isTrue(yield* Effect.promise(() => button(page, "Sign out").isVisible()))
          assert.deepStrictEqual(
            complaints.slice(0, before).filter((line) => !/status of (503|403)/.test(line)),
            []
          )
        })
    )

    it.scoped("the check of a server says what this page's own policy forbids", () =>
      Effect.gen(function* () {
        const { open } = yield* visit
        const page = yield* open()
        yield* act(() => button(page, "Check").click())
        yield* act(() => page.locator(".verdict.ready").waitFor())
        yield* act(() => page.getByLabel("Server", { exact: true }).fill("http://127.0.0.1:9"))
        yield* act(() => button(page, "Check").click())
        yield* act(() => page.locator(".verdict:not(.ready)", { hasText: "Content Security Policy" }).waitFor())
      })
    )
  })
})
