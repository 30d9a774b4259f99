/**
 * For whoever receives access tokens: a backend for a page, a proxy, a test. Machine Learning Server's documentation asks
 * that an application checks the bearer token, and that it was meant for it. An entry of its own, since it needs `jose`
 * and no client has a use for it: to a client its token is opaque.
 *
 * Sources: RFC 7519 4.1 and 7.2, RFC 8725 (best practice), RFC 6750 3.1.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Jose from "jose"
import { type AuthError, ConfigurationInvalid } from "../AuthError.js"
import { type Authority, preferredHost } from "../Authority.js"
import { accessTokenProblem } from "../Credential.js"
import * as KeySet from "./KeySet.js"
import { ALGORITHMS } from "./publicKeys.js"

/** Why a token is not accepted. Never quotes it. */
export class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", {
  /** `Missing`: there was no bearer token at all. */
  reason: Schema.Literal(
    "Missing",
    "Malformed",
    "AlgorithmNotAllowed",
    "UnknownKey",
    "SignatureInvalid",
    "Expired",
    "NotYetValid",
    "WrongAudience",
    "WrongIssuer",
    "ClaimMissing"
  )
}) {
  override get message(): string {
    return {
      Missing: "There is no bearer token",
      Malformed: "This is no signed JSON Web Token",
      AlgorithmNotAllowed: "It is signed with an algorithm that is not accepted here",
      UnknownKey: "It is signed with a key that is not known here",
      SignatureInvalid: "Its signature is wrong",
      Expired: "It has expired",
      NotYetValid: "It is not valid yet",
      WrongAudience: "It was meant for somebody else",
      WrongIssuer: "It was issued by somebody else",
      ClaimMissing: "It does not say for whom, from whom or until when it is"
    }[this.reason]
  }
  get fix(): string {
    return "Sign in again, for this very application; and compare the clocks if it is said to be too old or too young."
  }
  get retryable(): boolean {
    return false
  }
  /** The `WWW-Authenticate` value of the 401 that tells a client so (RFC 6750 3). */
  get challenge(): string {
    return this.reason === "Missing" ? "Bearer" : 'Bearer error="invalid_token"'
  }
}

/** A token that was checked. */
export interface VerifiedToken {
  readonly issuer: string
  readonly audience: ReadonlyArray<string>
  readonly subject: string | undefined
  /** Epoch milliseconds, by the issuer's clock. */
  readonly expiresAt: number
  /** Everything it claims. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Checks tokens. */
export interface Service {
  /**
   * Signature, algorithm, issuer, audience, expiry. `TokenRefused` says which of them failed; `ServerUnavailable` and
   * `InvalidResponse` that keys were needed and could not be fetched, which says nothing about the token.
   */
  readonly verify: (token: Redacted.Redacted<string>) => Effect.Effect<VerifiedToken, TokenRefused | AuthError>
}

/** The verifier of an application. */
export class TokenVerifier extends Context.Tag("@mlserver-auth/core/verifier/TokenVerifier")<
  TokenVerifier,
  Service
>() {}

/** What is accepted. */
export interface Options {
  readonly keys: KeySet.KeySet
  /** Whom the token must be meant for: the `resource` in the cloud, the server's configured audience on premises. */
  readonly audience: string | ReadonlyArray<string>
  /** Who must have issued it; names of one Azure cloud count as the same. */
  readonly issuer: string | ReadonlyArray<string>
  /** RS256 unless said otherwise. */
  readonly algorithms?: ReadonlyArray<KeySet.Algorithm> | undefined
  /** How far clocks may be apart; 30 seconds unless said otherwise. */
  readonly clockTolerance?: Duration.DurationInput | undefined
}

/**
 * A verifier. `ConfigurationInvalid` if nothing would be checked: no audience, no issuer, no algorithm.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
 *
 * const accept = (authorization: string | undefined, pem: string) =>
 *   Effect.gen(function* () {
 *     const keys = yield* KeySet.fromCertificate(pem)
 *     const verifier = yield* TokenVerifier.make({ keys, audience: "mlserver", issuer: "mlserver" })
 *     return yield* verifier.verify(yield* TokenVerifier.fromAuthorization(authorization))
 *   })
 */
export const make = (options: Options): Effect.Effect<Service, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const audience = yield* some("audience", [options.audience].flat())
    const issuers = new Set((yield* some("issuer", [options.issuer].flat())).map(canonicalIssuer))
    const algorithms = yield* some<KeySet.Algorithm>("algorithms", options.algorithms ?? ["RS256"])
    if (!algorithms.every((each) => ALGORITHMS.includes(each))) {
      const fix = `Choose from ${ALGORITHMS.join(", ")}.`
      return yield* new ConfigurationInvalid({ setting: "algorithms", problem: "one of them has no public key", fix })
    }
    const clockTolerance = Duration.toSeconds(options.clockTolerance ?? "30 seconds")
    if (!Number.isFinite(clockTolerance)) {
      const fix = "Minutes at most: it is what clocks differ by."
      return yield* new ConfigurationInvalid({ setting: "clockTolerance", problem: "without an end", fix })
    }
    const attempt = (token: string, key: Jose.JWTVerifyGetKey) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.tryPromise({
          try: () =>
            Jose.jwtVerify(token, key, {
              audience: [...audience],
              algorithms: [...algorithms],
              clockTolerance,
              currentDate: new Date(now),
              requiredClaims: ["exp", "iss", "aud"]
            }),
          catch: refusal
        })
      )
    return {
      verify: (redacted) =>
        Effect.gen(function* () {
          const token = Redacted.value(redacted)
          if (accessTokenProblem(token) !== undefined) return yield* new TokenRefused({ reason: "Malformed" })
          const { payload } = yield* Effect.catchIf(
            attempt(token, yield* options.keys.resolver),
            ({ reason }) => reason === "UnknownKey",
            () => Effect.flatMap(options.keys.refreshed, (keys) => attempt(token, keys))
          )
          // What was signed may still be of any kind.
          const issuer: unknown = payload.iss
          if (!Predicate.isString(issuer) || !issuers.has(canonicalIssuer(issuer)))
            return yield* new TokenRefused({ reason: "WrongIssuer" })
          return {
            issuer,
            audience: [payload.aud ?? []].flat().filter(Predicate.isString),
            subject: Predicate.isString(payload.sub) ? payload.sub : undefined,
            expiresAt: (payload.exp ?? 0) * 1000,
            claims: payload
          }
        }).pipe(Effect.withSpan("TokenVerifier.verify", { captureStackTrace: false }))
    }
  })

