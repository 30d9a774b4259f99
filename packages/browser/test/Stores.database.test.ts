import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const opened = Effect.gen(function* () {
  const site = yield* Site.make({ pages: ["records"] })
  return yield* Chromium.tab(yield* Chromium.profile, site.page("records"))
})

const call = <A>(page: Page, name: string, store: string) => Chromium.call<Told<A>>(page, name, { store })

/** Each store that has a database, and its name. */
const databases = [
  ["indexedDb", "mlserver-auth"],
  ["local", "mlserver-auth/localStorage"]
] as const

/** Makes a database with these drawers and no others. Runs in the page. */
const made = ([name, drawers]: readonly [string, ReadonlyArray<string>]) =>
  new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      for (const drawer of drawers) request.result.createObjectStore(drawer)
    }
    request.onerror = () => reject(request.error ?? new Error(""))
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
  })

describe("a database that is not as it was left", () => {
  Chromium.layer()((it) => {
    for (const [store, name] of databases) {
      for (const drawers of [[], ["records"], ["keys"]]) {
        it.scoped(`with no drawers but [${drawers.join()}] is made anew (${store})`, () =>
          Effect.gen(function* () {
            const page = yield* opened
            yield* Effect.promise(() => page.evaluate(made, [name, drawers] as const))
            assert.deepStrictEqual(yield* call(page, "write", store), { ok: true, value: true })
            assert.deepStrictEqual(yield* call(page, "read", store), { ok: true, value: "t0ken" })
            assert.deepStrictEqual(Chromium.complaintsOf(page), [])
          })
        )
      }

      it.scoped(`whose connection was closed is opened again (${store})`, () =>
        Effect.gen(function* () {
          const page = yield* opened
          yield* Effect.promise(() =>
            page.evaluate(() => {
              const { transaction } = IDBDatabase.prototype
              const known = new Set<IDBDatabase>()
              IDBDatabase.prototype.transaction = function (...given) {
                known.add(this)
                return transaction.apply(this, given)
              }
              Object.assign(globalThis, { closeAll: () => known.forEach((db) => db.close()) })
            })
          )
          for (const next of ["write", "enter", "remove", "write"]) {
            assert.isTrue((yield* call(page, next, store)).ok, next)
            yield* Effect.promise(() =>
              page.evaluate(() => (globalThis as unknown as { closeAll: () => void }).closeAll())
            )
          }
          assert.deepStrictEqual(yield* call(page, "read", store), { ok: true, value: "t0ken" })
        })
      )

      it.scoped(`that throws while something is put into it: typed, and no error of the page (${store})`, () =>
        Effect.gen(function* () {
          const page = yield* opened
          yield* Effect.promise(() =>
            page.evaluate(() => {
              IDBObjectStore.prototype.put = () => {
                throw new DOMException("", "DataCloneError")
              }
            })
          )
          const told = yield* call(page, "write", store)
          assert.deepInclude(told, { ok: false, tag: "StoreUnavailable" })
          assert.include(JSON.stringify(told), "DataCloneError")
          assert.deepStrictEqual(Chromium.complaintsOf(page), [])
        })
      )
    }
  })
})
