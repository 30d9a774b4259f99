import { assert, describe } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Page } from "playwright-core"
import type { Way } from "./pages/react.js"
import * as Azure from "./support/Azure.js"
import * as Chromium from "./support/Chromium.js"
import { act, fillIn } from "./support/Demo.js"
import * as Site from "./support/Site.js"

const { password, username } = Accounts.ada

const ready = (options: DevServer.SocketOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* DevServer.make(options)
    const site = yield* Site.make({ pages: ["react"], behind: server.url, connect: [server.url] })
    const tab = yield* Chromium.tab(yield* Chromium.profile, site.page("react"))
    return { server, site, tab }
  })

const appears = (tab: Page) => act(() => tab.getByRole("dialog").waitFor())
const dialogs = (tab: Page) => Effect.promise(() => tab.locator("dialog").count())
const says = (tab: Page, words: string) => act(() => tab.locator("#words", { hasText: words }).waitFor())

describe("a component in React's StrictMode that signs in when it is mounted", () => {
  Chromium.layer()((it) => {
    for (const way of [
      "one client, aborted",
      "one client, not aborted",
      "a client of each mount, aborted",
      "a client of each mount, closed"
    ] satisfies ReadonlyArray<Way>) {
      it.scoped(`${way}: mounted twice, one dialog, one sign-in`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* ready()
          yield* Chromium.call(tab, "mount", way)
          yield* appears(tab)
          assert.strictEqual(yield* Chromium.call(tab, "mounts"), 2)
          assert.strictEqual(yield* dialogs(tab), 1)
          yield* fillIn(tab, username, password)
          yield* says(tab, "SignedIn")
          assert.strictEqual(yield* dialogs(tab), 0)
          assert.deepInclude(yield* server.control.counts, { logins: 1 })
          assert.deepStrictEqual(Chromium.complaintsOf(tab), [])
        })
      )
    }
  })
})

describe("a component in React's StrictMode that goes on after a redirect", () => {
  Chromium.layer()((it) => {
    for (const abort of [true, false]) {
      it.scoped(`${abort ? "aborted when it leaves" : "not aborted"}: mounted twice, the code is sent once`, () =>
        Effect.gen(function* () {
          const { server, site, tab } = yield* ready({ azure: { redirectUris: { spa: ["http://127.0.0.1/react"] } } })
          const settings = yield* Effect.fromNullable(server.azure)
          const mount = Chromium.call(tab, "mountReturning", { settings, abort })
          yield* mount
          yield* says(tab, "Nothing")
          yield* act(() => tab.click("#go"))
          yield* act(() => tab.waitForSelector("#username"))
          yield* Azure.decide(tab)
          yield* act(() => tab.waitForURL((url) => url.origin === site.url))
          yield* mount
          yield* says(tab, "SignedIn")
          assert.strictEqual(yield* Chromium.call(tab, "mounts"), 2)
          const { azure } = yield* server.control.counts
          assert.deepInclude(azure, { authorizationCodesRedeemed: 1, authorizationCodesRefused: 0 })
          assert.strictEqual(tab.url(), site.page("react"))
          assert.deepStrictEqual(Chromium.complaintsOf(tab), [])
        })
      )
    }
  })
})

describe("React that hydrates the whole document while the dialog is open", () => {
  Chromium.layer()((it) => {
    for (const [name, title, renewed] of [
      ["markup that is the server's", "react", false],
      ["markup that differs, so that React renders it all again", "another", true]
    ] as const) {
      it.scoped(`${name}: the dialog is there, with what was typed, and signs in`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* ready()
          const end = yield* Effect.fork(Chromium.call<string>(tab, "signIn"))
          yield* appears(tab)
          yield* act(() => tab.getByLabel("User name").fill(username))
          yield* act(() => tab.getByLabel("Password", { exact: true }).focus())
          const main = yield* Effect.promise(() => tab.waitForSelector("main"))
          yield* Chromium.call(tab, "hydrate", title)
          yield* act(() => tab.getByRole("heading", { name: title, includeHidden: true }).waitFor())
          assert.lengthOf(yield* Chromium.call<ReadonlyArray<string>>(tab, "recovered"), renewed ? 1 : 0)
          assert.strictEqual(yield* Effect.promise(() => main.evaluate((it) => !it.isConnected)), renewed)
          yield* appears(tab)
          assert.strictEqual(yield* dialogs(tab), 1)
          assert.strictEqual(yield* Effect.promise(() => tab.getByLabel("User name").inputValue()), username)
          yield* act(() => tab.keyboard.type(password))
          yield* act(() => tab.keyboard.press("Enter"))
          assert.strictEqual(yield* Fiber.join(end), "SignedIn")
          assert.strictEqual(yield* dialogs(tab), 0)
          assert.deepInclude(yield* server.control.counts, { logins: 1 })
        })
      )
    }
  })
})
