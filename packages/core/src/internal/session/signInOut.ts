/** How a session begins and ends by a caller's wish. Wishes win: what began before them is discarded when it finishes. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as AuthError from "../../AuthError.js"
import type { Credential } from "../../Credential.js"
import type { SignOut } from "../../SessionState.js"
import * as TimeLimit from "../../TimeLimit.js"
import * as Token from "../../Token.js"
import type { SessionMemory } from "./memory.js"
import { apart } from "../apart.js"
import { granted, lacking, type Deps } from "./deps.js"
import * as Telemetry from "../telemetry.js"

/** Signs in with a credential, or with one that the source gives, perhaps by asking a person. */
export const signIn = (
  deps: Deps,
  memory: SessionMemory,
  credential: Credential | undefined
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.suspend(() => {
    const { epoch } = memory
    const presented = credential === undefined ? asked(deps) : Effect.succeed(credential)
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        // Asking, granting and waiting may be interrupted, saving what was granted may not.
        const token = yield* restore(apart(Effect.flatMap(presented, (given) => granted(deps, given))))
        const saved = Effect.uninterruptible(replace(deps, memory, token, epoch))
        // The section is wanted here.
        memory.giveWay()
        return yield* Effect.onError(restore(deps.store.exclusive(deps.key)(saved)), () =>
          memory.token === token ? Effect.void : forget(deps, token)
        )
      })
    )
  }).pipe(Telemetry.observeSignIn(deps.issuer.server))

const asked = (deps: Deps): Effect.Effect<Credential, AuthError.AuthError> =>
  Effect.flatMap(
    deps.source.interactive({ server: deps.issuer.server, principal: deps.key.principal }),
    Option.match({
      onNone: () =>
        Effect.flatMap(lacking(deps), (what) => {
          const detail = what === "" ? "no credential was given, and the source has none" : what
          return new AuthError.CredentialRequired({ reason: "NotSignedIn", detail })
        }),
      onSome: Effect.succeed
    })
  )

/** A pair that will not be used must not live on at the server; no caller waits for that. */
const forget = ({ flights, issuer }: Deps, token: Token.Token): Effect.Effect<void> =>
  flights.start(Effect.ignore(issuer.revoke(token)))

/** Puts a granted token in place of what was there, and has that revoked. Runs alone for its key. */
const replace = (
  deps: Deps,
  memory: SessionMemory,
  token: Token.Token,
  epoch: number
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const before = yield* Effect.orElseSucceed(deps.store.read(deps.key), Option.none)
    if (memory.epoch === epoch) {
      yield* deps.store.write(deps.key, token)
      // Also where a sign-out came meanwhile: it finds this pair in the store, and not the one before.
      if (Option.isSome(before) && !Token.isSame(before.value, token)) yield* forget(deps, before.value)
    }
    if (memory.epoch === epoch) {
      memory.epoch++
      memory.hold(token, true)
      return token
    }
    if (memory.token !== undefined && memory.token.principal === token.principal) {
      // The same user signed in twice at the same moment: one session is enough for both.
      yield* forget(deps, token)
      return memory.token
    }
    // Another user signed in, or the session was ended: that is the later wish.
    const detail = "another sign-in or sign-out came first"
    return yield* new AuthError.CredentialRequired({ reason: "SignedOut", detail })
  })

