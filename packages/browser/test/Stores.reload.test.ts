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
