/** An IndexedDB with two drawers, records and keys, and no more of its interface than that takes. */
import { Obstacle } from "./storeFailure.js"

/** The version of the drawers. A newer program may bring a higher one, and then this program must not open the database. */
const SCHEMA = 1
const [RECORDS, KEYS] = ["records", "keys"] as const

/** Opened when it is first needed, and again after the browser has closed it. */
export interface Database {
  /**
   * With the connection: the same object as long as it lives. Once more with a new one where it turns out to be closed, or
   * without its drawers, and nothing was done by that.
   */
  readonly use: <A>(step: (db: IDBDatabase) => Promise<A>) => Promise<A>
  readonly close: () => void
}

export const make = (name: string): Database => {
  let opened: Promise<IDBDatabase> | undefined
  let closed = false
  const forget = (which: Promise<IDBDatabase>) => {
    if (opened === which) opened = undefined
  }
  const connection = (): Promise<IDBDatabase> => {
    if (opened !== undefined) return opened
    const opening: Promise<IDBDatabase> = open(name, true, () => forget(opening))
    opened = opening
    opening.then(
      (db) => closed && db.close(),
      () => forget(opening)
    )
    return opening
  }
  const close = () => {
    closed = true
    opened?.then(
      (db) => db.close(),
      () => undefined
    )
  }
  const use = async <A>(step: (db: IDBDatabase) => Promise<A>): Promise<A> => {
    const used = connection()
    try {
      return await step(await used)
    } catch (cause) {
      if (!(cause instanceof DOMException) || !UNUSABLE.includes(cause.name)) throw cause
      forget(used)
      used.then((db) => db.close()).catch(() => undefined)
      return step(await connection())
    }
  }
  return { use, close }
}

/** What a connection says that is closed, not always with an event, or lacks a drawer: before anything is done. */
const UNUSABLE: ReadonlyArray<string> = ["InvalidStateError", "NotFoundError"]

/** A database without its drawers (a cleaner's, one whose making was cut off) is made anew, if it `mayRemove` it. */
const open = (name: string, mayRemove: boolean, gone: () => void): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const factory = globalThis.indexedDB as IDBFactory | undefined
    if (factory === undefined) return reject(new DOMException("", "SecurityError"))
    const request = factory.open(name, SCHEMA)
    const fail = () => reject(request.error ?? new DOMException("", "UnknownError"))
    const blocked = () =>
      reject(
        new Obstacle(
          `IndexedDB: an older version of this program is open in another tab`,
          "Close the other tabs of this site."
        )
      )
    request.onupgradeneeded = () => {
      for (const drawer of [RECORDS, KEYS]) {
        if (!request.result.objectStoreNames.contains(drawer)) request.result.createObjectStore(drawer)
      }
    }
    request.onerror = fail
    request.onblocked = blocked
    request.onsuccess = () => {
      const db = request.result
      if (!db.objectStoreNames.contains(RECORDS) || !db.objectStoreNames.contains(KEYS)) {
        db.close()
        if (!mayRemove) return reject(new DOMException("", "NotFoundError"))
        const removal = factory.deleteDatabase(name)
        removal.onblocked = blocked
        removal.onerror = fail
        removal.onsuccess = () => resolve(open(name, false, gone))
        return undefined
      }
      // The person cleared the site's data, or a newer program wants to change the drawers: neither may wait for us.
      db.onclose = gone
      db.onversionchange = () => {
        gone()
        db.close()
      }
      return resolve(db)
    }
  })

/** What is in a drawer under a name, and what becomes of it, in one transaction that no other tab sees half of. */
const transact = <A>(
  db: IDBDatabase,
  drawer: typeof RECORDS | typeof KEYS,
  name: string,
  step: (found: unknown, drawer: IDBObjectStore) => A
): Promise<A> =>
  new Promise((resolve, reject) => {
    // Strict: a token that was renewed must survive a loss of power too.
    const transaction = db.transaction(drawer, "readwrite", { durability: "strict" })
    const store = transaction.objectStore(drawer)
    const request = store.get(name)
    let answer: { readonly value: A } | undefined
    request.onsuccess = () => {
      try {
        answer = { value: step(request.result, store) }
      } catch (cause) {
        // An exception here would be an uncaught error of the whole page.
        reject(cause)
        transaction.abort()
      }
    }
    const fail = () => reject(transaction.error ?? new DOMException("", "AbortError"))
    transaction.onabort = fail
    transaction.onerror = fail
    transaction.oncomplete = () => (answer === undefined ? fail() : resolve(answer.value))
  })

export const find = (db: IDBDatabase, name: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const request = db.transaction(RECORDS).objectStore(RECORDS).get(name)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new DOMException("", "UnknownError"))
  })

/** Changes a record if it still is what `unchanged` says; `undefined` removes it. */
export const change = (
  db: IDBDatabase,
  name: string,
  unchanged: (found: unknown) => boolean,
  next: { readonly value?: unknown; readonly aside?: string }
): Promise<boolean> =>
  transact(db, RECORDS, name, (found, drawer) => {
    if (!unchanged(found)) return false
    if (next.aside !== undefined) drawer.put(found, next.aside)
    if (next.value === undefined) drawer.delete(name)
    else drawer.put(next.value, name)
    return true
  })

/** The key under a name; `made` if there is none yet, also for a caller at the same moment. */
export const keyOr = (db: IDBDatabase, name: string, made: CryptoKey): Promise<CryptoKey> =>
  transact(db, KEYS, name, (found, drawer) => {
    if (found instanceof CryptoKey) return found
    drawer.put(made, name)
    return made
  })
