/**
 * Tokens in the page's sessionStorage, or in its localStorage, in clear: every script that runs on the origin can read
 * them and take them along. See docs/how-to/browser.md for what to choose; `IndexedDbTokenStore` asks for a script that is written for it.
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
import * as Order from "./internal/store/order.js"
import { attempt, newer, type Operation } from "./internal/store/storeFailure.js"
import * as TokenRecord from "./internal/store/tokenRecord.js"
import * as WebLock from "./internal/store/webLock.js"

/** Options: how long to wait for other tabs. */
export interface Options extends WebLock.Options {}

/**
 * Records in the sessionStorage of this tab: they survive a reload and end with the tab. Another tab has records, and
 * sign-ins, of its own.
 *
 * @example
 * import { BrowserAuth, WebStorageTokenStore } from "@mlserver-auth/browser"
 *
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   store: WebStorageTokenStore.layerSession()
 * })
 */
export const layerSession = (options?: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.scoped(TokenStore.TokenStore, makeSession(options))

/**
 * The store of `layerSession` as a value. Its methods fail with `StoreUnavailable` if the browser lets the page store nothing.
 *
 * @example
 * import { WebStorageTokenStore } from "@mlserver-auth/browser"
 * import { TokenKey } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * const key = TokenKey.make({ issuer: "https://mlserver.contoso.com:12800" })
 * const inThisTab = Effect.flatMap(WebStorageTokenStore.makeSession(), ({ read }) => read(key)).pipe(Effect.scoped)
 */
export const makeSession = (options?: Options): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  make("sessionStorage", options)

/**
 * Records in localStorage: they survive everything and all tabs share them, and so does every script that ever runs on
 * this origin: one that was injected into any page of it takes the refresh token along and uses it elsewhere for up to
 * 90 days. Prefer `IndexedDbTokenStore`, where that takes a script that unseals them first.
 *
 * IndexedDB is needed all the same, to keep changes in order: browsers may still show one tab what was there before another
 * wrote. Without it this store fails with `StoreUnavailable` wherever that could cost a session.
 *
 * @example
 * import { BrowserAuth, WebStorageTokenStore } from "@mlserver-auth/browser"
 *
 * const Auth = BrowserAuth.layer({
 *   server: "https://mlserver.contoso.com:12800",
 *   store: WebStorageTokenStore.layerLocalStorageReadableByScripts({ lockTimeout: "10 seconds" })
 * })
 */
export const layerLocalStorageReadableByScripts = (options?: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.scoped(TokenStore.TokenStore, makeLocalStorageReadableByScripts(options))

/**
 * The store of `layerLocalStorageReadableByScripts` as a value.
 *
 * @example
 * import { WebStorageTokenStore } from "@mlserver-auth/browser"
 * import { TokenKey } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // Removes what an earlier version of the page left there.
 * const cleaned = WebStorageTokenStore.makeLocalStorageReadableByScripts().pipe(
 *   Effect.flatMap(({ remove }) => remove(TokenKey.make({ issuer: "https://mlserver.contoso.com:12800" }))),
 *   Effect.scoped
 * )
 */
export const makeLocalStorageReadableByScripts = (
  options?: Options
): Effect.Effect<TokenStore.Service, never, Scope.Scope> => make("localStorage", options)

type Place = "sessionStorage" | "localStorage"

interface Store {
  readonly place: Place
  readonly changes: Changes.Changes
  readonly order: Order.Order
  /** Reading and writing again is one step among those who hold it. */
  readonly alone: (
    name: string
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
}

/** Fails with `StoreUnavailable` where the browser lets nothing be stored, or nothing more. */
const make = (place: Place, options: Options = {}): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const shared = place === "localStorage"
    const own = shared ? place : `${place}/${tabOf()}`
    const changes = yield* Changes.make(own)
    const lock = WebLock.make(own, options)
    const order = shared ? yield* Order.make : Order.NONE
    const store: Store = { place, changes, order, alone: (name) => lock(`change/${name}`) }
    const exclusive = yield* WebLock.makeExclusive(lock, nameOf)
    yield* Changes.listen("storage", (event) => {
      const { key, storageArea } = event as StorageEvent
      if (isOf(place, storageArea)) changes.heard(key?.slice(PREFIX.length))
    })
    return {
      read: (key) => read(store, "read", key),
      write: (key, token, over) => write(store, key, token, over),
      remove: (key, only) => remove(store, key, only),
      exclusive: (key) => (effect) => exclusive(key)(Effect.zipRight(order.settled("lock", nameOf(key)), effect)),
      watch: changes.watch,
      forget: (key) => forget(place, key)
    }
  })

/** The name of this tab, for locks: tabs with records of their own need not wait for each other. Frames of a tab share it. */
const tabOf = (): string => {
  const made = String(crypto.getRandomValues(new Uint32Array(1)))
  try {
    const known = sessionStorage.getItem(TAB) ?? made
    sessionStorage.setItem(TAB, known)
    return known
  } catch {
    return made
  }
}

const TAB = "mlserver-auth-tab"

/** Naming a storage is enough to be refused it. */
const isOf = (place: Place, area: Storage | null): boolean => {
  try {
    return area === globalThis[place]
  } catch {
    return false
  }
}

const PREFIX = "mlserver-auth/"

const nameOf = (key: TokenKey): string => PREFIX + key.id

const inStorage = <A>(store: Store, operation: Operation, action: (storage: Storage) => A) =>
  attempt(store.place, operation, () => {
    const storage = globalThis[store.place] as Storage | undefined
    // In a worker, and where a page is rendered before any browser has it.
    if (storage === undefined) throw new DOMException("", "SecurityError")
    return action(storage)
  })

const read = (
  store: Store,
  operation: Operation,
  key: TokenKey
): Effect.Effect<Option.Option<Token>, StoreUnavailable> =>
  Effect.gen(function* () {
    const name = nameOf(key)
    const text = yield* inStorage(store, operation, (storage) => storage.getItem(name))
    if (text === null) return Option.none()
    const decoded = TokenRecord.decode(key, text)
    if (decoded._tag === "Record") return Option.some(decoded.token)
    if (decoded._tag === "Newer") return yield* newer(store.place, operation)
    yield* Effect.ignore(store.order.mark(operation, name, null))
    yield* inStorage(store, operation, (storage) => {
      if (storage.getItem(name) !== text) return
      // Removed first: there may be no room for two.
      storage.removeItem(name)
      storage.setItem(asideOf(name), text)
    })
    yield* Effect.logWarning(
      `token store in ${store.place}: a record could not be read and was set aside; sign in again`
    )
    return Option.none()
  })

/** What cannot be read, or removed, now is `remove`'s to tell. */
const forget = (place: Place, key: TokenKey): Token | undefined => {
  try {
    const text = globalThis[place].getItem(nameOf(key))
    const decoded = text === null ? undefined : TokenRecord.decode(key, text)
    if (decoded?._tag !== "Record") return undefined
    globalThis[place].removeItem(nameOf(key))
    return decoded.token
  } catch {
    return undefined
  }
}

/** One place for what could not be read: the latest. */
const asideOf = (name: string): string => `${name}/corrupt`

/** Marks what is to be there, and puts it there, or nothing. */
const put = (store: Store, operation: "write" | "remove", name: string, text: string | null) =>
  Effect.gen(function* () {
    const before = yield* inStorage(store, operation, (storage) => storage.getItem(name))
    yield* store.order.mark(operation, name, text)
    yield* inStorage(store, operation, (storage) => {
      if (text === null) storage.removeItem(name)
      else storage.setItem(name, text)
    }).pipe(Effect.tapError(() => Effect.ignore(store.order.mark(operation, name, before))))
  })

/** Once begun, a write ends: a renewed token that is not written would be lost. */
const write = (
  store: Store,
  key: TokenKey,
  token: Token,
  over: Option.Option<Token> | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    if (over !== undefined) yield* store.order.settled("write", nameOf(key))
    const found = yield* read(store, "write", key)
    if (over !== undefined && !TokenStore.isStill(found, over)) return false
    yield* put(store, "write", nameOf(key), TokenRecord.encode(key, token))
    store.changes.announce(key)
    return true
  }).pipe(store.alone(nameOf(key)), Effect.uninterruptible)

const remove = (store: Store, key: TokenKey, only: Token | undefined): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    if (only !== undefined) {
      yield* store.order.settled("remove", nameOf(key))
      const found = yield* read(store, "remove", key)
      if (Option.isSome(found) && !isSame(found.value, only)) return false
    }
    yield* put(store, "remove", nameOf(key), null)
    yield* inStorage(store, "remove", (storage) => storage.removeItem(asideOf(nameOf(key))))
    store.changes.announce(key)
    return true
  }).pipe(store.alone(nameOf(key)), Effect.uninterruptible)
