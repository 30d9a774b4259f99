/**
 * Browsers promise no order between localStorage and Web Locks: who is given a lock may still be shown what was there before
 * the last holder wrote, and would send a refresh token that was used. IndexedDB has that order. So each writer leaves there a
 * mark of what it writes before it gives the lock back, and the next holder waits until localStorage shows what the mark says.
 */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Database from "./database.js"
import { hashed } from "./recordSeal.js"
import { attempt, type Operation } from "./storeFailure.js"

/** The order of one storage. */
export interface Order {
  /** Ends when the storage shows what was written last under that name. */
  readonly settled: (operation: Operation, name: string) => Effect.Effect<void, StoreUnavailable>
  /** Says what is about to be written; before anything is. */
  readonly mark: (operation: Operation, name: string, text: string | null) => Effect.Effect<void, StoreUnavailable>
}

/** Where each tab has a storage of its own, there is nothing to wait for. */
export const NONE: Order = { settled: () => Effect.void, mark: () => Effect.void }

/** What another program wrote has no mark, and is taken for what it is after this long; in milliseconds. */
const LONGEST = 5_000

/** How often the storage is looked at, should it change without an event; in milliseconds. */
const GLANCE = 20

/** For as long as the scope. */
export const make: Effect.Effect<Order, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => Database.make("mlserver-auth/localStorage")),
    (opened) => Effect.sync(() => opened.close())
  ),
  (database) => {
    const at = (operation: Operation, name: string, use: (db: IDBDatabase, id: string) => Promise<unknown>) =>
      attempt("IndexedDB, for the order of localStorage", operation, async () => {
        // Without it there are no locks either, and so no order to keep.
        if (!isOrdered()) return
        const id = await hashed(name)
        await database.use((db) => use(db, id))
      })
    return {
      settled: (operation, name) => at(operation, name, (db, id) => settle(db, id, name)),
      mark: (operation, name, text) =>
        at(operation, name, async (db, id) => Database.change(db, id, () => true, { value: await markOf(text) }))
    }
  }
)

const isOrdered = (): boolean => (globalThis.crypto as Partial<Crypto> | undefined)?.subtle !== undefined

/** Says nothing of the token. */
const markOf = async (text: string | null): Promise<string> => (text === null ? "" : hashed(text))

const settle = async (db: IDBDatabase, id: string, name: string): Promise<void> => {
  const end = performance.now() + LONGEST
  for (;;) {
    const mark = await Database.find(db, id)
    if (mark === undefined || mark === (await markOf(localStorage.getItem(name)))) return
    if (performance.now() >= end) {
      await Database.change(db, id, (now) => now === mark, {})
      return
    }
    await glance()
  }
}

const glance = (): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener("storage", done)
      resolve()
    }
    const timer = setTimeout(done, GLANCE)
    addEventListener("storage", done)
  })
