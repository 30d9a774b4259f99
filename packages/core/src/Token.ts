/**
 * A token pair as the session holds and stores it, and the pure questions that can be asked of it. All instants are
 * epoch milliseconds of the local clock: the server's instants were moved by its measured clock difference on receipt.
 *
 * @example
 * import { MlServerIssuer, Token } from "@mlserver-auth/core"
 * import * as Redacted from "effect/Redacted"
 *
 * const secrets = { accessToken: Redacted.make("eyJhbGciOi…"), refreshToken: Redacted.make("h7Kd…") }
 * const received = { ...secrets, obtainedAt: 0, expiresAt: 3_600_000, clockDifference: undefined }
 * const token = Token.first(received, "ada") // for an hour, with generation 1
 * Token.shouldRenewAt(token, Token.defaultWindows) // 3_300_000: from here on another one is fetched in the background
 * Token.mustRenewAt(token, Token.defaultWindows) // 3_590_000: from here on callers wait for it
 * Token.shouldRenew(token, 3_500_000, Token.defaultWindows) // true
 * Token.mustRenew(token, 3_500_000, Token.defaultWindows) // false
 * Token.isFresh(token, 3_599_999) // true
 * Token.tellableFrom(token) // -60_000: before that, our clock was set back
 * const next = Token.next(token, { ...received, obtainedAt: 3_500_000, expiresAt: 7_100_000 }) // generation 2
 * Token.isSameChain(token, next) // true: `Token.isSame` asks for the same access token
 * Token.isAsNew(next, token) // true: of two, this is the one to keep
 * Token.idleEndsAt(next, MlServerIssuer.lifetimes) // 1_213_100_000: 14 days later, unless it is renewed
 * Token.chainEndsAt(next, MlServerIssuer.lifetimes) // 7_776_000_000: 90 days after the sign-in
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenFields from "./TokenFields.js"

/** Epoch milliseconds, as far as `Date` reaches. */
const Millis = Schema.Number.pipe(Schema.int(), Schema.between(-8.64e15, 8.64e15))

/**
 * An access token and what is known of its life. Made by `first`. Both tokens are opaque: nothing is ever parsed out of them.
 * Encoding with this schema writes the tokens in clear (for stores only); everything else that prints a `Token` shows
 * `<redacted>`.
 */
