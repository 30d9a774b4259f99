/**
 * The life of one principal's token: got, kept fresh, renewed exactly once however many ask, ended.
 *
 * Any number of fibers may use a session. Renewals run in fibers of the session's own, so interrupting a caller, even
 * the one that started the renewal, neither cancels nor repeats it. See docs/lifecycle.md for the states.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { AuthError, StoreUnavailable } from "./AuthError.js"
import type { Credential } from "./Credential.js"
import { CredentialSource } from "./CredentialSource.js"
import * as Flights from "./internal/flights.js"
import { SessionImpl } from "./internal/session.js"
import type { SignOut, State } from "./SessionState.js"
import * as Token from "./Token.js"
import { type RenewOptions, TokenIssuer } from "./TokenIssuer.js"
import type { TokenKey } from "./TokenKey.js"
import { TokenStore } from "./TokenStore.js"

/** A session. */
export interface Service {
  /** Whose session this is. */
  readonly key: TokenKey
  /**
   * A token that is good now: the one at hand, one from the store, a renewed one, or one granted for a credential that
   * the source gives silently. Never asks a person: `CredentialRequired` instead.
   */
  readonly token: Effect.Effect<Token.Token, AuthError>
  /** The value of the Authorization header for `token`. */
  readonly authorization: Effect.Effect<Redacted.Redacted<string>, AuthError>
  /** The token at hand if nothing needs to be done about it, else `undefined`: without an effect, for hot paths. */
  readonly tokenIfFresh: () => Token.Token | undefined
  /** The same for the value of the Authorization header: for callers outside Effect. */
  readonly authorizationIfFresh: () => Redacted.Redacted<string> | undefined
  /**
   * Another token than the rejected one. Idempotent: if there is one already, it is that. Fails with `SessionExpired`
   * on the issuer's proof, and retryably (`ServerUnavailable`, `RenewalUncertain`, `StoreUnavailable`) on anything else,
   * keeping what is stored. With the `claims` of a challenge it is one that was got with these claims, and
   * `InteractionRequired` if that takes a person.
   */
  readonly renew: (rejected: Token.Token, options?: RenewOptions) => Effect.Effect<Token.Token, AuthError>
  /**
   * Signs in: with the credential given, else with one from the source, which may ask a person. The session before it
   * is replaced only once this has worked, and revoked then. What a person typed is kept nowhere.
   */
  readonly signIn: (credential?: Credential) => Effect.Effect<Token.Token, AuthError>
  /**
   * Ends the session: here at once, in the store, and at the server if it can be reached. Wins over a renewal or a
   * sign-in that is under way. Stays ended until the next `signIn` here, also where somebody signs in elsewhere.
   */
  readonly signOut: Effect.Effect<SignOut, StoreUnavailable>
  /** What is known without the network; reads the store if nothing is in memory. */
  readonly peek: Effect.Effect<State, StoreUnavailable>
  /** The state now, then each new one. */
  readonly changes: Stream.Stream<State>
}

/** The session of an application's one principal. For many, see `Sessions`. */
export class Session extends Context.Tag("@mlserver-auth/core/Session")<Session, Service>() {}

/** How a session behaves. */
export interface Options {
  /**
   * Whose session it is, as the store files it; without one, "whoever signs in here". A sign-in as somebody else is
   * refused if it is given.
   */
  readonly principal?: string | undefined
  /** Before expiry, from when callers wait for a new token; 10 seconds unless said otherwise. */
  readonly mustRenewWithin?: Duration.DurationInput | undefined
  /** Before expiry, from when a new token is fetched in the background; 5 minutes unless said otherwise. */
  readonly shouldRenewWithin?: Duration.DurationInput | undefined
  /**
   * Whether to follow what other programs do with the stored record: a sign-out there ends the session here at once, a
   * sign-in or a renewal there is taken over. Yes unless said otherwise; `Sessions` does not, and looks when it must renew.
   */
  readonly watchStore?: boolean | undefined
  /** How long a renewal that is under way may hold up the end of the scope; 5 seconds unless said otherwise. */
  readonly shutdownGrace?: Duration.DurationInput | undefined
}

/** What sessions are made of. */
export type Requirements = TokenIssuer | TokenStore | CredentialSource

/**
 * A function that makes sessions which share issuer, store, source and shutdown. `Sessions` uses it; an application
 * wants `make` or `layer`.
 */
export const makeFactory = (
  options: Omit<Options, "principal" | "watchStore"> = {}
): Effect.Effect<
  (principal: string, source: CredentialSource["Type"]) => Service,
  never,
  TokenIssuer | TokenStore | Scope.Scope
> => factory(options)

const factory = (options: Options) =>
  Effect.gen(function* () {
    const issuer = yield* TokenIssuer
    const store = yield* TokenStore
    const clock = yield* Effect.clock
    const flights = yield* Flights.make(options.shutdownGrace ?? "5 seconds")
    const windows: Token.RenewalWindows = {
      must: millis(options.mustRenewWithin, Token.defaultWindows.must),
      should: millis(options.shouldRenewWithin, Token.defaultWindows.should)
    }
    return (principal: string, source: CredentialSource["Type"]) =>
      new SessionImpl({ issuer, store, source, clock, flights, windows, key: issuer.key(principal) })
  })

const millis = (given: Duration.DurationInput | undefined, otherwise: number): number =>
  given === undefined ? otherwise : Duration.toMillis(given)

/**
 * A session, ended with the scope: a renewal under way may finish first.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Credential, Session } from "@mlserver-auth/core"
 *
 * const program = Effect.gen(function* () {
 *   const session = yield* Session.make()
 *   yield* session.signIn(Credential.usernamePassword({ username: "ada", password: "…" }))
 *   return yield* session.peek
 * })
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const session = (yield* factory(options))(options.principal ?? "", yield* CredentialSource)
    if (options.watchStore !== false) yield* session.follow
    return session
  })

/** A session as a layer. */
export const layer = (options: Options = {}): Layer.Layer<Session, never, Requirements> =>
  Layer.scoped(Session, make(options))
