/** How a session begins and ends by somebody's wish. Wishes win: what began before them is discarded when it finishes. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as AuthError from "../AuthError.js"
import type { Credential } from "../Credential.js"
import type { SignOut } from "../SessionState.js"
import * as Token from "../Token.js"
import type { Held } from "./held.js"
import { granted, lacking, type Parts } from "./parts.js"
import * as Telemetry from "./telemetry.js"

/** Signs in with a credential, or with one that the source gives, perhaps by asking a person. */
export const signIn = (
  parts: Parts,
  held: Held,
  credential: Credential | undefined
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.suspend(() => {
    const { epoch } = held
    const presented = credential === undefined ? asked(parts) : Effect.succeed(credential)
    return Effect.uninterruptibleMask((restore) =>
      // Asking and granting may be interrupted, saving what was granted may not.
      Effect.flatMap(restore(Effect.flatMap(presented, (given) => granted(parts, given))), (token) =>
        Effect.tapError(parts.store.exclusive(parts.key)(replace(parts, held, token, epoch)), () =>
          forget(parts, token)
        )
      )
    )
  }).pipe(Telemetry.observeSignIn(parts.issuer.server))

const asked = (parts: Parts): Effect.Effect<Credential, AuthError.AuthError> =>
  Effect.flatMap(
    parts.source.interactive({ server: parts.issuer.server, principal: parts.key.principal }),
    Option.match({
      onNone: () =>
        Effect.flatMap(lacking(parts), (what) => {
          const detail = what === "" ? "no credential was given, and the CredentialSource has none" : what
          return new AuthError.CredentialRequired({ reason: "NotSignedIn", detail })
        }),
      onSome: Effect.succeed
    })
  )

/** A pair nobody will use must not live on at the server; nobody waits for that. */
const forget = ({ flights, issuer }: Parts, token: Token.Token): Effect.Effect<void> =>
  flights.start(Effect.ignore(issuer.revoke(token)))

/** Puts a granted token in place of what was there, and has that revoked. Runs alone for its key. */
const replace = (
  parts: Parts,
  held: Held,
  token: Token.Token,
  epoch: number
): Effect.Effect<Token.Token, AuthError.AuthError> =>
  Effect.gen(function* () {
    const before = yield* Effect.orElseSucceed(parts.store.read(parts.key), Option.none)
    if (held.epoch === epoch) {
      yield* parts.store.write(parts.key, token)
      // Also where a sign-out came meanwhile: it finds this pair in the store, and nobody finds the one before.
      if (Option.isSome(before) && !Token.isSame(before.value, token)) yield* forget(parts, before.value)
    }
    if (held.epoch === epoch) {
      held.epoch++
      held.hold(token, true)
      return token
    }
    if (held.token !== undefined && held.token.principal === token.principal) {
      // The same user signed in twice at the same moment: one session is enough for both.
      yield* forget(parts, token)
      return held.token
    }
    // Somebody else signed in, or the session was ended: that is the later wish.
    const detail = "another sign-in or a sign-out came first"
    return yield* new AuthError.CredentialRequired({ reason: "SignedOut", detail })
  })

/** Ends a session: in memory at once, then in the store, then at the server if it can be reached. */
export const signOut = (parts: Parts, held: Held): Effect.Effect<SignOut, AuthError.StoreUnavailable> =>
  Effect.suspend(() => {
    const { key, store } = parts
    const inMemory = held.token
    const epoch = ++held.epoch
    held.ended = true
    held.drop()
    // Kept here, since patience may end after the removal, in giving back the lock, and then the second look finds nothing.
    let inStore: Token.Token | undefined
    const stored = Effect.orElseSucceed(store.read(key), Option.none<Token.Token>)
    // Whoever signed in here while this waited for the lock wished it later, and has had the session before revoked.
    const isOver = () => held.epoch !== epoch
    const locked = Effect.flatMap(stored, (found) =>
      isOver()
        ? Effect.void
        : // Also where it cannot be removed: what cannot be forgotten here must be dead at the server.
          Effect.ensuring(
            Effect.asVoid(store.remove(key)),
            Effect.sync(() => void (inStore = Option.getOrElse(found, () => inStore)))
          )
    )
    const unlocked = Effect.uninterruptible(removedAlone(parts, isOver, (token) => (inStore = token)))
    // Without the lock rather than not at all, or long after: the local end always happens. A renewal that holds the lock
    // finds the session ended and saves nothing.
    const removed = store
      .exclusive(key)(Effect.uninterruptible(locked))
      .pipe(
        Effect.timeout(PATIENCE),
        Effect.catchTags({ StoreUnavailable: () => unlocked, TimeoutException: () => unlocked })
      )
    return Effect.flatMap(Effect.either(removed), (result) =>
      Effect.flatMap(told(parts, inMemory, inStore), (report) =>
        Effect.as(Either.mapLeft(result, remaining(report)), report)
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

/** Without the lock, somebody may renew or sign in meanwhile: the session is ended whatever its pair is, and no other. */
const removedAlone = (
  { key, store }: Parts,
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
const PATIENCE = "5 seconds"

/** Tells the issuer of every pair that was found. */
const told = (
  { issuer }: Parts,
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
    (told) => {
      const error = told.find(Either.isLeft)?.left
      return { wasSignedIn, revocation: error === undefined ? "Revoked" : "NotTold", error }
    }
  )
}
