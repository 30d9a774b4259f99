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
import type * as Stream from "effect/Stream"
import * as AuthError from "../../AuthError.js"
import type { Credential } from "../../Credential.js"
import type { SignOut, State } from "../../SessionState.js"
import * as Token from "../../Token.js"
import type { RenewOptions } from "../../TokenIssuer.js"
import type { TokenKey } from "../../TokenKey.js"
import { changesOf, watched } from "./changes.js"
import { signIn, signOut } from "./signInOut.js"
import { follow, look } from "./follow.js"
import { SessionMemory, type TokenRequest } from "./memory.js"
import type { Deps } from "./deps.js"
import * as Renewal from "./renewal.js"
import * as Telemetry from "../telemetry.js"

/** A renewal under way, and those who wait for it. */
interface Flight {
  readonly landing: Deferred.Deferred<Token.Token, AuthError.AuthError>
  readonly request: TokenRequest
  /** The epoch of the moment it started. */
  readonly epoch: number
  waiters: number
}

/** A good token, whichever it is. */
const ANY: TokenRequest = { token: undefined, claims: undefined }

/** After an early renewal failed, how long the next attempt waits while the token is still good, in milliseconds. */
const EARLY_PAUSE = 30_000

export class SessionImpl {
  readonly key: TokenKey
  readonly token: Effect.Effect<Token.Token, AuthError.AuthError>
  readonly authorization: Effect.Effect<Redacted.Redacted<string>, AuthError.AuthError>
  declare readonly changes: Stream.Stream<State>
  readonly #deps: Deps
  readonly #memory: SessionMemory
  readonly #renewals: Renewal.Renewals
  readonly #look: Effect.Effect<void>
  readonly #looked: Effect.Effect<void>
  #flight: Flight | undefined

