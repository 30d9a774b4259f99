/**
 * Interface: exchanges credentials for tokens. Machine Learning Server itself is an issuer, and Azure Active Directory is
 * one.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AuthError } from "./AuthError.js"
import type { Credential } from "./Credential.js"
import type { Lifetimes, Token } from "./Token.js"
import type { TokenKey } from "./TokenKey.js"

/** Options of a renewal. */
export interface RenewOptions {
  /**
   * The claims of a challenge (OpenID Connect Core 5.5, JSON). Sent with this renewal and no other; an issuer that knows
   * nothing of claims leaves them out.
   */
  readonly claims?: string | undefined
}

/**
 * The three calls of an issuer. None of them retries, none of them goes through the 401 policy, each is bounded in
 * time and size by itself.
 */
export interface Service {
  /** Origin of the issuer, for messages. */
  readonly server: string
  /** How long this issuer's sessions live. Told to people; never enforced here: only the issuer's refusal is proof. */
  readonly lifetimes: Lifetimes
  /** The key of this issuer's tokens for one principal; `""` for any user who signs in. */
  readonly key: (principal: string) => TokenKey
  /**
   * Exchanges a credential for the first token of a chain. `CredentialRejected` if it was refused,
   * `ConfigurationInvalid` if it cannot be sent, `ServerUnavailable`, `InvalidResponse`.
   */
  readonly grant: (credential: Credential) => Effect.Effect<Token, AuthError>
  /**
   * Exchanges a refresh token for the next token of its chain. `SessionExpired` is the proof that the chain is dead;
   * `RenewalUncertain` if the answer was lost after sending; `ServerUnavailable` if the server was not reached, or
   * answered that it cannot now; `InteractionRequired` if it wants a person first.
   */
  readonly renew: (token: Token, options?: RenewOptions) => Effect.Effect<Token, AuthError>
  /** Whether the issuer can be asked to forget a chain. */
  readonly canRevoke: boolean
  /** Tells the issuer to forget a chain, if it can be. Succeeds also if it did not know it (RFC 7009 2.2). */
  readonly revoke: (token: Token) => Effect.Effect<void, AuthError>
}

/**
 * The issuer that sessions use.
 *
 * @example
 * import { Token, TokenIssuer, TokenKey } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * // For tests: an issuer that accepts every credential, without a network.
 * const server = "https://issuer.example"
 * const Fake = Layer.succeed(TokenIssuer.TokenIssuer, {
 *   server,
 *   lifetimes: { idle: Infinity, chain: Infinity },
 *   key: (principal) => TokenKey.make({ issuer: server, principal }),
 *   grant: () => Token.fromAccessToken(Redacted.make("for-tests")),
 *   renew: () => Token.fromAccessToken(Redacted.make("for-tests-too")),
 *   canRevoke: false,
 *   revoke: () => Effect.void
 * })
 */
export class TokenIssuer extends Context.Tag("@mlserver-auth/core/TokenIssuer")<TokenIssuer, Service>() {}
