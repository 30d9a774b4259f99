/** What a session holds in memory. Plain fields, changed in single synchronous steps; the fast path reads three of them. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { State } from "../SessionState.js"
import * as Token from "../Token.js"

/** What a caller wants: another token than the rejected one, one got for these claims, or just a good one. */
export interface Wanted {
  readonly token: Token.Token | undefined
  readonly claims: string | undefined
}

/** Whether a token from the store may be what is wanted; nobody knows for which claims it was got. */
export const isWanted = (token: Token.Token, { claims, token: rejected }: Wanted): boolean =>
  claims === undefined && !(rejected !== undefined && Token.isSame(token, rejected))

/** Never handed out: without a token `quietUntil` has always passed. */
const NOTHING: Exit.Exit<never> = Exit.die("no token")

export class Held {
  token: Token.Token | undefined
  /** Whether the store has the token: it has not if saving failed, or if the application supplies the token. */
  stored = false
  /** The claims of a challenge that the token was got for, where it was. */
  claims: string | undefined
  /** Signed out here: only a sign-in starts anew. */
  ended = false
  /** Moves with each sign-in and sign-out: whatever began before is discarded when it finishes. */
  epoch = 0
  /** From when and until when, in epoch milliseconds, `served` can be handed out without another look. */
  quietFrom = -Infinity
  quietUntil = -Infinity
  served: Exit.Exit<Token.Token> = NOTHING
  header: Exit.Exit<Redacted.Redacted<string>> = NOTHING
  readonly #windows: Token.RenewalWindows
  readonly #lifetimes: Token.Lifetimes
  /** Of each who watches. Not a `PubSub`: in a browser that is 2.6 kB more. */
  readonly #watchers = new Set<Queue.Queue<State>>()

  constructor(windows: Token.RenewalWindows, lifetimes: Token.Lifetimes) {
    this.#windows = windows
    this.#lifetimes = lifetimes
  }

  hold(token: Token.Token, stored: boolean, claims?: string): void {
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
    this.token = undefined
    this.stored = false
    this.claims = undefined
    this.served = NOTHING
    this.header = NOTHING
    this.quietUntil = -Infinity
    this.#publish()
  }

  /** A token that could not be saved is newer than what the store has, unless somebody signed in since. */
  isAhead(saved: Token.Token | undefined): boolean {
    const { token } = this
    return token !== undefined && !this.stored && (saved === undefined || Token.isAsNew(token, saved))
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
  usable(now: number, { claims, token: rejected }: Wanted): Token.Token | undefined {
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

  /** Whoever is slow misses the oldest of many. */
  changes(): Stream.Stream<State> {
    const join = Effect.map(Queue.sliding<State>(64), (queue) => {
      this.#watchers.add(queue)
      queue.unsafeOffer(this.state())
      return queue
    })
    const leave = (queue: Queue.Queue<State>) => {
      this.#watchers.delete(queue)
      return Queue.shutdown(queue)
    }
    return Stream.flatMap(Stream.acquireRelease(join, leave), (queue) => Stream.fromQueue(queue))
  }

  #publish(): void {
    for (const queue of this.#watchers) queue.unsafeOffer(this.state())
  }
}
