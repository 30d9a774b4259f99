/**
 * The session of one principal: it gets a token, renews it exactly once however many callers need it, and ends it.
 *
 * Any number of fibers may use a session. Renewals run in fibers of the session. If you interrupt a caller, even the one
 * that started the renewal, the renewal neither stops nor starts again. See docs/design/lifecycle.md for the states.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { AuthError, StoreUnavailable } from "./AuthError.js"
import type { Credential } from "./Credential.js"
import { CredentialSource } from "./CredentialSource.js"
import * as Factory from "./internal/session/factory.js"
import type { SignOut, State } from "./SessionState.js"
import type * as Token from "./Token.js"
import type { RenewOptions, TokenIssuer } from "./TokenIssuer.js"
import type { TokenKey } from "./TokenKey.js"
import type { TokenStore } from "./TokenStore.js"

/** A session. */
export interface Service {
  /** The key of the session: its server and its user. */
  readonly key: TokenKey
  /**
   * A token that is valid now: from memory, from the store, renewed, or granted for a credential that the source gives
   * without a person. It never asks a person: it fails with `CredentialRequired` instead.
   */
  readonly token: Effect.Effect<Token.Token, AuthError>
  /** The value of the Authorization header for `token`. */
  readonly authorization: Effect.Effect<Redacted.Redacted<string>, AuthError>
  /** The token in memory if it is fresh, otherwise `undefined`. Without an effect, for hot paths. */
  readonly tokenIfFresh: () => Token.Token | undefined
  /** The same for the value of the Authorization header: for callers outside Effect. */
  readonly authorizationIfFresh: () => Redacted.Redacted<string> | undefined
  /**
   * Another token than the rejected one. You may call it again: if there is another token already, it returns that one.
   * Fails with `SessionExpired` if the issuer refused, and otherwise with a retryable error (`ServerUnavailable`,
   * `RenewalUncertain`, `StoreUnavailable`), and then the stored tokens stay. With the `claims` of a challenge, the new
   * token satisfies these claims. Fails with `InteractionRequired` if a person is needed.
   */
  readonly renew: (rejected: Token.Token, options?: RenewOptions) => Effect.Effect<Token.Token, AuthError>
  /**
   * Whether the session has another token than this one by now, or none any more. If memory says no, it reads the store,
   * and before that it waits for the end of a renewal that another program does there. If the store cannot be read, the
   * answer is what memory says. It renews nothing: `renew` then returns the other token. A signed client asks this before
   * it believes that a server refuses a token that is new.
   */
  readonly isReplaced: (token: Token.Token) => Effect.Effect<boolean>
  /**
   * Signs in with the given credential, otherwise with one from the source, which may ask a person. When the sign-in has
   * worked, it replaces the earlier session and revokes it. The library does not keep what a person typed.
   */
  readonly signIn: (credential?: Credential) => Effect.Effect<Token.Token, AuthError>
  /**
   * Ends the session: here at once, in the store, and at the server if it can be reached. It wins over a renewal or a
   * sign-in that has begun. The session stays ended until this program calls `signIn`, even if a user signs in in another
   * program.
   */
  readonly signOut: Effect.Effect<SignOut, StoreUnavailable>
  /** The state, as far as it is known without the network. Reads the store if nothing is in memory. */
  readonly peek: Effect.Effect<State, StoreUnavailable>
  /** The state now, as `peek` returns it, and then each new one. A store that cannot be read counts as empty. */
  readonly changes: Stream.Stream<State>
  /**
   * The same for callers outside Effect: calls the listener with the state now and with each new one, always in a later
   * task. Call the returned function to stop. If the listener throws, that is reported as an uncaught error, and the
   * listener is called again for the next state.
   */
  readonly watch: (listener: (state: State) => void) => () => void
}

/**
 * The session of an application's one principal. For many, see `Sessions`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Session } from "@mlserver-auth/core"
 *
 * const whoAmI = Effect.gen(function* () {
 *   const session = yield* Session.Session
 *   const state = yield* session.peek
 *   return state._tag === "SignedIn" ? state.principal : undefined
 * })
 */
export class Session extends Context.Tag("@mlserver-auth/core/Session")<Session, Service>() {}

/** Options of a session. */
export interface Options {
  /**
   * The user of the session. If you set it, a sign-in as another user is refused. Default: any user who signs in.
   */
  readonly principal?: string | undefined
  /** How long before the end of the token callers wait for a new one. Default: 10 seconds. */
  readonly mustRenewWithin?: Duration.DurationInput | undefined
  /** How long before the end of the token the session renews in the background. Default: 5 minutes. */
  readonly shouldRenewWithin?: Duration.DurationInput | undefined
  /**
   * Whether to follow the changes of other programs: a sign-out there ends this session at once, and this session uses the
   * token of a sign-in or a renewal there. Default: true. `Sessions` follows if the store has `follow` (files, Redis,
   * PostgreSQL); otherwise it reads the store when it must renew. If you set `true`, `Sessions` follows every store. For
   * a store that only has `watch`, as those of a page, that takes a fiber for each session.
   */
  readonly watchStore?: boolean | undefined
  /** How long a renewal that has begun may delay the end of the scope. Default: 5 seconds. */
  readonly shutdownGrace?: Duration.DurationInput | undefined
}

/** The services that a session needs: who issues tokens, where they are kept, and where a credential comes from. */
export type Requirements = TokenIssuer | TokenStore | CredentialSource

/**
 * A function that makes sessions which share issuer, store, source and shutdown. `Sessions` uses it; an application
 * wants `make` or `layer`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { CredentialSource, Session } from "@mlserver-auth/core"
 *
 * // Two users of one program that share everything but their tokens.
 * const both = Effect.map(Session.makeFactory({ shutdownGrace: "2 seconds" }), (session) => ({
 *   ada: session("ada", CredentialSource.none),
 *   bob: session("bob", CredentialSource.none)
 * }))
 */
export const makeFactory = (
  options: Omit<Options, "principal" | "watchStore"> = {}
): Effect.Effect<
  (principal: string, source: CredentialSource["Type"]) => Service,
  never,
  TokenIssuer | TokenStore | Scope.Scope
> => Factory.make(options)

/**
 * A session that closes with the scope. A renewal that has begun may finish first.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { Credential, CredentialSource, Session } from "@mlserver-auth/core"
 *
 * // The caller brings the credential; the issuer and the store come from the program.
 * const program = Effect.gen(function* () {
 *   const session = yield* Session.make({ mustRenewWithin: "30 seconds" })
 *   yield* session.signIn(Credential.usernamePassword({ username: "ada", password: "…" }))
 *   return yield* session.peek
 * }).pipe(Effect.provide(CredentialSource.layerNone))
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, Requirements | Scope.Scope> =>
  Effect.gen(function* () {
    const session = (yield* Factory.make(options))(options.principal ?? "", yield* CredentialSource)
    if (options.watchStore !== false) yield* session.follow
    return session
  })

/**
 * A session as a layer. It closes with the layer's scope, as that of `make` does.
 *
 * @example
 * import * as Layer from "effect/Layer"
 * import { CredentialSource, Session, TokenStore } from "@mlserver-auth/core"
 *
 * // A session over the `TokenIssuer` of the context.
 * const OwnSession = Session.layer({ principal: "ada", watchStore: false }).pipe(
 *   Layer.provide([TokenStore.layerMemory, CredentialSource.layerConfig()])
 * )
 */
export const layer = (options: Options = {}): Layer.Layer<Session, never, Requirements> =>
  Layer.scoped(Session, make(options))
