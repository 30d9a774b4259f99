/**
 * One tab at a time, by the Web Locks API: held by the browser's own process, given back when a tab closes or crashes,
 * and, as the standard wants it, never taken away from a tab that lives.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as TimeLimit from "@mlserver-auth/core/TimeLimit"
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"

/** How long a lock is waited for. */
export interface Options {
  /** How long `exclusive` waits for another tab that is in it, without the time that the machine sleeps. Default: 30 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
}

type Around = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | StoreUnavailable, R>

/** Names of locks of a place, held around an effect. */
export const make =
  (place: string, { lockTimeout = "30 seconds" }: Options) =>
  (name: string): Around =>
  (effect) =>
    Effect.suspend(() => {
      const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks
      return locks === undefined
        ? Effect.zipRight(warnOnce, effect)
        : hold(locks, `mlserver-auth/${place}/${name}`, Duration.toMillis(lockTimeout), effect)
    })

/** `exclusive`: a semaphore for the fibers of this page, then the lock for other tabs. */
export const makeExclusive = (
  lock: (name: string) => Around,
  nameOf: (key: TokenKey) => string
): Effect.Effect<TokenStore.Service["exclusive"]> =>
  Effect.map(
    TokenStore.makeExclusive,
    (here) => (key) => (effect) => here(key)(lock(`exclusive/${nameOf(key)}`)(effect))
  )

const hold = <A, E, R>(
  locks: LockManager,
  name: string,
  millis: number,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreUnavailable, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      const turn = new Turn(locks, name, millis)
      // Whether it was granted, is still awaited, or was granted to a caller that had just left: `leave` ends it.
      return Effect.ensuring(
        restore(Effect.zipRight(turn.granted, effect)),
        Effect.sync(() => turn.leave())
      )
    })
  )

/** Of a wait, each counted once however long it took. */
const SLICES = 10

/** A limit that sleep does not count against: the holder of the lock slept as well, and has to end after it. */
const awakeFor = (millis: number, onPassed: () => void): (() => void) => {
  let left = SLICES
  const next = () => TimeLimit.start(millis / SLICES, () => (--left === 0 ? onPassed() : void (callOff = next())))
  let callOff = next()
  return () => callOff()
}

class Turn {
  readonly #waiting = new AbortController()
  #leave = (): void => undefined
  readonly granted: Effect.Effect<void, StoreUnavailable>

  constructor(locks: LockManager, name: string, millis: number) {
    const left = new Promise<void>((resolve) => (this.#leave = resolve))
    this.granted = Effect.async((resume) => {
      // A timer of its own, since the caller that waits here may be uninterruptible, and an effect's timeout interrupts.
      const callOff = awakeFor(millis, () => {
        this.leave()
        resume(Effect.fail(busy(millis)))
      })
      const enter = () => {
        callOff()
        resume(Effect.void)
        return left
      }
      locks.request(name, { signal: this.#waiting.signal }, enter).catch(() => {
        callOff()
        resume(Effect.fail(denied()))
      })
      return Effect.sync(callOff)
    })
  }

  leave(): void {
    this.#waiting.abort()
    this.#leave()
  }
}

const busy = (millis: number) =>
  new StoreUnavailable({
    operation: "lock",
    reason: "Held",
    problem: `another tab of this site has been renewing or signing in for ${Math.round(millis / 1000)} s`,
    fix: "Look for a tab that hangs, and try again.",
    retryable: true
  })

const denied = () =>
  new StoreUnavailable({
    operation: "lock",
    problem: "the browser gives this page no locks",
    fix: "Leave the sandboxed frame, or keep tokens in memory.",
    retryable: false
  })

const warned = globalValue(Symbol.for("@mlserver-auth/browser/webLock/warned"), () => ({ yet: false }))

/** Once in a page, however many stores it makes. */
const warnOnce: Effect.Effect<void> = Effect.suspend(() => {
  if (warned.yet) return Effect.void
  warned.yet = true
  return Effect.logWarning(
    "token store: this browser has no Web Locks (they need https or localhost), so tabs cannot take turns: two that " +
      "renew at the same moment may sign each other out. Serve the page over https, or keep tokens in memory."
  )
})