/** A verifier as a layer. */
export const layer = (options: Options): Layer.Layer<TokenVerifier, ConfigurationInvalid> =>
  Layer.effect(TokenVerifier, make(options))

const some = <A>(setting: string, given: ReadonlyArray<A>): Effect.Effect<ReadonlyArray<A>, ConfigurationInvalid> =>
  given.length > 0 && !given.some((each) => each === "")
    ? Effect.succeed(given)
    : new ConfigurationInvalid({ setting, problem: "empty", fix: "Say what is accepted; nothing is by default." })

/** The bearer token of an `Authorization` header (RFC 6750 2.1). */
export const fromAuthorization = (
  header: string | undefined
): Either.Either<Redacted.Redacted<string>, TokenRefused> => {
  const token = /^bearer +(\S+) *$/i.exec(header ?? "")?.[1]
  return token === undefined ? Either.left(new TokenRefused({ reason: "Missing" })) : Either.right(Redacted.make(token))
}

const refusal = (error: unknown): TokenRefused => {
  const { errors } = Jose
  if (error instanceof errors.JWTExpired) return new TokenRefused({ reason: "Expired" })
  if (error instanceof errors.JWTClaimValidationFailed) return new TokenRefused({ reason: ofClaim(error) })
  if (error instanceof errors.JWSSignatureVerificationFailed) return new TokenRefused({ reason: "SignatureInvalid" })
  if (error instanceof errors.JOSEAlgNotAllowed) return new TokenRefused({ reason: "AlgorithmNotAllowed" })
  if (error instanceof errors.JWKSNoMatchingKey) return new TokenRefused({ reason: "UnknownKey" })
  return new TokenRefused({ reason: "Malformed" })
}

const ofClaim = ({ claim, reason }: Jose.errors.JWTClaimValidationFailed): TokenRefused["reason"] => {
  if (reason !== "check_failed") return "ClaimMissing"
  return claim === "aud" ? "WrongAudience" : claim === "nbf" ? "NotYetValid" : "ClaimMissing"
}

/** Names of one cloud are one issuer; nothing else of the address may differ (RFC 7519 4.1.1). */
const canonicalIssuer = (issuer: string): string => {
  const match = /^https:\/\/([^/?#@]+)(\/.*)?$/s.exec(issuer)
  return match === null ? issuer : `https://${preferredHost(match[1] ?? "")}${match[2] ?? ""}`
}

/**
 * Clouds whose v1 tokens name an issuer that is no name of the cloud. Source: what their metadata says; the keys still
 * come from the cloud itself.
 */
const V1_ISSUERS: { readonly [network: string]: string } = {
  "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",
  "https://login.microsoftonline.us": "https://sts.windows.net"
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * What an application in the cloud accepts: tokens of one tenant for its own `resource`, of v1 or v2 form, with the keys
 * that the tenant serves. Tokens name their tenant by its GUID, so `authority` must too: `ConfigurationInvalid` otherwise.
 */
export const entra = (
  authority: Authority,
  resource: string,
  options: Pick<Options, "clockTolerance"> & KeySet.FetchOptions = {}
): Effect.Effect<Options, ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { base, network, origin, tenant } = authority
    if (!GUID.test(tenant)) {
      const fix = "Give the tenant's GUID; it is in the application's registration."
      return yield* new ConfigurationInvalid({ setting: "tenant", problem: "named by its domain", fix })
    }
    const keys = yield* KeySet.fromUrl(`${base}/discovery/keys`, options)
    return {
      keys,
      audience: resource,
      issuer: [origin, V1_ISSUERS[network] ?? origin]
        .map((at) => `${at}/${tenant}/`)
        .concat(`${origin}/${tenant}/v2.0`),
      clockTolerance: options.clockTolerance
    }
  })