/** Ends a session: in memory at once, then in the store, then at the server if it can be reached. */
export const signOut = (deps: Deps, memory: SessionMemory): Effect.Effect<SignOut, AuthError.StoreUnavailable> =>
  Effect.suspend(() => {
    const { key, store } = deps
    const inMemory = memory.token
    const epoch = ++memory.epoch
    memory.ended = true
    memory.drop()
    memory.giveWay()
    // Kept here, since patience may end after the removal, in giving back the lock, and then the second look finds nothing.
    const forgotten = store.forget?.(key)
    let inStore = forgotten
    const stored = Effect.orElseSucceed(store.read(key), Option.none<Token.Token>)
    // A sign-in here while this waited for the lock is the later wish, and has had the session before revoked.
    const isOver = () => memory.epoch !== epoch
    const locked = Effect.flatMap(stored, (found) =>
      isOver()
        ? Effect.void
        : // Also where it cannot be removed: what cannot be forgotten here must be dead at the server.
          Effect.ensuring(
            Effect.asVoid(store.remove(key)),
            Effect.sync(() => void (inStore = Option.getOrElse(found, () => inStore)))
          )
    )
    const unlocked = Effect.uninterruptible(removedAlone(deps, isOver, (token) => (inStore = token)))
    // Without the lock rather than not at all, or long after: the local end always happens. A renewal that holds the lock
    // finds the session ended and saves nothing.
    const removed = store
      .exclusive(key)(Effect.uninterruptible(locked))
      .pipe(
        TimeLimit.timeoutFail({ duration: LOCK_TIMEOUT, onTimeout: () => undefined }),
        Effect.catchAll(() => unlocked)
      )
    const ended = Effect.suspend(() => revokeAll(deps, inMemory, inStore))
    // A session that is forgotten already is reported at once: a person may leave the page in the next moment.
    const telling = forgotten === undefined ? Effect.succeed(ended) : Effect.map(Effect.fork(ended), Fiber.join)
    return Effect.flatMap(telling, (report) =>
      Effect.flatMap(Effect.either(removed), (result) =>
        Effect.zipRight(
          // What was put there after that is a pair that will not be used.
          forgotten === undefined || inStore === undefined || inStore === forgotten
            ? Effect.void
            : forget(deps, inStore),
          Effect.flatMap(report, (report) => Effect.as(Either.mapLeft(result, remaining(report)), report))
        )
      )
    )
  }).pipe(Effect.withSpan("Session.signOut", { captureStackTrace: false }))

/** What is left where the record could not be removed, so that people know whether it still opens anything. */
const remaining =
  ({ revocation }: SignOut) =>
  (error: AuthError.StoreUnavailable): AuthError.StoreUnavailable =>
    revocation === "Revoked"
      ? new AuthError.StoreUnavailable({
          operation: error.operation,
          fix: error.fix,
          retryable: error.retryable,
          problem: `${error.problem}; the session was revoked at the server, and its tokens, which are dead, are still there`
        })
      : error

/** Without the lock, another program may renew or sign in meanwhile: the session is ended whatever its pair is, and no other. */
const removedAlone = (
  { key, store }: Deps,
  isOver: () => boolean,
  onRemoved: (token: Token.Token) => void
): Effect.Effect<void, AuthError.StoreUnavailable> => {
  const next = (former: Token.Token | undefined): Effect.Effect<void, AuthError.StoreUnavailable> =>
    Effect.gen(function* () {
      const read = yield* Effect.either(store.read(key))
      if (isOver()) return
      // What cannot be read cannot be named.
      if (Either.isLeft(read)) return void (yield* store.remove(key))
      const found = Option.getOrUndefined(read.right)
      if (found === undefined || (former !== undefined && !Token.isSameChain(found, former))) return
      const removal = Effect.tapError(store.remove(key, found), () => Effect.sync(() => onRemoved(found)))
      if (yield* removal) return onRemoved(found)
      yield* next(found)
    })
  return next(undefined)
}

/** How long a sign-out waits for a renewal under way. */
const LOCK_TIMEOUT = "5 seconds"

/** Tells the issuer of every pair that was found. */
const revokeAll = (
  { issuer }: Deps,
  inMemory: Token.Token | undefined,
  inStore: Token.Token | undefined
): Effect.Effect<SignOut> => {
  const same = inMemory !== undefined && inStore !== undefined && Token.isSame(inMemory, inStore)
  const pairs = [inMemory, same ? undefined : inStore].filter((pair) => pair !== undefined)
  const renewable = pairs.filter((pair) => pair.refreshToken !== undefined)
  const wasSignedIn = pairs.length > 0
  if (renewable.length === 0) {
    return Effect.succeed({ wasSignedIn, revocation: "NothingToRevoke", error: undefined })
  }
  if (!issuer.canRevoke) return Effect.succeed({ wasSignedIn, revocation: "NotSupported", error: undefined })
  return Effect.map(
    Effect.forEach(renewable, (pair) => Effect.either(issuer.revoke(pair))),
    (answers) => {
      const error = answers.find(Either.isLeft)?.left
      return { wasSignedIn, revocation: error === undefined ? "Revoked" : "Unreachable", error }
    }
  )
}
