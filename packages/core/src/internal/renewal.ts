/** How another token is obtained: adopted from the store, renewed, or granted anew; one at a time for a key. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as AuthError from "../AuthError.js"
import { type Credential, needsPerson } from "../Credential.js"
import * as Token from "../Token.js"
import type { Held, Wanted } from "./held.js"
import { granted, type Parts } from "./parts.js"
import { Restraint } from "./restraint.js"

/** How a renewal ended well. */
export interface Obtained {
  readonly token: Token.Token
  readonly outcome: "adopted" | "granted" | "renewed" | "superseded"
}

/** What a new token is the renewal of. */
interface Renewed {
  readonly claims?: string | undefined
  readonly replaced?: Token.Token
}

type Offer = Either.Either<Option.Option<Credential>, AuthError.AuthError>

export class Renewal {
  readonly #parts: Parts
  readonly #held: Held
  /** A credential of the silent source that was refused; the application holds it anyway. */
  #refused: Credential | undefined
  /** The token whose renewal may have happened without our learning of it. */
  #uncertain: Token.Token | undefined
  readonly #restraint = new Restraint()

  constructor(parts: Parts, held: Held) {
    this.#parts = parts
    this.#held = held
  }

  /** A token as it is wanted; `epoch` is that of the moment it was asked for. */
  obtain(wanted: Wanted, epoch: number): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { issuer, key, source, store } = this.#parts
      const offer = yield* Effect.either(
        // Some credentials ask a person, and nothing but a sign-in does that.
        Effect.map(
          source.silent({ server: issuer.server, principal: key.principal }),
          Option.filter((credential) => !needsPerson(credential))
        )
      )
      // An existing token that the application supplies beats what is stored, and is never stored.
      if (Either.isRight(offer) && Option.isSome(offer.right) && offer.right.value._tag === "AccessToken") {
        return yield* this.#present(offer.right.value, wanted.token, epoch)
      }
      const found = yield* this.#adopt(wanted, offer, epoch)
      if (found.adopted !== undefined) return found.adopted
      return yield* store.exclusive(key)(
        Effect.gen(this, function* () {
          const again = yield* this.#adopt(wanted, offer, epoch)
          return again.adopted ?? (yield* this.#issue(again.stored, wanted.claims, offer, epoch))
        })
      )
    })
  }

  /** Reads the store; takes what is there if it is good, ours, and not what was rejected. */
  #adopt({ claims, token: rejected }: Wanted, offer: Offer, epoch: number) {
    return Effect.gen(this, function* () {
      const { key, store, windows } = this.#parts
      const held = this.#held
      const found = Option.getOrUndefined(yield* store.read(key))
      // Somebody signed in or out while this waited: what they left is not ours to renew, and its pair not ours to end.
      if (held.epoch !== epoch) return { adopted: yield* this.#superseded(), stored: found }
      // A token that could not be saved is newer than what the store has, unless somebody signed in since.
      const unsaved = held.token !== undefined && !held.stored && held.token.obtainedAt >= (found?.obtainedAt ?? 0)
      const stored = unsaved ? held.token : found
      const now = yield* Clock.currentTimeMillis
      const good =
        stored !== undefined &&
        // Nobody knows what a stored token was got for.
        claims === undefined &&
        !Token.mustRenew(stored, now, windows) &&
        !(rejected !== undefined && Token.isSame(stored, rejected)) &&
        isFor(stored, offer)
      // A token that is about to be renewed early must not be "adopted" from the store it was read from.
      const early = good && rejected === undefined && held.token !== undefined && Token.isSame(stored, held.token)
      if (!good || early) return { adopted: undefined, stored }
      held.hold(stored, !unsaved)
      return { adopted: { token: stored, outcome: "adopted" } satisfies Obtained, stored }
    })
  }

  /** Asks the issuer. Runs alone for its key. */
  #issue(
    stored: Token.Token | undefined,
    claims: string | undefined,
    offer: Offer,
    epoch: number
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { issuer } = this.#parts
      if (stored?.refreshToken !== undefined && isFor(stored, offer)) {
        const renewed = yield* Effect.either(this.#renew(stored, claims, epoch))
        if (Either.isRight(renewed)) return renewed.right
        if (renewed.left._tag !== "SessionExpired") return yield* renewed.left
        // Refused, but did another program, which no lock of this store reaches, renew it a moment earlier?
        const elsewhere = yield* this.#adopt({ token: stored, claims }, offer, epoch)
        if (elsewhere.adopted !== undefined) return elsewhere.adopted
        const end = yield* this.#buried(stored, renewed.left, epoch)
        return yield* this.#grant(offer, epoch, end)
      }
      const none =
        stored === undefined
          ? new AuthError.CredentialRequired({ reason: "NotSignedIn", detail: "" })
          : new AuthError.SessionExpired({ reason: "NotRenewable", server: issuer.server })
      return yield* this.#grant(offer, epoch, none)
    })
  }

  #renew(token: Token.Token, claims: string | undefined, epoch: number) {
    return Effect.gen(this, function* () {
      yield* this.#restraint.unattended({ token, claims })
      const call = this.#parts.issuer.renew(token, { claims })
      const renewed = yield* this.#send(call, "renewed", epoch, { claims, replaced: token }).pipe(
        Effect.tapErrorTag("InteractionRequired", (error) => this.#restraint.awaitPerson({ token, claims }, error)),
        Effect.tapErrorTag("RenewalUncertain", () => Effect.sync(() => (this.#uncertain = token)))
      )
      this.#uncertain = undefined
      return renewed
    })
  }

  /** Signs in again with what the application supplied for that; fails as `otherwise` if it supplied nothing. */
  #grant(offer: Offer, epoch: number, otherwise: AuthError.AuthError): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { issuer } = this.#parts
      const credential = yield* offer
      if (Option.isNone(credential)) return yield* otherwise
      if (this.#refused !== undefined && Equal.equals(this.#refused, credential.value)) {
        return yield* new AuthError.CredentialRejected({ reason: "NotSentAgain", server: issuer.server })
      }
      return yield* this.#send(granted(this.#parts, credential.value), "granted", epoch).pipe(
        Effect.tapErrorTag("CredentialRejected", () => Effect.sync(() => (this.#refused = credential.value)))
      )
    })
  }

  #present(credential: Credential, rejected: Token.Token | undefined, epoch: number) {
    return Effect.gen(this, function* () {
      const { issuer } = this.#parts
      const token = yield* issuer.grant(credential)
      if (rejected !== undefined && Token.isSame(token, rejected)) {
        return yield* new AuthError.SessionExpired({ reason: "NotRenewable", server: issuer.server })
      }
      return yield* this.#land(token, "granted", epoch, false)
    })
  }

  /**
   * Sends and saves as one step: only the sending can be interrupted, and by nothing but the end of the session's scope,
   * so an answer that has arrived is always saved.
   */
  #send(
    call: Effect.Effect<Token.Token, AuthError.AuthError>,
    outcome: "granted" | "renewed",
    epoch: number,
    of: Renewed = {}
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.uninterruptibleMask((restore) =>
      restore(Effect.zipRight(this.#restraint.rested, call)).pipe(
        Effect.tapErrorTag("ServerUnavailable", (cause) => this.#restraint.rest(cause)),
        Effect.flatMap((token) => this.#land(token, outcome, epoch, true, of))
      )
    )
  }

  /** Saves and holds a new token, unless the session has ended or become somebody else's meanwhile. */
  #land(
    token: Token.Token,
    outcome: "granted" | "renewed",
    epoch: number,
    save: boolean,
    { claims, replaced }: Renewed = {}
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { key, store } = this.#parts
      if (this.#held.epoch !== epoch) return yield* this.#discard(token, replaced)
      const saved = save && (yield* Effect.either(store.write(key, token)))
      if (saved && Either.isLeft(saved)) {
        yield* Effect.logWarning(`A renewed token could not be saved and lives in memory only. ${saved.left.message}`)
      }
      const isSaved = saved && Either.isRight(saved)
      if (this.#held.epoch !== epoch) return yield* this.#discard(token, isSaved ? token : replaced)
      this.#held.hold(token, isSaved, claims)
      return { token, outcome }
    })
  }

  /**
   * A pair nobody will use must not live on at the server, and what is dead by that must not stay for the next program to
   * renew: it may come to the lock before the sign-out does.
   */
  #discard(token: Token.Token, stored: Token.Token | undefined): Effect.Effect<Obtained, AuthError.AuthError> {
    const { flights, issuer, key, store } = this.#parts
    const removed = stored === undefined ? Effect.void : Effect.ignore(store.remove(key, stored))
    const revoked = flights.start(Effect.ignore(issuer.revoke(token)))
    return Effect.zipRight(Effect.zipRight(removed, revoked), this.#superseded())
  }

  #superseded(): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.suspend(() =>
      this.#held.token === undefined
        ? Effect.fail(new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" }))
        : Effect.succeed({ token: this.#held.token, outcome: "superseded" as const })
    )
  }

  /** The issuer's refusal is proof: the pair is removed. Says what ended, as far as clocks can tell. */
  #buried(token: Token.Token, proof: AuthError.SessionExpired, epoch: number) {
    return Effect.gen(this, function* () {
      const { issuer, key, store } = this.#parts
      yield* Effect.catchAll(store.remove(key, token), (error) =>
        Effect.logWarning(`A dead token could not be removed. ${error.message}`)
      )
      if (this.#held.epoch === epoch) this.#held.drop()
      if (proof.reason !== "Refused") return proof
      const now = yield* Clock.currentTimeMillis
      const lost = this.#uncertain !== undefined && Token.isSame(this.#uncertain, token)
      const passed = (end: number | undefined) => end !== undefined && now >= end
      const reason = lost
        ? "LostAnswer"
        : passed(Token.chainEndsAt(token, issuer.lifetimes))
          ? "ChainEnded"
          : passed(Token.idleEndsAt(token, issuer.lifetimes))
            ? "Idle"
            : "Refused"
      const { diagnosis } = proof
      return new AuthError.SessionExpired({ reason, server: issuer.server, ...(diagnosis && { diagnosis }) })
    })
  }
}

/** Whether a stored token is of the user whom the application signs in. */
const isFor = (token: Token.Token, offer: Offer): boolean => {
  const credential = Option.getOrUndefined(Option.flatten(Either.getRight(offer)))
  if (credential?._tag !== "UsernamePassword" || token.principal === undefined) return true
  return credential.username.toLowerCase() === token.principal.toLowerCase()
}
