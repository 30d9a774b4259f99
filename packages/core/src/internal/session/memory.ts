/** What a session holds in memory. Plain fields, changed in single synchronous steps; the fast path reads three of them. */
import * as Exit from "effect/Exit"
import type * as Redacted from "effect/Redacted"
import { State } from "../../SessionState.js"
import * as Token from "../../Token.js"

/** What a caller wants: another token than the rejected one, one got for these claims, or just a good one. */
export interface TokenRequest {
  readonly token: Token.Token | undefined
  readonly claims: string | undefined
}

/** Whether a token from the store may be what is wanted; a store does not tell for which claims it was issued. */
export const satisfies = (token: Token.Token, { claims, token: rejected }: TokenRequest): boolean =>
  claims === undefined && !(rejected !== undefined && Token.isSame(token, rejected))

/** Whether a token is a later one of the same chain of renewals: their numbers say so, and no clock is asked. */
export const isSuccessor = (a: Token.Token, b: Token.Token): boolean =>
  Token.isSameChain(a, b) && a.generation > b.generation

/** Never handed out: without a token `quietUntil` has always passed. */
const NOTHING: Exit.Exit<never> = Exit.die("no token")

export class SessionMemory {
  token: Token.Token | undefined
  /** Whether the store has the token: it has not if saving failed, or if the application supplies the token. */
  stored = false
  /** The claims of a challenge that the token was got for, where it was. */
  claims: string | undefined
  /** Whether anything is known: until the store was looked at, to have no token says nothing. */
  known = false
  /** Signed out here: only a sign-in starts anew. */
  ended = false
  /** Moves with each sign-in and sign-out: whatever began before is discarded when it finishes. */
  epoch = 0
  /** From when and until when, in epoch milliseconds, `served` can be handed out without another look. */
  quietFrom = -Infinity
  quietUntil = -Infinity
  served: Exit.Exit<Token.Token> = NOTHING
  header: Exit.Exit<Redacted.Redacted<string>> = NOTHING
  /** Ends the attempts to save that keep the section of this key, for a caller that needs it here. */
  giveWay: () => void = () => undefined
  readonly #windows: Token.RenewalWindows
  readonly #lifetimes: Token.Lifetimes
  readonly #watchers = new Set<(state: State) => void>()

  constructor(windows: Token.RenewalWindows, lifetimes: Token.Lifetimes) {
    this.#windows = windows
    this.#lifetimes = lifetimes
  }

  hold(token: Token.Token, stored: boolean, claims?: string): void {
    this.known = true
    this.token = token
    this.stored = stored
    this.claims = claims
    this.ended = false
    this.served = Exit.succeed(token)
    this.header = Exit.succeed(token.authorization)
    this.quietFrom = Token.tellableFrom(token)
    this.quietUntil = Token.shouldRenewAt(token, this.#windows)
    this.#publish()
  }

  drop(): void {
    this.known = true
    this.token = undefined
    this.stored = false
    this.claims = undefined
    this.served = NOTHING
    this.header = NOTHING
    this.quietUntil = -Infinity
    this.#publish()
  }

  /**
   * Whether the store is behind. It is where it has gone back in time (a failover, a restored backup). And a token that could
   * not be saved is newer than what the store has, unless a user signed in since.
   */
  isAhead(saved: Token.Token | undefined): boolean {
    const { token } = this
    if (token === undefined) return false
    if (saved !== undefined && isSuccessor(token, saved)) return true
    return !this.stored && (saved === undefined || Token.isAsNew(token, saved))
  }

  /** The store has the token now. */
  saved(token: Token.Token): void {
    if (this.token !== token || this.stored) return
    this.stored = true
    this.#publish()
  }

  /** Has what the store has. */
  follow(stored: Token.Token | undefined): void {
    if (stored === undefined) this.drop()
    else this.hold(stored, true)
  }

  /** Leaves the issuer alone until an instant; callers are served from memory for as long as they need not wait. */
  postpone(until: number): void {
    if (this.token === undefined) return
    // Never sooner than without the failure: a token may have been refused long before its end.
    const due = Math.max(until, Token.shouldRenewAt(this.token, this.#windows))
    this.quietUntil = Math.min(due, Token.mustRenewAt(this.token, this.#windows))
  }

  /** A token that is good at `now`, or good enough while the issuer cannot be had: not ended, not what was rejected. */
  usable(now: number, { claims, token: rejected }: TokenRequest): Token.Token | undefined {
    const token = this.token
    if (token === undefined || !Token.isFresh(token, now) || now < this.quietFrom) return undefined
    if (claims !== undefined && claims !== this.claims) return undefined
    return rejected !== undefined && Token.isSame(token, rejected) ? undefined : token
  }

  state(token = this.token, stored = this.stored): State {
    if (token === undefined) return State.SignedOut()
    return State.SignedIn({
      principal: token.principal,
      generation: token.generation,
      obtainedAt: token.obtainedAt,
      expiresAt: token.expiresAt,
      renewable: token.refreshToken !== undefined,
      idleEndsAt: Token.idleEndsAt(token, this.#lifetimes),
      chainEndsAt: Token.chainEndsAt(token, this.#lifetimes),
      clockDifference: token.clockDifference,
      stored
    })
  }

  /**
   * Calls the listener with the state now and with each new one, within the step that makes it: a listener must only note it.
   * The function that is returned ends it.
   */
  watch(note: (state: State) => void): () => void {
    this.#watchers.add(note)
    note(this.state())
    return () => void this.#watchers.delete(note)
  }

  #publish(): void {
    for (const note of this.#watchers) note(this.state())
  }
}
