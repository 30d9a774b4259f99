/**
 * Port: where tokens rest between calls and, for stores on disk, between programs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import type { StoreUnavailable } from "./AuthError.js"
import { isSame, type Token } from "./Token.js"
import type { TokenKey } from "./TokenKey.js"

/**
 * What a store must do. `@mlserver-auth/core/testing` holds a suite that checks it.
 *
 * - `write` replaces a record as a whole: a reader sees the old one or the new one, never a mixture.
 * - `read` of a missing, truncated or unreadable-as-a-token record is `None`; it never fails for that.
 * - `remove` of a missing record is no error. With `only`, a record that holds another token stays: what a dead token
 *   leaves behind must not take somebody's new one with it, also where no lock reaches that somebody.
 * - `exclusive(key)` lets one effect at a time run for a key, in every program that shares the store if the store can
 *   reach across programs. It is released when the effect ends, however it ends. Keys do not wait for each other.
 *   It is not reentrant.
 * - Nothing is remembered across a failure: after `StoreUnavailable` the record is as it was.
 */
export interface Service {
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<Token>, StoreUnavailable>
  readonly write: (key: TokenKey, token: Token) => Effect.Effect<void, StoreUnavailable>
  readonly remove: (key: TokenKey, only?: Token) => Effect.Effect<void, StoreUnavailable>
  readonly exclusive: (
    key: TokenKey
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
}

/** The store that sessions read and write. */
export class TokenStore extends Context.Tag("@mlserver-auth/core/TokenStore")<TokenStore, Service>() {}

/**
 * An `exclusive` for one program: a semaphore per key, dropped when nobody uses or awaits it, so that it does not grow
 * with the number of keys ever seen. Stores that reach across programs put this in front of their lock.
 */
export const makeExclusive: Effect.Effect<Service["exclusive"]> = Effect.sync(() => {
  const locks = new Map<string, { readonly semaphore: Effect.Semaphore; users: number }>()
  const enter = (id: string) =>
    Effect.sync(() => {
      const lock = locks.get(id) ?? { semaphore: Effect.unsafeMakeSemaphore(1), users: 0 }
      lock.users++
      locks.set(id, lock)
      return lock
    })
  return (key) => (effect) =>
    Effect.acquireUseRelease(
      enter(key.id),
      (lock) => lock.semaphore.withPermits(1)(effect),
      (lock) => Effect.sync(() => (--lock.users === 0 ? locks.delete(key.id) : false))
    )
})

/** A store that ends with the program. */
export const makeMemory: Effect.Effect<Service> = Effect.map(makeExclusive, (exclusive) => {
  const tokens = MutableHashMap.empty<TokenKey, Token>()
  return TokenStore.of({
    read: (key) => Effect.sync(() => MutableHashMap.get(tokens, key)),
    write: (key, token) => Effect.sync(() => void MutableHashMap.set(tokens, key, token)),
    remove: (key, only) =>
      Effect.sync(() => {
        const found = Option.getOrUndefined(MutableHashMap.get(tokens, key))
        if (only === undefined || (found !== undefined && isSame(found, only))) MutableHashMap.remove(tokens, key)
      }),
    exclusive
  })
})

/** A store that ends with the program. */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, makeMemory)
