/** The session: who waits, who leads, who is served from memory. Every decision is one synchronous step. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AuthError from "../AuthError.js"
import type { Credential } from "../Credential.js"
import type { SignOut, State } from "../SessionState.js"
import * as Token from "../Token.js"
import type { RenewOptions } from "../TokenIssuer.js"
import type { TokenKey } from "../TokenKey.js"
import { signIn, signOut } from "./entry.js"
import { follow } from "./follower.js"
import { Held, type Wanted } from "./held.js"
import type { Parts } from "./parts.js"
import { type Obtained, Renewal } from "./renewal.js"
import * as Telemetry from "./telemetry.js"

/** A renewal under way, and those who wait for it. */
interface Flight {
  readonly landing: Deferred.Deferred<Token.Token, AuthError.AuthError>
  readonly wanted: Wanted
  /** That of the moment it started. */
  readonly epoch: number
  waiters: number
}

/** A good token, whichever it is. */
const ANY: Wanted = { token: undefined, claims: undefined }

/** After an early renewal failed, how long the next attempt waits while the token is still good, in milliseconds. */
const EARLY_PAUSE = 30_000

export class SessionImpl {
  readonly key: TokenKey
  readonly token: Effect.Effect<Token.Token, AuthError.AuthError>
  readonly authorization: Effect.Effect<Redacted.Redacted<string>, AuthError.AuthError>
  readonly changes: Stream.Stream<State>
  readonly #parts: Parts
  readonly #held: Held
  readonly #renewal: Renewal
  #flight: Flight | undefined

