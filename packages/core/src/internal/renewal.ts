/** How another token is obtained: adopted from the store, renewed, or granted anew; one at a time for a key. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as AuthError from "../AuthError.js"
import type { Credential } from "../Credential.js"
import * as Token from "../Token.js"
import { reasonOf } from "./ending.js"
import { type Held, isWanted, type Wanted } from "./held.js"
import { credentialOf, isFor, type Offer, offerOf } from "./offer.js"
import { granted, type Parts, unrenewable } from "./parts.js"
import { Restraint } from "./restraint.js"

/** How a renewal ended well. */
export interface Obtained {
  readonly token: Token.Token
  readonly outcome: "adopted" | "granted" | "renewed" | "superseded"
}

/** What a new token is the renewal of. */
interface Renewed {
  readonly claims: string | undefined
  readonly replaced: Token.Token
  /** What the store had when it was looked at under the lock. */
  readonly over: Option.Option<Token.Token>
}

/** A token that may be renewed, and what the store had for it. */
interface Stored {
  readonly stored: Token.Token | undefined
  readonly found: Option.Option<Token.Token>
}

export class Renewal {
  readonly #parts: Parts
  readonly #held: Held
  /** A credential of the silent source that was refused; the application holds it anyway. */
  #refused: Credential | undefined
  /** The token whose renewal may have happened without our learning of it. */
  #uncertain: Token.Token | undefined
  readonly #restraint = new Restraint()
  /** Whether the renewal under way has asked the issuer. There is one at a time, and who starts it says false. */
  isSent = false

  constructor(parts: Parts, held: Held) {
    this.#parts = parts
    this.#held = held
  }

  /** A token as it is wanted; `epoch` is that of the moment it was asked for. */
  obtain(wanted: Wanted, epoch: number): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { key, store } = this.#parts
      const offer = yield* offerOf(this.#parts)
      const offered = credentialOf(offer)
      // An existing token that the application supplies beats what is stored, and is never stored.
      if (offered?._tag === "AccessToken") return yield* this.#present(offered, wanted.token, epoch)
      const first = yield* this.#adopt(wanted, offer, epoch)
      if (first.adopted !== undefined) return first.adopted
      return yield* store.exclusive(key)(
        Effect.gen(this, function* () {
          const again = yield* this.#adopt(wanted, offer, epoch)
          return again.adopted ?? (yield* this.#issue(again, wanted, offer, epoch))
        })
      )
    })
  }

  /** Reads the store; takes what is there if it is good, ours, and not what was rejected. */
  #adopt(wanted: Wanted, offer: Offer, epoch: number) {
    return Effect.gen(this, function* () {
      const { key, store, windows } = this.#parts
      const held = this.#held
      const found = yield* store.read(key)
      const saved = Option.getOrUndefined(found)
      // Somebody signed in or out while this waited: what they left is not ours to renew, and its pair not ours to end.
      if (held.epoch !== epoch) return { adopted: yield* this.#superseded(), stored: saved, found }
      // Another program ended the session.
      if (saved === undefined && held.stored) held.drop()
      const unsaved = held.isAhead(saved)
      const stored = unsaved ? held.token : saved
      const now = yield* Clock.currentTimeMillis
      const good =
        stored !== undefined &&
        isWanted(stored, wanted) &&
        isFor(stored, offer) &&
        !Token.mustRenew(stored, now, windows)
      // A token that is about to be renewed early must not be "adopted" from the store it was read from.
      const isHeld = stored !== undefined && held.token !== undefined && Token.isSame(stored, held.token)
      const early = isHeld && wanted.token === undefined && Token.shouldRenew(stored, now, windows)
      if (!good || early) return { adopted: undefined, stored, found }
      held.hold(stored, !unsaved)
      return { adopted: { token: stored, outcome: "adopted" } satisfies Obtained, stored, found }
    })
  }

  /** Asks the issuer. Runs alone for its key. */
  #issue(
    { found, stored }: Stored,
    { claims }: Wanted,
    offer: Offer,
    epoch: number
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      if (stored?.refreshToken !== undefined && isFor(stored, offer)) {
        const renewed = yield* Effect.either(this.#renew({ replaced: stored, claims, over: found }, epoch))
        if (Either.isRight(renewed)) return renewed.right
        if (renewed.left._tag !== "SessionExpired") return yield* renewed.left
        // Refused, but did another program, which no lock of this store reaches, renew it a moment earlier?
        const elsewhere = yield* this.#adopt({ token: stored, claims }, offer, epoch)
        if (elsewhere.adopted !== undefined) return elsewhere.adopted
        const end = yield* this.#buried(stored, renewed.left, epoch)
        return yield* this.#grant(offer, epoch, end)
      }
      return yield* this.#grant(offer, epoch, yield* unrenewable(this.#parts, stored))
    })
  }

  #renew(of: Renewed, epoch: number) {
    return Effect.gen(this, function* () {
      const { claims, replaced: token } = of
      yield* this.#restraint.unattended({ token, claims })
      // A call that is left out for the issuer's sake makes nothing uncertain.
      const call = Effect.tapErrorTag(this.#parts.issuer.renew(token, { claims }), "RenewalUncertain", () =>
        Effect.sync(() => (this.#uncertain = token))
      )
      const renewed = yield* this.#send(call, "renewed", epoch, of).pipe(
        Effect.tapErrorTag("InteractionRequired", (error) => this.#restraint.awaitPerson({ token, claims }, error))
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
    of?: Renewed
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    const sent = Effect.flatMap(
      Effect.sync(() => (this.isSent = true)),
      () => call
    )
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(this.#restraint.observed(sent)), (token) => this.#land(token, outcome, epoch, true, of))
    )
  }

  /** Saves and holds a new token, unless the session has ended or become somebody else's meanwhile. */
  #land(
    token: Token.Token,
    outcome: "granted" | "renewed",
    epoch: number,
    save: boolean,
    of?: Renewed
  ): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { key, store } = this.#parts
      if (this.#held.epoch !== epoch) return yield* this.#discard(token, of?.replaced)
      const saved = save && (yield* Effect.either(store.write(key, token, of?.over)))
      if (saved && Either.isLeft(saved)) {
        yield* Effect.logWarning(`A renewed token could not be saved and lives in memory only. ${saved.left.message}`)
      }
      const isSaved = saved && Either.isRight(saved)
      if (isSaved && !saved.right) return yield* this.#overtaken(token, epoch)
      if (this.#held.epoch !== epoch) return yield* this.#discard(token, isSaved ? token : of?.replaced)
      this.#held.hold(token, isSaved, of?.claims)
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

  /** Somebody who could not wait for the lock signed out, or signed in, while this was sent: that is the later wish. */
  #overtaken(token: Token.Token, epoch: number): Effect.Effect<Obtained, AuthError.AuthError> {
    return Effect.gen(this, function* () {
      const { key, store } = this.#parts
      const found = Option.getOrUndefined(yield* Effect.orElseSucceed(store.read(key), Option.none))
      if (this.#held.epoch === epoch) this.#held.follow(found)
      return yield* this.#discard(token, undefined)
    })
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
      const reason = reasonOf(token, issuer.lifetimes, now, lost)
      const { diagnosis } = proof
      return new AuthError.SessionExpired({ reason, server: issuer.server, ...(diagnosis && { diagnosis }) })
    })
  }
}
