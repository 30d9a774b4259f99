/** How another token is obtained: adopted from the store, renewed, or granted anew; one at a time for a key. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as AuthError from "../../AuthError.js"
import type { Credential } from "../../Credential.js"
import * as Token from "../../Token.js"
import { ended } from "./ending.js"
import { type SessionMemory, satisfies, type TokenRequest } from "./memory.js"
import { bury, discard, putBack, save as saveOver, saveAgain } from "./keeping.js"
import { credentialOf, isFor, type SilentCredential, silentCredential } from "./silentCredential.js"
import { granted, type Deps, unrenewable } from "./deps.js"
import { alone } from "./waiting.js"
import { Backoff } from "./backoff.js"

/** How a renewal ended well. */
export interface Obtained {
  readonly token: Token.Token
  readonly outcome: "adopted" | "granted" | "renewed" | "superseded"
  /** What to save a renewed token over, where that failed. */
  readonly over?: Option.Option<Token.Token> | undefined
}

/** What a session knows of its renewals so far. There is one under way at a time. */
export interface Renewals {
  readonly deps: Deps
  readonly memory: SessionMemory
  readonly backoff: Backoff
  /** A credential of the silent source that was refused; the application holds it anyway. */
  refused: Credential | undefined
  /** The token whose renewal may have happened without our learning of it. */
  uncertain: Token.Token | undefined
  /** Whether the renewal under way has asked the issuer. The session says false when it starts one. */
  isSent: boolean
}

export const make = (deps: Deps, memory: SessionMemory): Renewals => ({
  deps,
  memory,
  backoff: new Backoff(),
  refused: undefined,
  uncertain: undefined,
  isSent: false
})

/** One attempt: what is wanted, what the application offers for it, and the `epoch` of the session it was begun in. */
interface Attempt {
  readonly renewals: Renewals
  readonly request: TokenRequest
  readonly silent: SilentCredential
  readonly epoch: number
}

/** What a new token is the renewal of. */
interface Renewed {
  readonly replaced: Token.Token
  readonly over: Option.Option<Token.Token>
}

type Result = Effect.Effect<Obtained, AuthError.AuthError>

/** Whether a sign-in or a sign-out came since the attempt was begun: that is the later wish. */
const isOver = ({ epoch, renewals }: Attempt): boolean => renewals.memory.epoch !== epoch

/** As it is wanted, at the `epoch` it was asked for. What could not be saved is `served`, and saved before others may renew. */
export const obtain = (
  renewals: Renewals,
  request: TokenRequest,
  epoch: number,
  served: (obtained: Obtained) => Effect.Effect<void>
): Result =>
  Effect.gen(function* () {
    const { memory, deps } = renewals
    const attempt: Attempt = { renewals, request, epoch, silent: yield* silentCredential(deps) }
    const known = credentialOf(attempt.silent)
    // An existing token that the application supplies beats what is stored, and is never stored.
    if (known?._tag === "AccessToken") return yield* present(attempt, known)
    const first = yield* adopt(attempt, request)
    if (first.adopted !== undefined) return first.adopted
    const section = Effect.gen(function* () {
      const again = yield* adopt(attempt, request)
      const obtained = again.adopted ?? (yield* issue(attempt, again))
      if (obtained.over !== undefined) yield* saveAgain(deps, memory, obtained.over, served(obtained))
      return obtained
    })
    return yield* alone(deps, section, adopt(attempt, request))
  })

/** Reads the store; takes what is there if it is good, ours, and not what was rejected. */
const adopt = (attempt: Attempt, request: TokenRequest) =>
  Effect.gen(function* () {
    const { memory, deps } = attempt.renewals
    const found = yield* deps.store.read(deps.key)
    const saved = Option.getOrUndefined(found)
    // What the other one left is not ours to renew, and its pair not ours to end.
    if (isOver(attempt)) return { adopted: yield* superseded(memory), stored: saved, found }
    // Another program ended the session.
    if (saved === undefined && memory.stored) memory.drop()
    const unsaved = memory.isAhead(saved)
    const stored = unsaved ? memory.token : saved
    const now = yield* Clock.currentTimeMillis
    const good =
      stored !== undefined &&
      satisfies(stored, request) &&
      isFor(stored, attempt.silent) &&
      !Token.mustRenew(stored, now, deps.windows)
    // A token that is about to be renewed early must not be "adopted" from the store it was read from.
    const isCurrent = stored !== undefined && memory.token !== undefined && Token.isSame(stored, memory.token)
    const early = isCurrent && request.token === undefined && Token.shouldRenew(stored, now, deps.windows)
    if (!good || early) return { adopted: undefined, stored, found }
    memory.hold(stored, !unsaved)
    if (unsaved) yield* putBack(deps, memory, saved)
    return { adopted: { token: stored, outcome: "adopted" } satisfies Obtained, stored, found }
  })

/** Asks the issuer. Runs alone for its key. */
const issue = (attempt: Attempt, { found, stored }: Effect.Effect.Success<ReturnType<typeof adopt>>): Result =>
  Effect.gen(function* () {
    const { silent, renewals, request } = attempt
    if (stored?.refreshToken === undefined || !isFor(stored, silent)) {
      return yield* grant(attempt, yield* unrenewable(renewals.deps, stored))
    }
    const renewed = yield* Effect.either(renew(attempt, { replaced: stored, over: found }))
    if (Either.isRight(renewed)) return renewed.right
    if (renewed.left._tag !== "SessionExpired") return yield* renewed.left
    // Refused, but did another program, which no lock of this store reaches, renew it a moment earlier?
    const elsewhere = yield* adopt(attempt, { token: stored, claims: request.claims })
    if (elsewhere.adopted !== undefined) return elsewhere.adopted
    return yield* grant(attempt, yield* endSession(attempt, stored, found, renewed.left))
  })