  constructor(deps: Deps) {
    const memory = new SessionMemory(deps.windows, deps.issuer.lifetimes)
    this.#deps = deps
    this.#memory = memory
    this.#renewals = Renewal.make(deps, memory)
    this.key = deps.key
    this.#look = Effect.ignore(look(deps, memory))
    // The first state is a true one: a page that is loaded again must not show its sign-in form for a moment.
    this.#looked = Effect.suspend(() => (memory.known ? Effect.void : this.#look))
    // Made where it is asked for, since a page that asks for none has no streams; its own, for those who copy a session.
    Object.defineProperty(this, "changes", { enumerable: true, get: () => changesOf(memory, this.#looked) })
    const slow = Effect.suspend(() => this.#ensure(ANY))
    const slowHeader = Effect.map(slow, (token) => token.authorization)
    // The hot path: one look at the clock, one comparison, an exit that was prepared when the token came.
    this.token = Effect.suspend(() => (this.#isQuiet() ? memory.served : slow))
    this.authorization = Effect.suspend(() => (this.#isQuiet() ? memory.header : slowHeader))
  }

  tokenIfFresh = (): Token.Token | undefined => (this.#isQuiet() ? this.#memory.token : undefined)

  authorizationIfFresh = (): Redacted.Redacted<string> | undefined => this.tokenIfFresh()?.authorization

  /** By the running fiber's clock; `Effect.clockWith` gives the same one for another 50 bytes a call. */
  #isQuiet(): boolean {
    const fiber = Fiber.getCurrentFiber()
    const clock = Option.isSome(fiber) ? Context.get(fiber.value.currentDefaultServices, Clock.Clock) : this.#deps.clock
    const now = clock.unsafeCurrentTimeMillis()
    return now < this.#memory.quietUntil && now >= this.#memory.quietFrom
  }

  renew = (rejected: Token.Token, options?: RenewOptions): Effect.Effect<Token.Token, AuthError.AuthError> =>
    Effect.suspend(() => this.#ensure({ token: rejected, claims: options?.claims }))

  isReplaced = (token: Token.Token): Effect.Effect<boolean> =>
    Effect.suspend(() => {
      const memory = this.#memory
      const isOther = () => memory.token === undefined || !Token.isSame(memory.token, token)
      // What is not stored cannot be renewed elsewhere, and may keep the section of its key until it can be saved.
      const isKnown = isOther() || !memory.stored
      const alone = this.#deps.store.exclusive(this.key)
      return Effect.map(isKnown ? Effect.void : Effect.ignore(alone(this.#look)), isOther)
    })

  /** Serves, joins or leads. Uninterruptible up to the waiting, so that no caller leaves between deciding and starting. */
  #ensure(request: TokenRequest): Effect.Effect<Token.Token, AuthError.AuthError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.clockWith((clock) => {
        const memory = this.#memory
        if (memory.ended) return new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" })
        const now = clock.unsafeCurrentTimeMillis()
        const usable = memory.usable(now, request)
        if (usable !== undefined && !Token.mustRenew(usable, now, this.#deps.windows)) {
          const early = now >= memory.quietUntil && this.#flight === undefined
          return early ? Effect.as(this.#lead("early", ANY), usable) : Effect.succeed(usable)
        }
        const joined = this.#flight
        const awaited =
          joined === undefined
            ? Effect.flatMap(this.#lead(request.token === undefined ? "needed" : "rejected", request), (flight) =>
                restore(Deferred.await(flight.landing))
              )
            : this.#join(joined, request, restore)
        // A token in its last seconds is better than none; one that is dead by proof is not held any more.
        return usable === undefined ? awaited : Effect.catchAll(awaited, (error) => this.#stillUsable(usable, error))
      })
    )
  }

  #join(
    flight: Flight,
    request: TokenRequest,
    restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  ): Effect.Effect<Token.Token, AuthError.AuthError> {
    flight.waiters++
    const landed = restore(Deferred.await(flight.landing))
    if (flight.request.claims !== request.claims) {
      // Another's claims: its token may not do for ours, and its failure is not ours.
      return Effect.flatMap(Effect.exit(landed), (exit) =>
        Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause) ? exit : this.#ensure(request)
      )
    }
    const { token: rejected } = request
    const { token: theirs } = flight.request
    // Started for another reason, it may end with the very token that was rejected. Started for the same, that is its answer.
    return rejected === undefined || (theirs !== undefined && Token.isSame(theirs, rejected))
      ? landed
      : Effect.flatMap(landed, (token) =>
          Token.isSame(token, rejected) ? this.#ensure(request) : Effect.succeed(token)
        )
  }

  #stillUsable(token: Token.Token, error: AuthError.AuthError): Effect.Effect<Token.Token, AuthError.AuthError> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      this.#memory.token === token && Token.isFresh(token, now) ? Effect.succeed(token) : Effect.fail(error)
    )
  }

  /** Reserves the flight and starts it. Called in the step that decided, with nothing in between. */
  #lead(why: "early" | "needed" | "rejected", request: TokenRequest): Effect.Effect<Flight> {
    const { epoch } = this.#memory
    const waiters = why === "early" ? 0 : 1
    const flight: Flight = { landing: Deferred.unsafeMake(FiberId.none), request, epoch, waiters }
    this.#flight = flight
    this.#memory.giveWay()
    const served = (obtained: Renewal.Obtained) => this.#land(flight, Exit.succeed(obtained))
    this.#renewals.isSent = false
    const run = Effect.interruptible(Effect.suspend(() => Renewal.obtain(this.#renewals, request, epoch, served))).pipe(
      Telemetry.observeRenewal(why, this.#deps.issuer.server, () => flight.waiters),
      Effect.onExit((exit) => this.#land(flight, exit)),
      Effect.exit,
      Effect.uninterruptible
    )
    return Effect.as(this.#deps.flights.start(run), flight)
  }

  /** Ends a flight for all who wait. Runs whatever happened, so that no caller waits for ever. */
  #land(flight: Flight, exit: Exit.Exit<Renewal.Obtained, AuthError.AuthError>): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      // Its callers were served before it ended.
      if (this.#flight !== flight) return Effect.succeed(false)
      this.#flight = undefined
      const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
      if (error !== undefined) {
        const asked = "retryAfter" in error ? (error.retryAfter ?? 0) : 0
        this.#memory.postpone(now + Math.max(EARLY_PAUSE, asked))
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
    const { server } = this.#deps.issuer
    return this.#renewals.isSent
      ? new AuthError.RenewalUncertain({ reason: "Interrupted", server })
      : new AuthError.ConfigurationInvalid({
          setting: "layer",
          problem: "the session was used after its layer or scope had ended; nothing was sent",
          fix: "Provide the layer around everything that uses the session."
        })
  }

  /** What was obtained, unless a sign-out or a sign-in came between that and the landing, while the lock was given back. */
  #unlessOver(flight: Flight, token: Token.Token): Exit.Exit<Token.Token, AuthError.AuthError> {
    const { epoch, token: current } = this.#memory
    if (epoch === flight.epoch) return Exit.succeed(token)
    return current === undefined
      ? Exit.fail(new AuthError.CredentialRequired({ reason: "SignedOut", detail: "" }))
      : Exit.succeed(current)
  }

  watch = (listener: (state: State) => void): (() => void) => watched(this.#memory, this.#looked, listener)

  signIn = (credential?: Credential): Effect.Effect<Token.Token, AuthError.AuthError> =>
    signIn(this.#deps, this.#memory, credential)

  readonly signOut: Effect.Effect<SignOut, AuthError.StoreUnavailable> = Effect.suspend(() =>
    signOut(this.#deps, this.#memory)
  )

  /** Until the scope closes, what other programs do with the record is done here too. */
  readonly follow: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => follow(this.#deps, this.#memory))

  /** The same once, for callers that watch the state. A record that no caller has asked for yet is read when one does. */
  lookAgain(): Effect.Effect<void> {
    return this.#memory.token === undefined ? Effect.void : this.#look
  }

  readonly peek: Effect.Effect<State, AuthError.StoreUnavailable> = Effect.suspend(() =>
    this.#memory.token !== undefined || this.#memory.ended
      ? Effect.succeed(this.#memory.state())
      : Effect.map(this.#deps.store.read(this.key), (found) => this.#memory.state(Option.getOrUndefined(found), true))
  )
}