export class Token extends Schema.Class<Token>("@mlserver-auth/core/Token")({
  // No filter inside Schema.Redacted: a failing one would print the secret. Syntax is checked where tokens arrive.
  accessToken: Schema.Redacted(Schema.String),
  /** Works once. Absent where the issuer gave none. */
  refreshToken: Schema.optional(Schema.Redacted(Schema.String)),
  /** When this pair was received. */
  obtainedAt: Millis,
  /** When the access token ends; absent where the issuer did not say: then it is used until a 401. */
  expiresAt: Schema.optional(Millis),
  /** When the person signed in: the chain of renewals began here. */
  chainStartedAt: Millis,
  /** Server's clock minus ours when the pair was received, in milliseconds; absent where no `Date` came. */
  clockDifference: Schema.optional(Millis),
  /** 1 after a sign-in, one more after each renewal. */
  generation: Schema.Int,
  /** Who signed in, where a user name was given. For people; not part of the identity of a token. */
  principal: Schema.optional(Schema.String)
}) {
  #authorization: Redacted.Redacted<string> | undefined

  /** The value of the Authorization header (RFC 6750 2.1). Built once. */
  get authorization(): Redacted.Redacted<string> {
    return (this.#authorization ??= Redacted.make(TokenFields.authorization(Redacted.value(this.accessToken))))
  }
}

/** The token of fields that were checked: see `TokenFields.decode`. */
export const fromFields = ({ accessToken, refreshToken, ...fields }: TokenFields.TokenFields): Token => {
  const secrets = {
    accessToken: Redacted.make(accessToken),
    ...(refreshToken === undefined ? {} : { refreshToken: Redacted.make(refreshToken) })
  }
  return new Token({ ...secrets, ...fields }, { disableValidation: true })
}

/**
 * The fields of a token, in clear: for stores only. `fromFields` makes the token of them again.
 *
 * @example
 * import { Token, TokenFields, type TokenKey } from "@mlserver-auth/core"
 * import * as Option from "effect/Option"
 *
 * // A record of a store of your own, and back.
 * const written = (key: TokenKey.TokenKey, token: Token.Token) => TokenFields.toRecord(key, Token.toFields(token))
 * const read = (key: TokenKey.TokenKey, text: string) =>
 *   Option.map(Option.fromNullable(TokenFields.fromRecord(key.id, JSON.parse(text))), Token.fromFields)
 */
export const toFields = (token: Token): TokenFields.TokenFields => {
  const { chainStartedAt, clockDifference, expiresAt, generation, obtainedAt, principal, refreshToken } = token
  return {
    accessToken: Redacted.value(token.accessToken),
    ...(refreshToken === undefined ? {} : { refreshToken: Redacted.value(refreshToken) }),
    obtainedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    chainStartedAt,
    ...(clockDifference === undefined ? {} : { clockDifference }),
    generation,
    ...(principal === undefined ? {} : { principal })
  }
}

/** How early a token is renewed. For short-lived tokens both windows shrink to a part of the life. */
export interface RenewalWindows {
  /** Milliseconds before expiry from which a caller waits for a new token; at most a tenth of the token's life. */
  readonly must: number
  /** Milliseconds before expiry from which a new one is fetched in the background; at most a quarter of the life. */
  readonly should: number
}

/** Waits in the last 10 seconds, renews in the background in the last 5 minutes. */
export const defaultWindows: RenewalWindows = {
  must: Duration.toMillis("10 seconds"),
  should: Duration.toMillis("5 minutes")
}

/** How long an issuer lets a session live, in milliseconds. */
export interface Lifetimes {
  /** How long a refresh token lives without being used. */
  readonly idle: number
  /** How long a chain of renewals may go on; `Infinity` where it has no end of its own. */
  readonly chain: number
}

/** When callers must wait for a new token, in epoch milliseconds; `Infinity` where the token has no known end. */
export const mustRenewAt = (token: Token, windows: RenewalWindows): number => endMinus(token, windows.must, 10)

/** When a new token should be fetched in the background, in epoch milliseconds; `Infinity` where the token has no known end. */
export const shouldRenewAt = (token: Token, windows: RenewalWindows): number =>
  endMinus(token, Math.max(windows.should, windows.must), 4)

const endMinus = (token: Token, window: number, part: number): number =>
  token.expiresAt === undefined
    ? Infinity
    : token.expiresAt - Math.min(window, Math.max(0, (token.expiresAt - token.obtainedAt) / part))

/** Whether the access token has not ended yet. `now` is in epoch milliseconds. */
export const isFresh = (token: Token, now: number): boolean => token.expiresAt === undefined || now < token.expiresAt

/**
 * From when our clock can tell the token's end, in epoch milliseconds; `-Infinity` where nothing is known of it or can be done. A
 * token that was received in the future shows that the clock was set back since: its end came, or comes, that much earlier than
 * it seems.
 */
export const tellableFrom = (token: Token): number => TokenFields.tellableFrom(token, token.refreshToken !== undefined)

/** Whether a caller must wait for a new token. `now` is in epoch milliseconds. */
export const mustRenew = (token: Token, now: number, windows: RenewalWindows): boolean =>
  now >= mustRenewAt(token, windows) || now < tellableFrom(token)

/** Whether a new token should be fetched while this one is still served. `now` is in epoch milliseconds. */
export const shouldRenew = (token: Token, now: number, windows: RenewalWindows): boolean =>
  now >= shouldRenewAt(token, windows) || now < tellableFrom(token)

/**
 * Whether two tokens are the same to a server: it sees only the access token. Compared by content, because the same
 * token may have been read from a store twice.
 *
 * @example
 * import { Token } from "@mlserver-auth/core"
 *
 * const wasReplaced = (sent: Token.Token, stored: Token.Token) => !Token.isSame(sent, stored)
 */
export const isSame = (a: Token, b: Token): boolean =>
  a === b || Redacted.value(a.accessToken) === Redacted.value(b.accessToken)

/** Whether two tokens belong to one chain of renewals. */
export const isSameChain = (a: Token, b: Token): boolean =>
  a.principal === b.principal && a.chainStartedAt === b.chainStartedAt

/** Whether a token is at least as new as another: in one chain by their numbers, since clocks are set back. */
export const isAsNew = (a: Token, b: Token): boolean =>
  isSameChain(a, b) ? a.generation >= b.generation : a.obtainedAt >= b.obtainedAt

/** When the refresh token dies of not being used, as documented, in epoch milliseconds; `undefined` without one. */
export const idleEndsAt = (token: Token, lifetimes: Lifetimes): number | undefined =>
  token.refreshToken === undefined ? undefined : token.obtainedAt + lifetimes.idle

/**
 * When the person must sign in again whatever happens, as documented, in epoch milliseconds; `undefined` without a refresh
 * token, and where the chain has no end.
 */
export const chainEndsAt = (token: Token, lifetimes: Lifetimes): number | undefined =>
  token.refreshToken === undefined || lifetimes.chain === Infinity ? undefined : token.chainStartedAt + lifetimes.chain

/** What an issuer received, before it has a place in a chain of renewals. */
export interface Received {
  readonly accessToken: Redacted.Redacted<string>
  readonly refreshToken: Redacted.Redacted<string> | undefined
  readonly obtainedAt: number
  /** `undefined` where the issuer did not say. */
  readonly expiresAt: number | undefined
  /** Server's clock minus ours, in milliseconds; `undefined` where no `Date` came. */
  readonly clockDifference: number | undefined
}

/** The first token of a chain: its generation is 1. */
export const first = (received: Received, principal?: string): Token =>
  new Token({
    ...given(received),
    chainStartedAt: received.obtainedAt,
    generation: 1,
    ...(principal === undefined ? {} : { principal })
  })

/**
 * A token that another program obtained: no known end, nothing to renew it with. It is used until the server refuses it.
 *
 * @example
 * import { Token, type TokenKey, TokenStore } from "@mlserver-auth/core"
 * import * as Effect from "effect/Effect"
 * import * as Redacted from "effect/Redacted"
 *
 * // Tokens of another program, put where sessions find them.
 * const keep = (key: TokenKey.TokenKey, accessToken: string) =>
 *   Effect.flatMap(Effect.all([TokenStore.TokenStore, Token.fromAccessToken(Redacted.make(accessToken))]), ([store, token]) =>
 *     store.write(key, token)
 *   )
 */
export const fromAccessToken = (accessToken: Redacted.Redacted<string>): Effect.Effect<Token> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    first({
      accessToken,
      obtainedAt: now,
      refreshToken: undefined,
      expiresAt: undefined,
      clockDifference: undefined
    })
  )

/**
 * The next token of a chain: its generation is one more. If no new refresh token came the old one stays (RFC 6749 6).
 */
export const next = (previous: Token, received: Received): Token =>
  new Token({
    ...given({ ...received, refreshToken: received.refreshToken ?? previous.refreshToken }),
    chainStartedAt: previous.chainStartedAt,
    generation: previous.generation + 1,
    ...(previous.principal === undefined ? {} : { principal: previous.principal })
  })

const given = (received: Received) => ({
  accessToken: received.accessToken,
  obtainedAt: received.obtainedAt,
  ...(received.refreshToken === undefined ? {} : { refreshToken: received.refreshToken }),
  ...(received.expiresAt === undefined ? {} : { expiresAt: received.expiresAt }),
  ...(received.clockDifference === undefined ? {} : { clockDifference: received.clockDifference })
})
