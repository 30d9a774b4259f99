/** The records that this program watches, and the engine's subscription to each where it has a channel for each. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import type { StoreUnavailable } from "../../AuthError.js"
import type { Bounds } from "./bounds.js"
import type { Listener } from "../../StoreEngine.js"
import type { TokenKey } from "../../TokenKey.js"

/** One record. */
interface Entry {
  readonly key: TokenKey
  users: number
  /** Functions that wake the fibers which wait for its lease. */
  readonly wakers: Set<() => void>
}

export interface Wanted {
  /** From now on until the scope ends; ends itself when its news arrive, if they can. */
  readonly want: (name: string, key: TokenKey) => Effect.Effect<Entry, never, Scope.Scope>
  /** The same without a scope, and the engine is told in the background: each `begin` has one `end`. */
  readonly begin: (name: string, key: TokenKey) => Effect.Effect<void>
  readonly end: (name: string) => Effect.Effect<void>
  readonly of: (name: string) => Entry | undefined
  readonly wakeAll: () => void
  /**
   * The listener from now on, or none. It is given the records that are wanted already; fails when one of them, or one that is wanted
   * later, cannot be heard of, and does not end before.
   */
  readonly hearWith: (listener: Listener, onHeard: Effect.Effect<void>) => Effect.Effect<never, StoreUnavailable>
  readonly hearNothing: Effect.Effect<void>
  readonly isHearing: () => boolean
}

/**
 * Each message to the engine is bounded in time. Where one that begins to hear of a record fails, the listener is of no use, and all
 * begins anew; of others the failure is ignored. What is told in the background ends with the scope: the client may be closed next.
 */
export const make = (bounds: Bounds): Effect.Effect<Wanted, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const entries = new Map<string, Entry>()
    // One at a time: to begin and to end overtake each other otherwise.
    const turn = Effect.unsafeMakeSemaphore(1).withPermits(1)
    let listener: Listener | undefined
    let deaf = Deferred.unsafeMake<never, StoreUnavailable>(FiberId.none)
    let followed = new Set<string>()
    const settle = (name: string, tell: Bounds["step"]) =>
      Effect.suspend(() => {
        if (listener?.follow === undefined || listener.unfollow === undefined) return Effect.void
        const isWanted = entries.has(name)
        if (isWanted === followed.has(name)) return Effect.void
        if (isWanted) followed.add(name)
        else followed.delete(name)
        const told = tell("read", isWanted ? listener.follow(name) : listener.unfollow(name))
        const failing = deaf
        return Effect.catchAll(told, (error) => (isWanted ? Deferred.fail(failing, error) : Effect.void))
      }).pipe(turn)
    const enter = (name: string, key: TokenKey) => {
      const entry = entries.get(name) ?? { key, users: 0, wakers: new Set() }
      entry.users++
      entries.set(name, entry)
      return entry
    }
    const inBackground = (name: string) =>
      Effect.asVoid(
        Effect.forkIn(Effect.interruptible(settle(name, (operation, step) => bounds.within(operation, step))), scope)
      )
    const end = (name: string) =>
      Effect.suspend(() => {
        const entry = entries.get(name)
        if (entry === undefined || --entry.users > 0) return Effect.void
        entries.delete(name)
        return inBackground(name)
      })
    return {
      want: (name, key) => {
        const begin = Effect.tap(
          Effect.sync(() => enter(name, key)),
          () => settle(name, bounds.step)
        )
        return Effect.acquireRelease(begin, () => end(name))
      },
      begin: (name, key) =>
        Effect.suspend(() => {
          enter(name, key)
          return inBackground(name)
        }),
      end,
      of: (name) => entries.get(name),
      wakeAll: () => {
        for (const { wakers } of entries.values()) for (const wake of wakers) wake()
      },
      hearWith: (next, onHeard) =>
        Effect.suspend(() => {
          listener = next
          followed = new Set()
          deaf = Deferred.unsafeMake(FiberId.none)
          const begun = Effect.forEach(entries.keys(), (name) => settle(name, bounds.step), { discard: true })
          const heard = Effect.zipRight(Effect.unlessEffect(onHeard, Deferred.isDone(deaf)), Effect.never)
          return Effect.raceFirst(Effect.zipRight(begun, heard), Deferred.await(deaf))
        }),
      hearNothing: Effect.sync(() => void (listener = undefined)),
      isHearing: () => listener !== undefined
    }
  })
