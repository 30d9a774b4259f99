/** How a session's newest pair comes to rest in a store that fails, or that goes back in time. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type { StoreUnavailable } from "../../AuthError.js"
import * as Token from "../../Token.js"
import { type SessionMemory, isSuccessor } from "./memory.js"
import type { Deps } from "./deps.js"

/** A store whose answers contradict each other, as a replica's do that lags, is not asked for ever. */
const TRIES = 3

/**
 * Saves a token over what was read, or over what it is the successor of: the store may have gone back meanwhile. False where
 * the record is another's. A write that failed may have happened all the same: then the record is this very token.
 */
export const save = (
  deps: Deps,
  token: Token.Token,
  over: Option.Option<Token.Token> | undefined,
  tries = TRIES
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const { key, store } = deps
    if (yield* store.write(key, token, over)) return true
    const found = Option.getOrUndefined(yield* store.read(key))
    if (found === undefined) return false
    if (Token.isSame(found, token)) return true
    return isSuccessor(token, found) && tries > 1 ? yield* save(deps, token, Option.some(found), tries - 1) : false
  })

/** The first pause between two attempts to save, in milliseconds, and the longest. */
const PAUSES = [100, 2000] as const

/** Less than others wait for the section (30 seconds in the file store), so that they are served and not refused. */
const KEPT = 20_000

/** A loop and no `Schedule`, which pages would have to load for this alone. */
const persisting = <E>(attempt: Effect.Effect<void, E>, pause: number, left: number): Effect.Effect<void> =>
  Effect.catchAll(Effect.delay(attempt, pause), () =>
    left <= pause ? Effect.void : persisting(attempt, Math.min(2 * pause, PAUSES[1]), left - pause)
  )

/**
 * Goes on trying to save the token that is held. Runs in the section of its key, since another program that enters it would find and
 * send the token that was renewed. Ends when it is saved, when the section is wanted here, or the scope closes (with a last
 * attempt), and after 20 seconds. `begun` is done first.
 */
export const saveAgain = (
  deps: Deps,
  memory: SessionMemory,
  over: Option.Option<Token.Token>,
  begun: Effect.Effect<void>
): Effect.Effect<void> => {
  const { epoch, token } = memory
  const { key, store } = deps
  const way = Deferred.unsafeMake<void>(FiberId.none)
  const giveWay = () => Deferred.unsafeDone(way, Exit.void)
  const attempt = Effect.suspend(() => {
    if (token === undefined) return Effect.void
    // Ended here: what it replaced is dead, and must not be there for a program that enters the section before the sign-out does.
    if (memory.epoch !== epoch) return Option.isNone(over) ? Effect.void : store.remove(key, over.value)
    if (memory.token !== token) return Effect.void
    return Effect.flatMap(save(deps, token, over), (saved) => settled(deps, memory, token, saved, epoch))
  }).pipe(Effect.asVoid, Effect.uninterruptible)
  return Effect.acquireUseRelease(
    Effect.sync(() => {
      memory.giveWay = giveWay
      return deps.flights.onClosing(giveWay)
    }),
    () =>
      begun.pipe(
        Effect.zipRight(Effect.raceFirst(persisting(attempt, PAUSES[0], KEPT), Deferred.await(way))),
        Effect.zipRight(Effect.whenEffect(Effect.ignore(attempt), Deferred.isDone(way)))
      ),
    (forget) => Effect.sync(forget)
  )
}

/** What an attempt found: it is saved, or the record is another's, which is then what this program goes on with. */
const settled = (deps: Deps, memory: SessionMemory, token: Token.Token, saved: boolean, epoch: number) =>
  Effect.gen(function* () {
    const { key, store } = deps
    const isOver = () => memory.epoch !== epoch
    // A sign-out or a sign-in came between: it has had what was held revoked.
    if (isOver()) return saved ? yield* Effect.ignore(store.remove(key, token)) : undefined
    if (saved) return memory.saved(token)
    const found = yield* store.read(key)
    if (isOver()) return
    memory.follow(Option.getOrUndefined(found))
    yield* discard(deps, token, undefined)
  })

/**
 * Puts the token that is held back into a store that has an older one of its chain, over that and nothing else. No lock is
 * needed: a program that renews the older one is refused, and then finds this. If it fails, the next renewal saves.
 */
export const putBack = (deps: Deps, memory: SessionMemory, found: Token.Token | undefined): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { epoch, token } = memory
    if (token === undefined || found === undefined || !isSuccessor(token, found)) return
    const written = yield* Effect.orElseSucceed(deps.store.write(deps.key, token, Option.some(found)), () => false)
    if (!written) return
    // A sign-out or a sign-in came between: what was put there is no longer wanted.
    if (memory.epoch !== epoch) return yield* Effect.ignore(deps.store.remove(deps.key, token))
    memory.saved(token)
    yield* Effect.logWarning("The store had gone back in time; it has the newest token again.")
  }).pipe(Effect.uninterruptible)

/** Removes a pair that is dead by proof, and what it replaced, where the store has gone back to that. */
export const bury = (
  { key, store }: Deps,
  token: Token.Token,
  found: Option.Option<Token.Token>
): Effect.Effect<void> => {
  const older = Option.filter(found, (before) => isSuccessor(token, before))
  return Effect.zipRight(
    store.remove(key, token),
    Option.isSome(older) ? store.remove(key, older.value) : Effect.void
  ).pipe(
    Effect.asVoid,
    Effect.catchAll((error) => Effect.logWarning(`A dead token could not be removed. ${error.message}`))
  )
}

/** Removes what is stored and revokes what is not wanted, which nothing waits for. */
export const discard = (
  { flights, issuer, key, store }: Deps,
  token: Token.Token,
  stored: Token.Token | undefined
): Effect.Effect<void> =>
  Effect.zipRight(
    stored === undefined ? Effect.void : Effect.ignore(store.remove(key, stored)),
    flights.start(Effect.ignore(issuer.revoke(token)))
  )