  constructor(parts: Parts) {
    const held = new Held(parts.windows, parts.issuer.lifetimes)
    this.#parts = parts
    this.#held = held
    this.#renewal = new Renewal(parts, held)
    this.key = parts.key
    this.changes = Stream.suspend(() => held.changes())
    const slow = Effect.suspend(() => this.#ensure(ANY))
    const slowHeader = Effect.map(slow, (token) => token.authorization)
    // The hot path: one look at the clock, one comparison, an exit that was prepared when the token came.
    this.token = Effect.suspend(() => (this.#isQuiet() ? held.served : slow))
    this.authorization = Effect.suspend(() => (this.#isQuiet() ? held.header : slowHeader))
  }

  tokenIfFresh = (): Token.Token | undefined => (this.#isQuiet() ? this.#held.token : undefined)

  authorizationIfFresh = (): Redacted.Redacted<string> | undefined => this.tokenIfFresh()?.authorization

  /** By the running fiber's clock; `Effect.clockWith` gives the same one for another 50 bytes a call. */
  #isQuiet(): boolean {
    const fiber = Fiber.getCurrentFiber()
    const clock = Option.isSome(fiber)
      ? Context.get(fiber.value.currentDefaultServices, Clock.Clock)
      : this.#parts.clock
    const now = clock.unsafeCurrentTimeMillis()
    return now < this.#held.quietUntil && now >= this.#held.quietFrom
  }

  renew = (rejected: Token.Token, options?: RenewOptions): Effect.Effect<Token.Token, AuthError.AuthError> =>
    Effect.suspend(() => this.#ensure({ token: rejected, claims: options?.claims }))

  /** Serves, joins or leads. Uninterruptible up to the waiting, so that nobody leaves between deciding and starting. */
  #ensure(wanted: Wanted): Effect.Effect<Token.Token, AuthError.AuthError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.clockWith((clock) => {
        const held = this.#held
        if (held.ended) return new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" })
        const now = clock.unsafeCurrentTimeMillis()
        const usable = held.usable(now, wanted)
        if (usable !== undefined && !Token.mustRenew(usable, now, this.#parts.windows)) {
          const early = now >= held.quietUntil && this.#flight === undefined
          return early ? Effect.as(this.#lead("early", ANY), usable) : Effect.succeed(usable)
        }
        const joined = this.#flight
        const awaited =
          joined === undefined
            ? Effect.flatMap(this.#lead(wanted.token === undefined ? "needed" : "rejected", wanted), (flight) =>
                restore(Deferred.await(flight.landing))
              )
            : this.#join(joined, wanted, restore)
        // A token in its last seconds is better than none; one that is dead by proof is not held any more.
        return usable === undefined ? awaited : Effect.catchAll(awaited, (error) => this.#stillUsable(usable, error))
      })
    )
  }

  #join(
    flight: Flight,
    wanted: Wanted,
    restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  ): Effect.Effect<Token.Token, AuthError.AuthError> {
    flight.waiters++
    const landed = restore(Deferred.await(flight.landing))
    if (flight.wanted.claims !== wanted.claims) {
      // Another's claims: its token may not do for ours, and its failure is none of ours.
      return Effect.flatMap(Effect.exit(landed), (exit) =>
        Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? exit : this.#ensure(wanted)
      )
    }
    const { token: rejected } = wanted
    const { token: theirs } = flight.wanted
    // Started for another reason, it may end with the very token that was rejected. Started for the same, that is its answer.
    return rejected === undefined || (theirs !== undefined && Token.isSame(theirs, rejected))
      ? landed
      : Effect.flatMap(landed, (token) =>
          Token.isSame(token, rejected) ? this.#ensure(wanted) : Effect.succeed(token)
        )
  }

  #stillUsable(token: Token.Token, error: AuthError.AuthError): Effect.Effect<Token.Token, AuthError.AuthError> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      this.#held.token === token && Token.isFresh(token, now) ? Effect.succeed(token) : Effect.fail(error)
    )
  }

  /** Reserves the flight and starts it. Called in the step that decided, with nothing in between. */
  #lead(why: "early" | "needed" | "rejected", wanted: Wanted): Effect.Effect<Flight> {
    const { epoch } = this.#held
    const waiters = why === "early" ? 0 : 1
    const flight: Flight = { landing: Deferred.unsafeMake(FiberId.none), wanted, epoch, waiters }
    this.#flight = flight
    this.#renewal.isSent = false
    const run = Effect.interruptible(Effect.suspend(() => this.#renewal.obtain(wanted, epoch))).pipe(
      Telemetry.observeRenewal(why, this.#parts.issuer.server, () => flight.waiters),
      Effect.onExit((exit) => this.#land(flight, exit)),
      Effect.exit,
      Effect.uninterruptible
    )
    return Effect.as(this.#parts.flights.start(run), flight)
  }

  /** Ends a flight for all who wait. Runs whatever happened, so that nobody waits for ever. */
  #land(flight: Flight, exit: Exit.Exit<Obtained, AuthError.AuthError>): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (this.#flight === flight) this.#flight = undefined
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
      if (error !== undefined) {
        const asked = "retryAfter" in error ? (error.retryAfter ?? 0) : 0
        this.#held.postpone(now + Math.max(EARLY_PAUSE, asked))
      }
      return Deferred.done(
        flight.landing,
        Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
          ? Exit.fail(this.#closed())
          : Exit.flatMap(exit, (obtained) => this.#unlessOver(flight, obtained.token))
      )
    })
  }

  /** The end of the session's scope, as a typed error: waiters never get the interruption of a fiber that is not theirs. */
  #closed(): AuthError.AuthError {
    const { server } = this.#parts.issuer
    return this.#renewal.isSent
      ? new AuthError.RenewalUncertain({ reason: "Interrupted", server })
      : new AuthError.ConfigurationInvalid({
          setting: "layer",
          problem: "the session was used when the layer, or the scope, that it belongs to had ended; nothing was sent",
          fix: "Provide the layer around everything that uses the session."
        })
  }

  /** What was obtained, unless a sign-out or a sign-in came between that and the landing, while the lock was given back. */
  #unlessOver(flight: Flight, token: Token.Token): Exit.Exit<Token.Token, AuthError.AuthError> {
    const { epoch, token: current } = this.#held
    if (epoch === flight.epoch) return Exit.succeed(token)
    return current === undefined
      ? Exit.fail(new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" }))
      : Exit.succeed(current)
  }

  signIn = (credential?: Credential): Effect.Effect<Token.Token, AuthError.AuthError> =>
    signIn(this.#parts, this.#held, credential)

  readonly signOut: Effect.Effect<SignOut, AuthError.StoreUnavailable> = Effect.suspend(() =>
    signOut(this.#parts, this.#held)
  )

  /** Until the scope closes, what other programs do with the record is done here too. */
  readonly follow: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => follow(this.#parts, this.#held))

  readonly peek: Effect.Effect<State, AuthError.StoreUnavailable> = Effect.suspend(() =>
    this.#held.token !== undefined || this.#held.ended
      ? Effect.succeed(this.#held.state())
      : Effect.map(this.#parts.store.read(this.key), (found) => this.#held.state(Option.getOrUndefined(found), true))
  )
}
