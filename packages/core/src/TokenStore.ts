/**
 * Interface: stores tokens between calls and, on disk, between programs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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
 *   false: what a dead token leaves behind must not take a user's new one with it. True where nothing is left.
 * - Conditions hold against every other write and removal, also of programs that are not in `exclusive`.
 * - `exclusive(key)` lets one effect at a time run for a key, in every program that shares the store if the store can
 *   reach across programs. It is released when the effect ends, however it ends. Keys do not wait for each other.
 *   It is not reentrant.
 * - `watch(key)` signals that the record may have changed, by any program, this store too. Several changes may be one
 *   signal, and there may be signals without a change. Watching has begun when the effect has ended; it ends with the
 *   scope. Never fails: a store that cannot watch looks from time to time, or stays silent.
 * - `follow(changed)`, for stores that can: as `watch`, for as many keys as are added, with one subscription and no fiber for
 *   each. `changed` is called with a key whose record may have changed; it returns at once and does not throw.
 * - `forget(key)`, for stores that can: removes the record now, without waiting for another program, and returns what it was.
 *   A program may end a moment after it was asked to sign out. `remove` follows.
 * - A failure says that it is not known to have happened, and no more: where an answer was lost, a write may have been done,
 *   and it may yet be done. A session writes again over what it expects, and finds its own token. Nothing else is remembered
 *   across a failure.
 * - Sessions save and remove in regions that cannot be interrupted, so no time limit of theirs reaches into `write` and
 *   `remove`: a store whose engine may stay silent bounds its calls itself.
 * - A record that cannot be decoded by any program is no record to `over`: a write that expects none replaces it. One of a newer
 *   program, or one whose key another program may have, is not lost to a look: `read` leaves it where it is.
 */
export interface Service {
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<Token>, StoreUnavailable>
  readonly write: (key: TokenKey, token: Token, over?: Option.Option<Token>) => Effect.Effect<boolean, StoreUnavailable>
  readonly remove: (key: TokenKey, only?: Token) => Effect.Effect<boolean, StoreUnavailable>
  readonly exclusive: (
    key: TokenKey
  ) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>
  readonly watch: (key: TokenKey) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
  readonly follow?: ((changed: (key: TokenKey) => void) => Effect.Effect<Following, never, Scope.Scope>) | undefined
  readonly forget?: ((key: TokenKey) => Token | undefined) | undefined
}

/**
 * The followed keys, until the scope of `follow` ends. Adding one again, or removing one that is not there, does nothing.
 */
export interface Following {
  readonly add: (key: TokenKey) => Effect.Effect<void>
  readonly remove: (key: TokenKey) => Effect.Effect<void>
}

/**
 * The store that sessions read and write.
 *
 * @example
 * import { type TokenKey, TokenStore } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const isSignedIn = (key: TokenKey.TokenKey) =>
 *   Effect.flatMap(TokenStore.TokenStore, (store) => Effect.map(store.read(key), Option.isSome))
 */
export class TokenStore extends Context.Tag("@mlserver-auth/core/TokenStore")<TokenStore, Service>() {}

/**
 * An `exclusive` for one program: a semaphore for each key, which exists only while a caller uses it or waits for it.
 * Stores that several programs share put this in front of their lock.
 *
 * @example
 * import { type TokenKey, TokenStore } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // First a turn within this program, then the lock that reaches to others.
 * const make = (lock: (key: TokenKey.TokenKey) => <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>) =>
 *   Effect.map(TokenStore.makeExclusive, (turn): TokenStore.Service["exclusive"] => (key) => (effect) =>
 *     turn(key)(lock(key)(effect))
 *   )
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

/** The watchers of records in one program. Stores call `signal` when they have changed one, or learn that it was. */
export interface Watchers {
  readonly watch: Service["watch"]
  readonly signal: (key: TokenKey) => void
  /** Every record may have changed: messages sent meanwhile were not received. */
  readonly signalAll: () => void
}

/**
 * Makes the watchers of a store, without any watcher yet.
 *
 * @example
 * import { type TokenKey, TokenStore } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // The messages of other tabs, as the `watch` of a store.
 * const watchOf = (channel: BroadcastChannel, keyOf: (id: string) => TokenKey.TokenKey) =>
 *   Effect.map(TokenStore.makeWatchers, ({ signal, signalAll, watch }) => {
 *     channel.onmessage = ({ data }) => signal(keyOf(data))
 *     channel.onmessageerror = signalAll
 *     return watch
 *   })
 */
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
    },
    signalAll: () => {
      for (const queues of all.values()) for (const queue of queues) queue.unsafeOffer(undefined)
    }
  }
})

/**
 * Whether a record is the one that a conditional operation expects.
 *
 * @example
 * import { type Token, TokenStore } from "@mlserver-auth/core"
 * import type * as Option from "effect/Option"
 *
 * // The condition of `write`: anything, or just what was expected.
 * const mayWrite = (found: Option.Option<Token.Token>, over?: Option.Option<Token.Token>) =>
 *   over === undefined || TokenStore.isStill(found, over)
 */
export const isStill = (found: Option.Option<Token>, expected: Option.Option<Token>): boolean =>
  Option.isNone(expected) ? Option.isNone(found) : Option.isSome(found) && isSame(found.value, expected.value)

/**
 * A store that ends with the program, as a value. It never fails.
 *
 * @example
 * import { Session, TokenStore } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 *
 * // For tests: two sessions as of two programs that share a store.
 * const two = Effect.flatMap(TokenStore.makeMemory, (store) =>
 *   Effect.provideService(Effect.all([Session.make(), Session.make()]), TokenStore.TokenStore, store)
 * )
 */
export const makeMemory: Effect.Effect<Service> = Effect.gen(function* () {
  const exclusive = yield* makeExclusive
  const { signal, watch } = yield* makeWatchers
  const tokens = new Map<string, Token>()
  const get = ({ id }: TokenKey) => Option.fromNullable(tokens.get(id))
  return TokenStore.of({
    read: (key) => Effect.sync(() => get(key)),
    write: (key, token, over) =>
      Effect.sync(() => {
        if (over !== undefined && !isStill(get(key), over)) return false
        tokens.set(key.id, token)
        signal(key)
        return true
      }),
    remove: (key, only) =>
      Effect.sync(() => {
        const found = get(key)
        if (Option.isNone(found)) return true
        if (only !== undefined && !isSame(found.value, only)) return false
        tokens.delete(key.id)
        signal(key)
        return true
      }),
    exclusive,
    watch
  })
})

/** A store that ends with the program. See `MlServerAuth.layer` for it in a program. */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, makeMemory)
