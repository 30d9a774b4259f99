/** An IndexedDB with two drawers, records and keys, and no more of its interface than that takes. */
import { Obstacle } from "./storeFailure.js"

/** Of the drawers. A newer program may bring a higher one, and then this one must not open it. */
const SCHEMA = 1
const [RECORDS, KEYS] = ["records", "keys"] as const

/** Opened when it is first needed, and again after the browser has closed it. */
export interface Database {
  /** The same object as long as the connection lives. */
  readonly connection: () => Promise<IDBDatabase>
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
    const opening: Promise<IDBDatabase> = open(name, () => forget(opening))
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
  return { connection, close }
}

const open = (name: string, gone: () => void): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const factory = globalThis.indexedDB as IDBFactory | undefined
    if (factory === undefined) return reject(new DOMException("", "SecurityError"))
    const request = factory.open(name, SCHEMA)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(RECORDS)
      request.result.createObjectStore(KEYS)
    }
    request.onerror = () => reject(request.error ?? new DOMException("", "UnknownError"))
    request.onblocked = () =>
      reject(
        new Obstacle(
          `IndexedDB: an older version of this program is open in another tab`,
          "Close the other tabs of this site."
        )
      )
    request.onsuccess = () => {
      const db = request.result
      // The person cleared the site's data, or a newer program wants to change the drawers: neither may wait for us.
      db.onclose = gone
      db.onversionchange = () => {
        gone()
        db.close()
      }
      resolve(db)
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
    request.onsuccess = () => (answer = { value: step(request.result, store) })
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

/** The key under a name; `made` if there is none yet, also for whoever comes at the same moment. */
export const keyOr = (db: IDBDatabase, name: string, made: CryptoKey): Promise<CryptoKey> =>
  transact(db, KEYS, name, (found, drawer) => {
    if (found instanceof CryptoKey) return found
    drawer.put(made, name)
    return made
  })
