/** News that go through an engine to this program: which record changed, and which lease was given back. */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import type { StoreUnavailable } from "../../AuthError.js"
import { type Engine, EngineFailure, type Listener } from "../../StoreEngine.js"
import { nameOf } from "../../RecordCodec.js"
import * as TimeLimit from "../../TimeLimit.js"
import type { TokenKey } from "../../TokenKey.js"
import * as TokenStore from "../../TokenStore.js"
import { type Bounds, machineClock } from "./bounds.js"
import * as Followers from "./followers.js"
import * as Wanted from "./wanted.js"

/** Milliseconds: between two looks where an engine cannot tell, before listening again, and for which a watch waits for an ear. */
const PAUSES = { polling: 2000, again: [100, 2000], begin: 2000 } as const

/** Attempts to listen that fail one after another, before a person is told. */
const DEAF = 3

export interface News {
  readonly watch: TokenStore.Service["watch"]
  readonly follow: NonNullable<TokenStore.Service["follow"]>
  /** To the watchers in this program. */
  readonly signal: (key: TokenKey) => void
  /** Texts for the others. */
  readonly changed: (name: string) => string
  readonly released: (name: string) => string
  /** Runs with an effect that ends when the lease of that name was given back since that effect last ended. */
  readonly waiting: <A, E, R>(
    name: string,
    key: TokenKey,
    use: (told: Effect.Effect<void>) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  readonly isHearing: () => boolean
}

export const make = (engine: Engine, bounds: Bounds, heartbeat: number): Effect.Effect<News, never, Scope.Scope> =>
  Effect.gen(function* () {
    const watchers = yield* TokenStore.makeWatchers
    const scope = yield* Effect.scope
    // What this store tells itself it knows already.
    const self = crypto.randomUUID()
    const wanted = yield* Wanted.make(bounds)
    const followers = Followers.make(wanted)
    const told: Told = {
      signal: (key) => {
        watchers.signal(key)
        followers.signal(key)
      },
      signalAll: () => {
        watchers.signalAll()
        followers.signalAll()
      }
    }
    const begun = yield* Deferred.make<void>()
    const ear = { engine, bounds, heartbeat, told, wanted, begun, hear: hearing(self, told, wanted) }
    let isListening = false
    const listening = Effect.suspend(() => {
      if (isListening) return Effect.void
      isListening = true
      return Effect.forkIn(Effect.interruptible(Effect.withClock(forEver(ear), machineClock)), scope)
    })
    return {
      watch: (key) =>
        Effect.gen(function* () {
          const queue = yield* watchers.watch(key)
          yield* listening
          yield* wanted.want(yield* nameOf(key), key)
          yield* Effect.withClock(TimeLimit.timeoutOption(PAUSES.begin)(Deferred.await(begun)), machineClock)
          return queue
        }),
      follow: (changed) => Effect.zipRight(listening, followers.follow(changed)),
      signal: told.signal,
      changed: (name) => `+${name}/${self}`,
      released: (name) => `-${name}/${self}`,
      waiting: (name, key, use) => {
        const queue = Effect.gen(function* () {
          yield* listening
          const { wakers } = yield* wanted.want(name, key)
          const news = yield* Queue.sliding<void>(1)
          const wake = () => void news.unsafeOffer(undefined)
          yield* Effect.acquireRelease(
            Effect.sync(() => wakers.add(wake)),
            () => Effect.sync(() => wakers.delete(wake))
          )
          return Queue.take(news)
        })
        return Effect.scopedWith((own) => Effect.flatMap(Scope.extend(queue, own), use))
      },
      isHearing: wanted.isHearing
    }
  })

/** The listeners in this program. */
type Told = Pick<TokenStore.Watchers, "signal" | "signalAll">

/** A text of `changed` or `released`. */
const TEXT = /^([+-])([0-9a-f]{64})\/(.+)$/

const hearing = (self: string, told: Told, wanted: Wanted.Wanted) => (text: string) => {
  const [, kind, name = "", from] = TEXT.exec(text) ?? []
  const entry = wanted.of(name)
  if (entry === undefined || from === self) return
  if (kind === "+") told.signal(entry.key)
  else for (const wake of entry.wakers) wake()
}

interface Ear {
  readonly engine: Engine
  readonly bounds: Bounds
  readonly heartbeat: number
  readonly told: Told
  readonly wanted: Wanted.Wanted
  readonly begun: Deferred.Deferred<void>
  readonly hear: (text: string) => void
}

/** News that were sent meanwhile may not have been received. */
const everything = ({ told, wanted }: Ear) =>
  Effect.sync(() => {
    told.signalAll()
    wanted.wakeAll()
  })

/** Listens, and again whenever that ends; until it is heard again, everything may have changed from time to time. */
const forEver = (ear: Ear): Effect.Effect<void> => {
  const { listen } = ear.engine
  if (listen === undefined) {
    const look = Effect.delay(everything(ear), PAUSES.polling)
    return Effect.zipRight(Deferred.succeed(ear.begun, undefined), Effect.forever(look))
  }
  const [first, longest] = PAUSES.again
  let failures = 0
  const from = (pause: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      let heard = false
      const once = Effect.scoped(
        listenOnce(ear, listen, () => {
          heard = true
          failures = 0
        })
      )
      return Effect.catchAllCause(once, (cause) => unheard(ear, cause, ++failures)).pipe(
        Effect.zipRight(ear.wanted.hearNothing),
        Effect.zipRight(everything(ear)),
        Effect.zipRight(Effect.suspend(() => Effect.delay(from(heard ? first : Math.min(2 * pause, longest)), pause)))
      )
    })
  return from(first)
}

/** Once in a row of failures: a connection that is lost now and then is no news, and what a person must mend is. */
const unheard = ({ engine }: Ear, cause: Cause.Cause<StoreUnavailable>, failures: number): Effect.Effect<void> => {
  if (failures !== DEAF) return Effect.logDebug(`${engine.place} is not heard any more`)
  const why = Option.match(Cause.failureOption(cause), { onNone: () => "", onSome: ({ message }) => ` ${message}` })
  return Effect.logWarning(
    `token store in ${engine.place}: changes of other programs are not reported, so it reads every few seconds.${why}`
  )
}

const listenOnce = (ear: Ear, listen: NonNullable<Engine["listen"]>, onHeard: () => void) =>
  Effect.gen(function* () {
    const { bounds, wanted } = ear
    // Once each time: what a failed attempt opened ends with its scope.
    const once = Effect.mapError(
      listen(ear.hear),
      ({ fix, problem }) => new EngineFailure({ fix, problem, retryable: false })
    )
    const listener: Listener = yield* bounds.within("read", Scope.extend(once, yield* Effect.scope))
    const heard = Effect.zipRight(
      Effect.sync(onHeard),
      Effect.zipRight(Deferred.succeed(ear.begun, undefined), everything(ear))
    )
    // From the start: where many records are wanted, to begin with each takes its time, and is in vain if the engine falls silent.
    const living = Effect.forever(Effect.delay(bounds.within("read", listener.alive), ear.heartbeat))
    const ending = Effect.raceFirst(living, listener.lost ?? Effect.never)
    yield* Effect.raceFirst(wanted.hearWith(listener, heard), ending)
  })
