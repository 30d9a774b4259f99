/** Pages of one person's browser that work with a development server behind their own origin. */
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type { BrowserContext, Page } from "playwright-core"
import type { Told } from "../pages/offer.js"
import type { StoreName } from "../pages/story.js"
import * as Chromium from "./Chromium.js"
import * as Site from "./Site.js"

const { password, username } = Accounts.ada

/** A tab of the application. */
export interface Tab {
  readonly page: Page
  readonly signIn: Effect.Effect<Told<void>>
  readonly signOut: Effect.Effect<Told<string>>
  readonly get: (path: string) => Effect.Effect<Told<number>>
  readonly peek: Effect.Effect<Told<string>>
  /** Each state that its session told of, in order. */
  readonly states: Effect.Effect<ReadonlyArray<string>>
  readonly awaitState: (tag: "SignedIn" | "SignedOut") => Effect.Effect<Told<void>>
  readonly reload: Effect.Effect<void>
}

export interface Story {
  readonly server: DevServer.Service
  readonly context: BrowserContext
  readonly swallowNext: Site.Site["swallowNext"]
  readonly tab: Effect.Effect<Tab>
}

const toTab = (page: Page, store: StoreName): Effect.Effect<Tab> => {
  const start = Chromium.call<Told<void>>(page, "start", { store })
  return Effect.as(start, {
    page,
    signIn: Chromium.call(page, "signIn", { username, password }),
    signOut: Chromium.call(page, "signOut"),
    get: (path) => Chromium.call(page, "get", path),
    peek: Chromium.call(page, "peek"),
    states: Chromium.call(page, "states"),
    awaitState: (tag) => Chromium.call(page, "awaitState", tag),
    reload: Effect.zipRight(
      Effect.promise(() => page.reload()),
      start
    )
  })
}

/** A server, a site before it, and a profile whose tabs keep tokens in `store`. */
export const make = (store: StoreName, options: DevServer.SocketOptions = {}) =>
  Effect.gen(function* () {
    const server = yield* DevServer.make(options)
    const site = yield* Site.make({ pages: ["story"], behind: server.url })
    const context = yield* Chromium.profile
    const tab = Effect.flatMap(Chromium.tab(context, site.page("story")), (page) => toTab(page, store))
    return { server, context, swallowNext: site.swallowNext, tab } satisfies Story
  })

export const ok = <A>(value: A): Told<A> => ({ ok: true, value })

/** The error's tag, or what there is in its place. */
export const tagOf = (told: Told<unknown>): string => (told.ok ? "no error" : told.tag)