const renew = (attempt: Attempt, of: Renewed): Result =>
  Effect.gen(function* () {
    const { renewals, request } = attempt
    const { issuer } = renewals.deps
    const about = { token: of.replaced, claims: request.claims }
    yield* renewals.backoff.unattended(about)
    // A call that is left out for the issuer's sake makes nothing uncertain.
    const call = Effect.tapErrorTag(issuer.renew(of.replaced, { claims: request.claims }), "RenewalUncertain", () =>
      Effect.sync(() => (renewals.uncertain = of.replaced))
    )
    const renewed = yield* send(attempt, call, of).pipe(
      Effect.tapErrorTag("InteractionRequired", (error) => renewals.backoff.awaitPerson(about, error))
    )
    renewals.uncertain = undefined
    return renewed
  })

/** Signs in again with what the application supplied for that; fails as `otherwise` if it supplied nothing. */
const grant = (attempt: Attempt, otherwise: AuthError.AuthError): Result =>
  Effect.gen(function* () {
    const { renewals } = attempt
    const credential = yield* attempt.silent
    if (Option.isNone(credential)) return yield* otherwise
    if (renewals.refused !== undefined && Equal.equals(renewals.refused, credential.value)) {
      return yield* new AuthError.CredentialRejected({
        reason: "AlreadyRejected",
        server: renewals.deps.issuer.server
      })
    }
    return yield* send(attempt, granted(renewals.deps, credential.value)).pipe(
      Effect.tapErrorTag("CredentialRejected", () => Effect.sync(() => (renewals.refused = credential.value)))
    )
  })

/** Takes the token that the application supplies. */
const present = (attempt: Attempt, credential: Credential): Result =>
  Effect.gen(function* () {
    const { issuer } = attempt.renewals.deps
    const { token: rejected } = attempt.request
    const token = yield* issuer.grant(credential)
    if (rejected !== undefined && Token.isSame(token, rejected)) {
      return yield* new AuthError.SessionExpired({ reason: "NotRenewable", server: issuer.server })
    }
    if (isOver(attempt)) return yield* discarded(attempt, token, undefined)
    attempt.renewals.memory.hold(token, false)
    return { token, outcome: "granted" }
  })

/**
 * Sends and saves as one step: only the sending can be interrupted, and by nothing but the end of the session's scope,
 * so an answer that has arrived is always saved. `of`: what it is the renewal of.
 */
const send = (attempt: Attempt, call: Effect.Effect<Token.Token, AuthError.AuthError>, of?: Renewed): Result => {
  const { renewals } = attempt
  const sent = Effect.flatMap(
    Effect.sync(() => (renewals.isSent = true)),
    () => call
  )
  return Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(restore(renewals.backoff.observed(sent)), (token) => land(attempt, token, of))
  )
}

/** Saves and holds a new token, unless the session has ended or become another user's meanwhile. */
const land = (attempt: Attempt, token: Token.Token, of: Renewed | undefined): Result =>
  Effect.gen(function* () {
    const { memory, deps } = attempt.renewals
    if (isOver(attempt)) return yield* discarded(attempt, token, of?.replaced)
    const saved = yield* Effect.either(saveOver(deps, token, of?.over))
    if (Either.isLeft(saved)) {
      yield* Effect.logWarning(`A renewed token could not be saved and lives in memory only. ${saved.left.message}`)
    }
    const isSaved = Either.isRight(saved)
    if (isSaved && !saved.right) return yield* overtaken(attempt, token)
    if (isOver(attempt)) return yield* discarded(attempt, token, isSaved ? token : of?.replaced)
    memory.hold(token, isSaved, of === undefined ? undefined : attempt.request.claims)
    return { token, outcome: of === undefined ? "granted" : "renewed", over: isSaved ? undefined : of?.over }
  })

/**
 * A pair that will not be used must not live on at the server, and what is dead by that must not stay for the next program to
 * renew: it may come to the lock before the sign-out does.
 */
const discarded = (attempt: Attempt, token: Token.Token, stored: Token.Token | undefined): Result =>
  Effect.zipRight(discard(attempt.renewals.deps, token, stored), superseded(attempt.renewals.memory))

/** A program that could not wait for the lock signed out, or signed in, while this was sent: that is the later wish. */
const overtaken = (attempt: Attempt, token: Token.Token): Result =>
  Effect.gen(function* () {
    const { memory, deps } = attempt.renewals
    const found = Option.getOrUndefined(yield* Effect.orElseSucceed(deps.store.read(deps.key), Option.none))
    if (!isOver(attempt)) memory.follow(found)
    return yield* discarded(attempt, token, undefined)
  })

/** What the session has by a later wish, or that it has ended. */
const superseded = (memory: SessionMemory): Result =>
  Effect.suspend(() =>
    memory.token === undefined
      ? Effect.fail(new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" }))
      : Effect.succeed({ token: memory.token, outcome: "superseded" as const })
  )

/** The issuer's refusal is proof: the pair is removed. Says what ended, as far as clocks can tell. */
const endSession = (
  attempt: Attempt,
  token: Token.Token,
  found: Option.Option<Token.Token>,
  proof: AuthError.SessionExpired
) =>
  Effect.gen(function* () {
    const { memory, deps, uncertain } = attempt.renewals
    yield* bury(deps, token, found)
    if (!isOver(attempt)) memory.drop()
    const lost = uncertain !== undefined && Token.isSame(uncertain, token)
    return ended(token, proof, deps.issuer.lifetimes, yield* Clock.currentTimeMillis, lost)
  })
