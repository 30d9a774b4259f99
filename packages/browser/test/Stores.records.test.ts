import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Frame, Page } from "playwright-core"
import type { Told } from "./pages/offer.js"
import * as Chromium from "./support/Chromium.js"
import * as Site from "./support/Site.js"

const opened = Effect.gen(function* () {
  const site = yield* Site.make({ pages: ["records"] })
  const context = yield* Chromium.profile
  const tab = Chromium.tab(context, site.page("records"))
  return { context, site, tab, page: yield* tab }
})

const call = <A>(page: Page, name: string, store: string, options: object = {}) =>
  Chromium.call<Told<A>>(page, name, { store, ...options })

/** The page within itself; in a sandbox if that has words. */
const framed = async (page: Page, sandbox: string): Promise<Frame> => {
  await page.evaluate(
    ([sandbox, url]) => {
      const frame = document.createElement("iframe")
      if (sandbox !== "") frame.setAttribute("sandbox", sandbox)
      frame.src = url
      document.body.append(frame)
      return new Promise<void>((resolve) => (frame.onload = () => resolve()))
    },
    [sandbox, page.url()] as const
  )
  const [, frame] = page.frames()
  if (frame === undefined) throw new Error("there is no frame")
  return frame
}

/** Changes each record of the page's storages, and says what they are afterwards. Runs in the page. */
const tamper = async (how: "corrupt" | "newer" | "look") => {
  for (const storage of [sessionStorage, localStorage]) {
    for (const name of how === "look" ? [] : Object.keys(storage)) {
      const text = storage.getItem(name) ?? ""
      storage.setItem(name, how === "corrupt" ? text.slice(0, 20) : text.replace('"version":1', '"version":2'))
    }
  }
  const db = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open("mlserver-auth")
    request.onsuccess = () => resolve(request.result)
  })
  const names = [...db.objectStoreNames].length === 0 ? [] : await change(db, how)
  db.close()
  return [...Object.keys(sessionStorage), ...Object.keys(localStorage), ...names].filter(
    (name) => !name.endsWith("-tab")
  )

  function change(db: IDBDatabase, how: string): Promise<Array<string>> {
    return new Promise((resolve) => {
      const drawer = db.transaction("records", "readwrite").objectStore("records")
      const request = drawer.openCursor()
      const names: Array<string> = []
      request.onsuccess = () => {
        const cursor = request.result
        if (cursor === null) return resolve(names)
        names.push(cursor.key as string)
        const value = cursor.value as { version: number; sealed: ArrayBuffer }
        if (how === "newer") cursor.update({ ...value, version: 2 })
        if (how === "corrupt") cursor.update({ ...value, sealed: value.sealed.slice(1) })
        return cursor.continue()
      }
    })
  }
}

/** The driver of WebKitGTK has no frames here, no scripts before the page's, and no clock. */
const lacking = Chromium.engine === "webkit"

