/**
 * Tokens in the page's sessionStorage, or in its localStorage, in clear: every script that runs on the origin can read
 * them. See docs/browser.md for what to choose; `IndexedDbTokenStore` at least lets nobody carry them away.
 */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { isSame, type Token } from "@mlserver-auth/core/Token"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Changes from "./internal/changes.js"
import { attempt, newer, type Operation } from "./internal/storeFailure.js"
import * as TokenRecord from "./internal/tokenRecord.js"
import * as WebLock from "./internal/webLock.js"

/** How long other tabs are waited for. */
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
  Layer.scoped(TokenStore.TokenStore, make("sessionStorage", options))

/**
 * Records in localStorage: they survive everything and all tabs share them, and so does every script that ever runs on
 * this origin: one that was injected into any page of it takes the refresh token along and uses it elsewhere for up to
 * 90 days. Prefer `IndexedDbTokenStore`, which does the same without that.
 */
export const layerLocalStorageReadableByScripts = (options?: Options): Layer.Layer<TokenStore.TokenStore> =>
  Layer.scoped(TokenStore.TokenStore, make("localStorage", options))

type Place = "sessionStorage" | "localStorage"

interface Store {
  readonly place: Place
  readonly changes: Changes.Changes
  /** Reading and writing again is one step among those who hold it. */
  readonly alone: (
    name: string
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
}

/** Fails with `StoreUnavailable` where the browser lets nothing be stored, or nothing more. */
const make = (place: Place, options: Options = {}): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const changes = yield* Changes.make(place === "localStorage" ? place : undefined)
    const lock = WebLock.make(place === "localStorage" ? place : `${place}/${tabOf()}`, options)
    const store: Store = { place, changes, alone: (name) => lock(`change/${name}`) }
    yield* Changes.listen("storage", (event) => {
      const { key, storageArea } = event as StorageEvent
      if (isOf(place, storageArea)) changes.heard(key?.slice(PREFIX.length))
    })
    return {
      read: (key) => read(store, "read", key),
      write: (key, token, over) => write(store, key, token, over),
      remove: (key, only) => remove(store, key, only),
      exclusive: yield* WebLock.makeExclusive(lock, nameOf),
      watch: changes.watch
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

/** One place for what could not be read: the latest. */
const asideOf = (name: string): string => `${name}/corrupt`

/** Once begun, a write ends: a renewed token that is not written would be lost. */
const write = (
  store: Store,
  key: TokenKey,
  token: Token,
  over: Option.Option<Token> | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const found = yield* read(store, "write", key)
    if (over !== undefined && !TokenStore.isStill(found, over)) return false
    yield* inStorage(store, "write", (storage) => storage.setItem(nameOf(key), TokenRecord.encode(key, token)))
    store.changes.announce(key)
    return true
  }).pipe(store.alone(nameOf(key)), Effect.uninterruptible)

const remove = (store: Store, key: TokenKey, only: Token | undefined): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    if (only !== undefined) {
      const found = yield* read(store, "remove", key)
      if (Option.isSome(found) && !isSame(found.value, only)) return false
    }
    yield* inStorage(store, "remove", (storage) => {
      storage.removeItem(nameOf(key))
      storage.removeItem(asideOf(nameOf(key)))
    })
    store.changes.announce(key)
    return true
  }).pipe(store.alone(nameOf(key)), Effect.uninterruptible)
