/** One effect at a time for a key, on every machine that shares an engine: who is in has a lease, and shows that it lives. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { StoreUnavailable } from "../../AuthError.js"
import type { Engine } from "../../StoreEngine.js"
import { nameOf } from "../../RecordCodec.js"
import * as TimeLimit from "../../TimeLimit.js"
import type { TokenKey } from "../../TokenKey.js"
import * as TokenStore from "../../TokenStore.js"
import { monotonic } from "../monotonic.js"
import { type Bounds, machineClock } from "./bounds.js"
import type { News } from "./news.js"

/** Milliseconds. */
export interface Terms {
  readonly lease: number
  /** How long another program is waited for. */
  readonly patience: number
}

/** Milliseconds between two looks: where news arrive for the case that none came, and where none do. */
const PAUSES = { hearing: 1000, deaf: [20, 250] } as const

/** Signs of life in a lease: one or two may be lost. */
const SIGNS = 3

/**
 * How long the end of a section, and that of a store, waits for leases that go back, in milliseconds. After a section the engine does
 * it later all the same; after a store its client may be closed, and the lease would keep the others out until it ends by itself.
 */
const FAREWELL = 1000

/** A lease on its way back, in a fiber that its caller need not wait for. */
type GiveBack = (giving: Effect.Effect<void>) => Effect.Effect<Fiber.Fiber<void>>

const parting = <A>(awaited: Effect.Effect<A>): Effect.Effect<void> =>
  Effect.asVoid(Effect.withClock(TimeLimit.timeoutOption(FAREWELL)(awaited), machineClock))

const makeGiveBack: Effect.Effect<GiveBack, never, Scope.Scope> = Effect.gen(function* () {
  const underWay = new Set<Fiber.RuntimeFiber<void>>()
  yield* Effect.addFinalizer(() => parting(Effect.suspend(() => Fiber.awaitAll(underWay))))
  return (giving) =>
    Effect.tap(Effect.forkDaemon(giving), (fiber) =>
      Effect.sync(() => {
        underWay.add(fiber)
        fiber.addObserver(() => underWay.delete(fiber))
      })
    )
})

/** One entry into the section: `owner` is no other entry's, of this program neither. */
interface Entry {
  readonly key: TokenKey
  readonly name: string
  readonly owner: string
}

export const make = (
  engine: Engine,
  bounds: Bounds,
  news: News,
  terms: Terms
): Effect.Effect<TokenStore.Service["exclusive"], never, Scope.Scope> =>
  Effect.zipWith(makeGiveBack, TokenStore.makeExclusive, (giveBack, inProcess) => {
    const take = ({ name, owner }: Entry) => bounds.step("lock", engine.take(name, owner, terms.lease))
    const release = ({ name, owner }: Entry) =>
      Effect.catchAll(bounds.step("lock", engine.release(name, owner, news.released(name))), ({ message }) =>
        Effect.logDebug(`a lease was not given back, and ends by itself: ${message}`)
      )
    const taken = (entry: Entry) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Effect.forkDaemon(take(entry)), (answer) =>
          // It may be given to who has left: back with it, after it has come.
          Effect.onInterrupt(restore(Fiber.join(answer)), () =>
            giveBack(Effect.zipRight(Fiber.await(answer), release(entry)))
          )
        )
      )
    const enter = (entry: Entry): Effect.Effect<void, StoreUnavailable> =>
      Effect.flatMap(taken(entry), (left) => (left === 0 ? Effect.void : wait(entry)))
    const wait = (entry: Entry) =>
      news.waiting(entry.name, entry.key, (told) =>
        Effect.gen(function* () {
          const until = (yield* monotonic) + terms.patience
          for (let round = 0; ; round++) {
            const left = yield* taken(entry)
            if (left === 0) return
            const patience = until - (yield* monotonic)
            if (patience <= 0) return yield* held(engine, terms)
            const longest = Math.min(left + 1, patience, yield* pause(news.isHearing(), round))
            // Who waits may not be interruptible, and a race waits for the end of the one that lost.
            yield* Effect.raceFirst(Effect.interruptible(told), Effect.interruptible(Effect.sleep(longest)))
          }
        })
      )
    const living = (entry: Entry): Effect.Effect<void> =>
      Effect.gen(function* () {
        for (;;) {
          yield* Effect.sleep(terms.lease / SIGNS)
          const left = yield* Effect.uninterruptible(Effect.orElseSucceed(take(entry), () => 0))
          if (left > 0) return yield* Effect.logWarning(stoodStill(engine))
        }
      })
    const alone =
      <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      (entry: Entry): Effect.Effect<A, E | StoreUnavailable, R> =>
        Effect.uninterruptibleMask((restore) =>
          Effect.zipRight(
            restore(Effect.withClock(enter(entry), machineClock)),
            Effect.acquireUseRelease(
              Effect.forkDaemon(Effect.withClock(Effect.interruptible(living(entry)), machineClock)),
              () => restore(effect),
              (signs) =>
                Effect.flatMap(giveBack(Effect.zipRight(Fiber.interrupt(signs), release(entry))), (fiber) =>
                  parting(Fiber.await(fiber))
                )
            )
          )
        )
    return (key) => (effect) =>
      inProcess(key)(
        Effect.flatMap(
          Effect.map(nameOf(key), (name) => ({ key, name, owner: crypto.randomUUID() })),
          alone(effect)
        )
      )
  })

/** Longer each time where nothing tells, and not the same for all who wait. */
const pause = (isHearing: boolean, round: number): Effect.Effect<number> => {
  const [first, longest] = PAUSES.deaf
  const longer = isHearing ? PAUSES.hearing : Math.min(first * 2 ** Math.min(round, 10), longest)
  return Effect.map(Random.next, (part) => longer * (0.75 + part / 2))
}

const held = ({ place }: Engine, { patience }: Terms): StoreUnavailable =>
  new StoreUnavailable({
    operation: "lock",
    problem: `${place}: another program has been renewing or signing in there for ${patience / 1000} seconds`,
    fix: "Try again; if it stays so, see what that program waits for.",
    retryable: true,
    reason: "Held"
  })

const stoodStill = ({ place }: Engine): string =>
  `token store in ${place}: this program was silent for longer than its lease, and another one may be renewing the same session`