describe("records", () => {
  Chromium.layer()((it) => {
    for (const store of ["session", "local", "indexedDb"] as const) {
      it.scoped(`that cannot be read count as absent, are set aside and told of once (${store})`, () =>
        Effect.gen(function* () {
          const { page } = yield* opened
          assert.isTrue((yield* call(page, "write", store)).ok)
          yield* Effect.promise(() => page.evaluate(tamper, "corrupt" as const))
          assert.deepStrictEqual(yield* call(page, "read", store), { ok: true, value: false })
          const [aside = ""] = yield* Effect.promise(() => page.evaluate(tamper, "look" as const))
          assert.match(aside, /\/corrupt$/)
          const logged = yield* Chromium.call<ReadonlyArray<string>>(page, "logged")
          assert.match(logged.join(), /could not be read and was set aside/)
          assert.notMatch(logged.join(), /t0ken/)
          assert.deepStrictEqual(yield* call(page, "write", store), { ok: true, value: true })
          assert.deepStrictEqual(yield* call(page, "read", store), { ok: true, value: "t0ken" })
          yield* call(page, "remove", store)
          assert.deepStrictEqual(yield* Effect.promise(() => page.evaluate(tamper, "look" as const)), [])
        })
      )

      it.scoped(`of a newer program are left alone, and that is said (${store})`, () =>
        Effect.gen(function* () {
          const { page } = yield* opened
          yield* call(page, "write", store)
          const before = yield* Effect.promise(() => page.evaluate(tamper, "newer" as const))
          for (const operation of ["read", "write"]) {
            const told = yield* call(page, operation, store)
            assert.deepInclude(told, { ok: false, tag: "StoreUnavailable", reason: operation })
            assert.match(JSON.stringify(told), /newer version.*Reload the page/)
          }
          assert.deepStrictEqual(yield* Effect.promise(() => page.evaluate(tamper, "look" as const)), before)
        })
      )

      if (store === "session") continue
      it.scoped(`another tab is in the section: a bounded wait, then a retryable error (${store})`, () =>
        Effect.gen(function* () {
          const { page, tab } = yield* opened
          yield* call(page, "hold", store)
          const other = yield* tab
          const busy = yield* call(other, "enter", store, { lockTimeout: 300 })
          assert.deepInclude(busy, { ok: false, tag: "StoreUnavailable", reason: "Held" })
          assert.match(JSON.stringify(busy), /another tab.*retryable\W+true/)
          const queued = () => navigator.locks.query().then(({ pending }) => pending?.length)
          assert.strictEqual(yield* Effect.promise(() => other.evaluate(queued)), 0)
          const waiting = yield* Effect.fork(call(other, "enter", store))
          yield* Effect.promise(() => page.close())
          assert.isTrue((yield* Fiber.join(waiting)).ok)
        })
      )
    }

    it.scoped.skipIf(lacking)(
      "tabs with records of their own do not wait for each other, but frames of a tab do (session)",
      () =>
        Effect.gen(function* () {
          const { page, tab } = yield* opened
          yield* call(page, "hold", "session")
          assert.isTrue((yield* call(yield* tab, "enter", "session", { lockTimeout: 300 })).ok)
          const frame = yield* Effect.promise(() => framed(page, ""))
          const busy = yield* Effect.promise(() =>
            frame.evaluate(() => globalThis.offered["enter"]?.({ store: "session", lockTimeout: 300 }))
          )
          assert.deepInclude(busy, { ok: false, reason: "Held" })
        })
    )

    it.scoped("a sealed record that is copied to another's name is not theirs", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const keyOf = (principal: string) => ({ store: "indexedDb", principal })
        yield* Chromium.call(page, "write", keyOf("ada"))
        yield* Chromium.call(page, "write", keyOf("grace"))
        const copy = async () => {
          const db = await new Promise<IDBDatabase>((resolve) => {
            const request = indexedDB.open("mlserver-auth")
            request.onsuccess = () => resolve(request.result)
          })
          const drawer = db.transaction("records", "readwrite").objectStore("records")
          const all = <A>(request: IDBRequest<A>) =>
            new Promise<A>((resolve) => (request.onsuccess = () => resolve(request.result)))
          const [names, values] = [await all(drawer.getAllKeys()), (await all(drawer.getAll())) as Array<unknown>]
          for (const [at, name] of names.entries()) await all(drawer.put(values[1 - at], name))
          db.close()
        }
        yield* Effect.promise(() => page.evaluate(copy))
        assert.deepStrictEqual(yield* Chromium.call(page, "read", keyOf("ada")), { ok: true, value: false })
        assert.deepStrictEqual(yield* Chromium.call(page, "read", keyOf("grace")), { ok: true, value: false })
      })
    )

    it.scoped("a database of a newer program is left alone", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const raise = () =>
          new Promise<void>((resolve) => {
            const request = indexedDB.open("mlserver-auth", 2)
            request.onsuccess = () => resolve(request.result.close())
          })
        assert.isTrue((yield* call(page, "write", "indexedDb")).ok)
        // The page that is open makes way for it.
        yield* Effect.promise(() => page.evaluate(raise))
        const told = yield* call(page, "read", "indexedDb")
        assert.match(JSON.stringify(told), /StoreUnavailable.*newer version.*Reload the page/)
      })
    )

    it.scoped("the site's data is cleared under an open page: nobody is signed in, and the next sign-in is kept", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        yield* call(page, "write", "indexedDb")
        const clear = () =>
          new Promise<void>((resolve) => {
            indexedDB.deleteDatabase("mlserver-auth").onsuccess = () => resolve()
          })
        yield* Effect.promise(() => page.evaluate(clear))
        assert.deepStrictEqual(yield* call(page, "read", "indexedDb"), { ok: true, value: false })
        assert.isTrue((yield* call(page, "write", "indexedDb")).ok)
        yield* Effect.promise(() => page.reload())
        assert.deepStrictEqual(yield* call(page, "read", "indexedDb"), { ok: true, value: "t0ken" })
      })
    )

    it.scoped.skipIf(lacking)("a browser without Web Locks: said aloud once, and it works", () =>
      Effect.gen(function* () {
        const { context, tab } = yield* opened
        yield* Effect.promise(() =>
          context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }))
        )
        const page = yield* tab
        for (const store of ["local", "indexedDb"]) {
          assert.isTrue((yield* call(page, "enter", store)).ok)
          assert.isTrue((yield* call(page, "write", store)).ok)
        }
        const logged = yield* Chromium.call<ReadonlyArray<string>>(page, "logged")
        assert.strictEqual(logged.filter((message) => message.includes("no Web Locks")).length, 1)
      })
    )

    it.scoped.skipIf(lacking)(
      "a lock is waited for while the machine is awake: an hour of sleep does not end that, the limit does",
      () =>
        Effect.gen(function* () {
          const { page, tab } = yield* opened
          const other = yield* tab
          yield* call(other, "hold", "local")
          yield* Effect.promise(() => page.clock.install())
          const waiting = yield* Effect.fork(call(page, "enter", "local"))
          yield* Effect.promise(() =>
            page.evaluate(async () => {
              while ((await navigator.locks.query()).pending?.length !== 1);
            })
          )
          // All timers that are due come due at once, as after sleep.
          yield* Effect.promise(() => page.clock.fastForward("01:00:00"))
          yield* Effect.promise(() => page.clock.runFor(5_000))
          yield* Chromium.call(page, "logged")
          assert.isNull(waiting.unsafePoll())
          yield* Effect.promise(() => page.clock.runFor(30_000))
          assert.deepInclude(yield* Fiber.join(waiting), { ok: false, tag: "StoreUnavailable", reason: "Held" })
        })
    )

    it.scoped.skipIf(lacking)("a frame in a sandbox is refused all storage: typed, for each store", () =>
      Effect.gen(function* () {
        const { page } = yield* opened
        const frame = yield* Effect.promise(() => framed(page, "allow-scripts"))
        for (const store of ["session", "local", "indexedDb"]) {
          const told = yield* Effect.promise(() =>
            frame.evaluate((store) => globalThis.offered["read"]?.({ store }), store)
          )
          assert.deepInclude(told, { ok: false, tag: "StoreUnavailable" })
        }
      })
    )
  })
})
