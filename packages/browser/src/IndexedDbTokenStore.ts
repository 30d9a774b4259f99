/**
 * Tokens in IndexedDB, encrypted (sealed) with a key that the browser keeps and never exports: they survive reloads and restarts, and
 * all tabs share them. Nothing here protects against a script that runs in the page: it can decrypt the tokens as the page can,
 * and take them along, if it is written for that. The seal stops a program that reads the storage without running code here; a copy of
 * the profile's files holds the browser's key somewhere beside them. See docs/how-to/browser.md.
 */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { isSame, type Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Changes from "./internal/store/changes.js"
import * as Database from "./internal/store/database.js"
import * as Seal from "./internal/store/recordSeal.js"
import { attempt, newer, Obstacle, type Operation } from "./internal/store/storeFailure.js"
import * as TokenRecord from "./internal/store/tokenRecord.js"
import * as WebLock from "./internal/store/webLock.js"

/** Options: the database, and how long to wait for other tabs. */
export interface Options extends WebLock.Options {
  /** The name of the database, for several applications on one origin. Default: "mlserver-auth". */
  readonly database?: string | undefined
}

/**
 * A store of one sealed record per key. A record is replaced as a whole and is on the disk when `write` ends. One that
 * cannot be read is set aside with a warning and counts as absent; one of a newer program is left alone.
 *
 * `exclusive` holds for all tabs and workers of the origin, if the browser has Web Locks; otherwise a warning says so once.
 *
 * Its methods fail with `StoreUnavailable`. In a page that is neither on https nor on localhost they always do: browsers give
 * it no keys.
 *
 * @example
 * import { IndexedDbTokenStore } from "@mlserver-auth/browser"
 * import { TokenKey } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // What is stored for a server: None if the person has not signed in.
 * const key = TokenKey.make({ issuer: "https://mlserver.contoso.com:12800" })
 * const stored = Effect.flatMap(IndexedDbTokenStore.make({ database: "report" }), ({ read }) => read(key)).pipe(Effect.scoped)
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* open(options)
    return yield* serviceOf(store, options)
  })

/**
 * The store as a layer. Fails with `StoreUnavailable` if nothing can be encrypted or stored: before a person signs in for
 * nothing.
 *
 * @example
 * import { BrowserAuth, IndexedDbTokenStore } from "@mlserver-auth/browser"
 *
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   store: IndexedDbTokenStore.layer()
 * })
 */
export const layer = (options: Options = {}): Layer.Layer<TokenStore.TokenStore, StoreUnavailable> =>
  Layer.scoped(
    TokenStore.TokenStore,
    Effect.gen(function* () {
      const store = yield* open(options)
      yield* withKey(store, "read", () => Promise.resolve())
      return yield* serviceOf(store, options)
    })
  )

interface Store {
  readonly database: Database.Database
  readonly changes: Changes.Changes
  /** The connection that the keys were found with: a database that was deleted meanwhile has others. */
  readonly keys: WeakMap<IDBDatabase, Promise<CryptoKey>>
}

const open = (options: Options): Effect.Effect<Store, never, Scope.Scope> =>
  Effect.gen(function* () {
    const name = options.database ?? "mlserver-auth"
    const database = yield* Effect.acquireRelease(
      Effect.sync(() => Database.make(name)),
      (opened) => Effect.sync(() => opened.close())
    )
    return { database, changes: yield* Changes.make(`indexedDB/${name}`), keys: new WeakMap() }
  })

const serviceOf = (store: Store, options: Options): Effect.Effect<TokenStore.Service> =>
  Effect.gen(function* () {
    const lock = WebLock.make(`indexedDB/${options.database ?? "mlserver-auth"}`, options)
    return {
      read: (key) => Effect.map(look(store, "read", key), ({ token }) => token),
      write: (key, token, over) => write(store, key, token, over),
      remove: (key, only) => remove(store, key, only),
      exclusive: yield* WebLock.makeExclusive(lock, (key) => key.id),
      watch: store.changes.watch
    }
  })

const PLACE = "IndexedDB"

const withKey = <A>(
  store: Store,
  operation: Operation,
  use: (db: IDBDatabase, key: CryptoKey) => Promise<A>
): Effect.Effect<A, StoreUnavailable> =>
  attempt(PLACE, operation, () => {
    if ((globalThis.crypto as Partial<Crypto> | undefined)?.subtle === undefined) throw keyless()
    return store.database.use(async (db) => use(db, await keyOf(store, db)))
  })

const keyOf = (store: Store, db: IDBDatabase): Promise<CryptoKey> => {
  const known = store.keys.get(db)
  if (known !== undefined) return known
  const key = Seal.newKey().then((made) => Database.keyOr(db, "records", made))
  store.keys.set(db, key)
  // What could not be had now, for want of room, may be had later.
  key.catch(() => store.keys.delete(db))
  return key
}

const keyless = () =>
  new Obstacle(
    "this page is neither on https nor on localhost, so it cannot encrypt",
    "Serve the page over https, or keep tokens in memory."
  )

/** A record as it was found: `value` tells whether it is still the same. */
interface Found {
  readonly value: unknown
  readonly token: Option.Option<Token>
}

const look = (store: Store, operation: Operation, key: TokenKey): Effect.Effect<Found, StoreUnavailable> =>
  Effect.gen(function* () {
    const { decoded, value } = yield* withKey(store, operation, async (db, by) => {
      const value = await Database.find(db, await Seal.hashed(key.id))
      return { value, decoded: await decode(by, key, value) }
    })
    if (decoded === undefined) return { value, token: Option.none() }
    if (decoded._tag === "Record") return { value, token: Option.some(decoded.token) }
    if (decoded._tag === "Newer") return yield* newer(PLACE, operation)
    if (!(yield* swap(store, operation, key, value, undefined, true))) return yield* look(store, operation, key)
    yield* Effect.logWarning("token store in IndexedDB: a record could not be read and was set aside; sign in again")
    return { value: undefined, token: Option.none() }
  })

const decode = async (by: CryptoKey, key: TokenKey, value: unknown): Promise<TokenRecord.Decoded | undefined> => {
  const record = Seal.inspect(value)
  if (record === undefined) return undefined
  if (record === "newer") return TokenRecord.NEWER
  if (record === "corrupt") return TokenRecord.CORRUPT
  const text = await Seal.open(by, key.id, record)
  return text === undefined ? TokenRecord.CORRUPT : TokenRecord.decode(key, text)
}

/** Puts another token, or none, in the place of what was found; `false` where that is not there any more. */
const swap = (
  store: Store,
  operation: Operation,
  key: TokenKey,
  found: unknown,
  token: Token | undefined,
  aside: boolean
): Effect.Effect<boolean, StoreUnavailable> =>
  withKey(store, operation, async (db, by) => {
    const name = await Seal.hashed(key.id)
    const value = token && (await Seal.seal(by, key.id, TokenRecord.encode(key, token)))
    const next = { value, ...(aside ? { aside: asideOf(name) } : undefined) }
    return Database.change(db, name, (now) => Seal.isSameWrite(now, found), next)
  })

/** One place for what could not be read: the latest. */
const asideOf = (name: string): string => `${name}/corrupt`

/**
 * A transaction ends while something is unsealed, so it cannot span both: looked at, decided, changed if it is still the
 * same, else once more. Once begun, it ends: a renewed token that is not written would be lost.
 */
const update = (
  store: Store,
  operation: "write" | "remove",
  key: TokenKey,
  decide: (found: Option.Option<Token>) => { readonly token: Token | undefined } | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    for (;;) {
      const found = yield* look(store, operation, key)
      const next = decide(found.token)
      if (next === undefined) return false
      if (yield* swap(store, operation, key, found.value, next.token, false)) break
    }
    store.changes.announce(key)
    return true
  }).pipe(Effect.uninterruptible)

const write = (store: Store, key: TokenKey, token: Token, over: Option.Option<Token> | undefined) =>
  update(store, "write", key, (found) =>
    over === undefined || TokenStore.isStill(found, over) ? { token } : undefined
  )

const remove = (store: Store, key: TokenKey, only: Token | undefined): Effect.Effect<boolean, StoreUnavailable> =>
  only === undefined
    ? removeAll(store, key)
    : update(store, "remove", key, (found) =>
        Option.isNone(found) || isSame(found.value, only) ? { token: undefined } : undefined
      )

/** Whatever it is, also what cannot be read, and what was set aside. */
const removeAll = (store: Store, key: TokenKey): Effect.Effect<boolean, StoreUnavailable> =>
  attempt(PLACE, "remove", async () => {
    if ((globalThis.crypto as Partial<Crypto> | undefined)?.subtle === undefined) throw keyless()
    const name = await Seal.hashed(key.id)
    return store.database.use(async (db) => {
      await Database.change(db, asideOf(name), () => true, {})
      return Database.change(db, name, () => true, {})
    })
  }).pipe(
    Effect.tap(() => Effect.sync(() => store.changes.announce(key))),
    Effect.uninterruptible
  )
