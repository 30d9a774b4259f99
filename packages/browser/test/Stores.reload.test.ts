import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "./support/Chromium.js"
import * as Story from "./support/Story.js"

const { ok, tagOf } = Story

describe("after a reload", () => {
  Chromium.layer()((it) => {
    for (const [store, reloaded, anotherTab] of [
      ["memory", "CredentialRequired", "CredentialRequired"],
      ["session", "no error", "CredentialRequired"],
      ["local", "no error", "no error"],
      ["indexedDb", "no error", "no error"]
    ] as const) {
      it.scoped(`${store}: this tab ${reloaded}, another one ${anotherTab}; a sign-out stays`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* Story.make(store)
          const one = yield* tab
          assert.deepStrictEqual(yield* one.signIn, ok(undefined))
          yield* one.reload
          assert.strictEqual(tagOf(yield* one.get("/services")), reloaded)
          assert.strictEqual(tagOf(yield* (yield* tab).get("/services")), anotherTab)
          assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 0 })
          yield* one.signOut
          yield* one.reload
          assert.strictEqual(tagOf(yield* one.get("/services")), "CredentialRequired")
          assert.deepStrictEqual(Chromium.complaintsOf(one.page), [])
        })
      )
    }

    for (const store of ["session", "local", "indexedDb"] as const) {
      it.scoped(`two clients on one page hear of each other (${store})`, () =>
        Effect.gen(function* () {
          const { tab } = yield* Story.make(store)
          const { page, signIn } = yield* tab
          yield* Chromium.call(page, "start", { store })
          yield* signIn
          const both = async () => {
            const states = (await globalThis.offered["states"]?.()) as ReadonlyArray<string>
            return states.filter((state) => state === "SignedIn").length === 2
          }
          yield* Effect.promise(() => page.waitForFunction(both))
        })
      )

      it.scoped(`the first state that is told is true (${store})`, () =>
        Effect.gen(function* () {
          const { tab } = yield* Story.make(store)
          const { get, page, reload, signIn, states } = yield* tab
          yield* Effect.promise(() => page.waitForFunction(() => globalThis.offered["states"]?.().then(String)))
          assert.deepStrictEqual(yield* states, ["SignedOut"])
          yield* signIn
          yield* reload
          yield* get("/services")
          assert.deepStrictEqual(yield* states, ["SignedIn"])
        })
      )
    }

    for (const store of ["session", "local"] as const) {
      it.scoped(`signed out and left in the same moment: signed out, and the server was told (${store})`, () =>
        Effect.gen(function* () {
          const { server, tab } = yield* Story.make(store)
          const { page, peek, signIn } = yield* tab
          yield* signIn
          yield* Effect.promise(async () => {
            const left = page.waitForURL(/left/)
            await page.evaluate(() => {
              void globalThis.offered["signOut"]?.()
              location.assign("/story?left")
            })
            await left
          })
          yield* Chromium.call(page, "start", { store })
          assert.deepStrictEqual(yield* peek, ok("SignedOut"))
          yield* server.control.awaitArrival("revoke")
        })
      )
    }

    it.scoped("nothing of a token is in clear in IndexedDB, and its key cannot be exported", () =>
      Effect.gen(function* () {
        const { tab } = yield* Story.make("indexedDb")
        const { page, signIn } = yield* tab
        yield* signIn
        const found = yield* Effect.promise(() =>
          page.evaluate(async () => {
            const db = await new Promise<IDBDatabase>((resolve) => {
              const request = indexedDB.open("mlserver-auth")
              request.onsuccess = () => resolve(request.result)
            })
            const all = (drawer: string) =>
              new Promise<Array<unknown>>((resolve) => {
                const request = db.transaction(drawer).objectStore(drawer).getAll()
                request.onsuccess = () => resolve(request.result as Array<unknown>)
              })
            const [key] = (await all("keys")) as Array<CryptoKey>
            const records = (await all("records")) as Array<{ readonly sealed: ArrayBuffer }>
            const exported =
              key && (await crypto.subtle.exportKey("raw", key).then(String, (error: Error) => error.name))
            const text = records.map(({ sealed }) => new TextDecoder().decode(sealed)).join("")
            return { records: records.length, extractable: key?.extractable, exported, text }
          })
        )
        assert.deepInclude(found, { records: 1, extractable: false, exported: "InvalidAccessError" })
        assert.notMatch(found.text, /accessToken|eyJ|ada/)
      })
    )
  })
})
