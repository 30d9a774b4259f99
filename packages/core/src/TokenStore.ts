/**
 * Port: where tokens rest between calls and, for stores on disk, between programs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { StoreUnavailable } from "./AuthError.js"
import { isSame, type Token } from "./Token.js"
import type { TokenKey } from "./TokenKey.js"

/**
 * What a store must do. `@mlserver-auth/core/testing` holds a suite that checks it.
 *
 * - `write` replaces a record as a whole: a reader sees the old one or the new one, never a mixture, never nothing. With
 *   `over` it is a compare-and-set, where the token is the record's version: written only where the record still holds
 *   that token, with `None` only where there is no record. True if it was written.
 * - `read` of a missing, truncated or unreadable-as-a-token record is `None`; it never fails for that.
 * - `remove` of a missing record is no error. With `only`, a record that holds another token stays, and the answer is
 *   false: what a dead token leaves behind must not take somebody's new one with it. True where nothing is left.
 * - Conditions hold against every other write and removal, also of those who are not in `exclusive`.
 * - `exclusive(key)` lets one effect at a time run for a key, in every program that shares the store if the store can
 *   reach across programs. It is released when the effect ends, however it ends. Keys do not wait for each other.
 *   It is not reentrant.
 * - `watch(key)` signals that the record may have changed, whoever changed it, this store too. Several changes may be one
 *   signal, and there may be signals without a change. Watching has begun when the effect has ended; it ends with the
 *   scope. Never fails: a store that cannot watch looks from time to time, or stays silent.
 * - Nothing is remembered across a failure: after `StoreUnavailable` the record is as it was.
 */
export interface Service {
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<Token>, StoreUnavailable>
  readonly write: (key: TokenKey, token: Token, over?: Option.Option<Token>) => Effect.Effect<boolean, StoreUnavailable>
  readonly remove: (key: TokenKey, only?: Token) => Effect.Effect<boolean, StoreUnavailable>
  readonly exclusive: (
    key: TokenKey
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
  readonly watch: (key: TokenKey) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
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

/** Who watches which record in one program. Stores call `signal` when they have changed one, or learn that it was. */
export interface Watchers {
  readonly watch: Service["watch"]
  readonly signal: (key: TokenKey) => void
}

/** The watchers of a store, none yet. */
export const makeWatchers: Effect.Effect<Watchers> = Effect.sync(() => {
  const all = new Map<string, Set<Queue.Queue<void>>>()
  const add = (id: string, queue: Queue.Queue<void>) => all.set(id, (all.get(id) ?? new Set()).add(queue))
  const forget = (id: string, queue: Queue.Queue<void>) => {
    const queues = all.get(id)
    if (queues?.delete(queue) === true && queues.size === 0) all.delete(id)
  }
  return {
    watch: ({ id }) =>
      Effect.acquireRelease(
        // One signal that was not taken yet stands for all that came after it.
        Effect.tap(Queue.sliding<void>(1), (queue) => Effect.sync(() => add(id, queue))),
        (queue) =>
          Effect.zipRight(
            Effect.sync(() => forget(id, queue)),
            Queue.shutdown(queue)
          )
      ),
    signal: ({ id }) => {
      for (const queue of all.get(id) ?? []) queue.unsafeOffer(undefined)
    }
  }
})

/** Whether a record is the one that a conditional operation is about. */
export const isStill = (found: Option.Option<Token>, expected: Option.Option<Token>): boolean =>
  Option.isNone(expected) ? Option.isNone(found) : Option.isSome(found) && isSame(found.value, expected.value)

/** A store that ends with the program. */
export const makeMemory: Effect.Effect<Service> = Effect.gen(function* () {
  const exclusive = yield* makeExclusive
  const { signal, watch } = yield* makeWatchers
  const tokens = MutableHashMap.empty<TokenKey, Token>()
  return TokenStore.of({
    read: (key) => Effect.sync(() => MutableHashMap.get(tokens, key)),
    write: (key, token, over) =>
      Effect.sync(() => {
        if (over !== undefined && !isStill(MutableHashMap.get(tokens, key), over)) return false
        MutableHashMap.set(tokens, key, token)
        signal(key)
        return true
      }),
    remove: (key, only) =>
      Effect.sync(() => {
        const found = MutableHashMap.get(tokens, key)
        if (Option.isNone(found)) return true
        if (only !== undefined && !isSame(found.value, only)) return false
        MutableHashMap.remove(tokens, key)
        signal(key)
        return true
      }),
    exclusive,
    watch
  })
})

/** A store that ends with the program. */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, makeMemory)
