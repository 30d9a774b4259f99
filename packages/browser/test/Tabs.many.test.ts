import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"
import { ok } from "./support/Story.js"

const { ada, olga } = Accounts

describe("tabs that act for several users", () => {
  Chromium.layer()((it) => {
    for (const store of ["local", "indexedDb"] as const) {
      it.scoped(
        `a sign-out of one user in one tab ends that session in the other, and no other session (${store})`,
        () =>
          Effect.gen(function* () {
            const server = yield* DevServer.make()
            const site = yield* Site.make({ pages: ["many"], behind: server.url })
            const context = yield* Chromium.profile
            const tab = Effect.tap(Chromium.tab(context, site.page("many")), (page) =>
              Chromium.call(page, "start", store)
            )
            const [one, other] = [yield* tab, yield* tab]
            for (const { password, username } of [ada, olga]) {
              assert.deepStrictEqual(yield* Chromium.call(one, "signIn", { username, password }), ok(undefined))
              assert.deepStrictEqual(yield* Chromium.call(other, "use", username), ok(undefined))
            }
            assert.deepStrictEqual(yield* Chromium.call(one, "signOut", ada.username), ok(undefined))
            assert.isTrue((yield* Chromium.call<{ readonly ok: boolean }>(other, "awaitEnd", ada.username)).ok)
            assert.deepStrictEqual(yield* Chromium.call(other, "holds", olga.username), ok(true))
          })
      )
    }
  })
})
