/**
 * One effect at a time for a name, in every program that shares a directory. How that is decided: `lockProtocol.ts`.
 *
 * Written here because no library had all of it: proper-lockfile and lockfile know only the age of a lock, so a dead
 * holder blocks for many seconds, and two that find the same old lock can both take it (their issues 121 and 4); those
 * on flock(2) are native code.
 */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { graceAfter } from "@mlserver-auth/core/Lateness"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { Locks } from "./files.js"
import { SILENCE_ELSEWHERE } from "./holder.js"
import * as Protocol from "./protocol.js"
import type { Found } from "./holder.js"
import { printable } from "../terminal/printable.js"
import { isInUse } from "../store/failure.js"

/** Between two signs of life, in milliseconds. */
export const BEAT = 2000

/** A timer that is later than this, in milliseconds, says that the program was not there. */
const PUNCTUAL = 500

/** For how long a file of a lock may be in another program's hands and nothing else, in milliseconds: it may be for good. */
const IN_USE = 10_000

/** From one pause between two looks at a lock to the next. */
const GROWTH = 1.5

/** What a lock needs of the store it belongs to. */
export interface Place {
  readonly directory: string
  readonly locks: Locks
  /** The locks beside which this store has looked for what dead programs left. */
  readonly tidied: Set<string>
  /** Runs a file operation of `exclusive`; its error becomes one of the store's. */
  readonly attempt: <A>(action: () => Promise<A>) => Effect.Effect<A, StoreUnavailable>
  readonly warn: (message: string) => Effect.Effect<void>
  /** Whether the wait for a holder that cannot be looked at, until its silence shows that it is dead, is a part of the wait. */
  readonly silenceCounts: boolean
  /** The shortest pause between two looks at a lock, and the longest, in milliseconds. */
  readonly pauses: readonly [number, number]
}

/**
 * Runs an effect while the lock `name` is held. Waits for a living holder for `timeout` milliseconds, measured and not
 * told by the wall clock, and can be interrupted then; a dead one's lock is taken over. Fails with `StoreUnavailable`, and the effect
 * was not begun.
 */
export const hold = <A, E, R>(
  place: Place,
  name: string,
  timeout: number,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | StoreUnavailable, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const token = place.locks.freshToken()
      yield* tidy(place, name)
      yield* enter(place, name, token, (yield* monotonic) + timeout, restore)
      const life = yield* Effect.fork(Effect.interruptible(beating(place, name, token)))
      return yield* restore(effect).pipe(
        Effect.ensuring(Effect.zipRight(Fiber.interrupt(life), leave(place, name, token)))
      )
    })
  )

/** Milliseconds that only go forward: setting the clock back must not make a wait last for ever. */
const monotonic: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1000n) / 1000)

/** Once for a lock: what is left lies there without harm. */
const tidy = (place: Place, name: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (place.tidied.has(name)) return Effect.void
    place.tidied.add(name)
    const swept = Effect.zipRight(
      Effect.ignore(place.attempt(() => place.locks.sweepMoments(name))),
      Effect.ignore(place.attempt(() => Protocol.sweep(place.locks, name)))
    )
    return Effect.flatMap(
      Effect.promise(() => place.locks.mayHaveLeft(name)),
      (may) => (may ? swept : Effect.void)
    )
  })

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const enter = (
  place: Place,
  name: string,
  token: string,
  deadline: number,
  restore: Restore
): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    let [pause] = place.pauses
    let end = deadline
    let inUseSince = Infinity
    for (;;) {
      const lookedAt = yield* monotonic
      const { attempt, inUse } = yield* look(place, name, token)
      if (attempt.taken) return
      inUseSince = inUse === undefined ? Infinity : Math.min(inUseSince, lookedAt)
      if (inUse !== undefined && lookedAt >= Math.min(end, inUseSince + IN_USE)) return yield* inUse
      const limit = yield* limitFor(place, attempt.found, end)
      // By the moment of the look: while this program was stopped since, the lock may have been given back.
      if (lookedAt >= limit) return yield* held(place, name, attempt.found)
      // Those who began to wait together must not look together for ever.
      const sleptAt = yield* monotonic
      const wait = Math.min(Math.max(limit - sleptAt, 0), pause * (0.5 + (yield* Random.next)))
      yield* restore(Effect.sleep(wait))
      const now = yield* monotonic
      const grace = graceAfter(now - sleptAt - wait - PUNCTUAL)
      // Where the machine slept, the holder was not there either, and may be about to end.
      if (grace > 0) end = Math.max(end, now + grace)
      pause = Math.min(place.pauses[1], pause * GROWTH)
    }
  })

/** A file of the lock that another program has open, or that is on its way to be removed, is looked at once more. */
const look = (place: Place, name: string, token: string) =>
  place
    .attempt(() => Protocol.take(place.locks, name, token))
    .pipe(
      Effect.map((attempt) => ({ attempt, inUse: undefined })),
      Effect.catchIf(isInUse, (inUse) =>
        Effect.succeed({ attempt: { taken: false as const, found: undefined }, inUse })
      )
    )

const limitFor = (place: Place, found: Found | undefined, deadline: number): Effect.Effect<number, StoreUnavailable> =>
  found === undefined || place.silenceCounts
    ? Effect.succeed(deadline)
    : Effect.map(
        place.attempt(() => place.locks.isUnseen(found)),
        (unseen) => (unseen ? deadline + SILENCE_ELSEWHERE : deadline)
      )

/** What the effect did is done: a lock that cannot be removed does not undo it, and is removed as soon as it can be. */
const leave = (place: Place, name: string, token: string): Effect.Effect<void> =>
  Effect.matchEffect(
    place.attempt(() => Protocol.release(place.locks, name, token)),
    {
      onFailure: (error) =>
        Effect.zipRight(
          Effect.sync(() => place.locks.leave({ lock: name, name, token })),
          isInUse(error)
            ? Effect.void
            : place.warn(`a lock could not be removed (${error.problem}): others may wait for the end of this program`)
        ),
      onSuccess: (mine) =>
        mine ? Effect.void : place.warn("a lock was removed, or taken by another program, while this one held it")
    }
  )

/** A sign that fails is missed, and the next one may succeed: others wait for several. */
const beating = (place: Place, name: string, token: string): Effect.Effect<unknown> =>
  place
    .attempt(() => place.locks.touch(name, token))
    .pipe(Effect.ignore, Effect.uninterruptible, Effect.delay(BEAT), Effect.forever)

const held = (place: Place, name: string, found: Found | undefined): StoreUnavailable =>
  new StoreUnavailable({
    operation: "lock",
    reason: "Held",
    problem: `${place.directory}: held by ${whom(found)}`,
    fix: `Wait for it, or end it if it hangs. If there is no such program, remove ${name} there.`,
    retryable: true
  })

const whom = (found: Found | undefined): string => {
  if (found === undefined) return "other programs, one after another"
  const { holder, newer, since } = found
  const who =
    holder === undefined
      ? `a program that ${newer ? "is newer than this one" : "does not say who it is"}`
      : `process ${holder.pid} on ${printable(holder.host)}`
  return `${who} since ${new Date(since).toISOString()}`
}
