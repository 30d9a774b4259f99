/**
 * For programs that receive access tokens: a backend for a page, a proxy, a test. Machine Learning Server's documentation asks
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
import * as Jose from "jose"
import { type AuthError, ConfigurationInvalid } from "../AuthError.js"
import type { Authority } from "../Authority.js"
import { accessTokenProblem } from "../Credential.js"
import { canonicalIssuer, issuersOf } from "./issuers.js"
import * as KeySet from "./KeySet.js"
import { ALGORITHMS } from "./publicKeys.js"
import { TokenRefused } from "./TokenRefused.js"

export { TokenRefused } from "./TokenRefused.js"

/** What a token says whose signature, issuer, audience and expiry were checked. */
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

/** The verifier of an application. Provided by `layer`. */
export class TokenVerifier extends Context.Tag("@mlserver-auth/core/verifier/TokenVerifier")<
  TokenVerifier,
  Service
>() {}

/** Options: which tokens are accepted. */
export interface Options {
  readonly keys: KeySet.KeySet
  /** Whom the token must be meant for: the `resource` in the cloud, the server's configured audience on premises. */
  readonly audience: string | ReadonlyArray<string>
  /** Who must have issued it; names of one Azure cloud count as the same. */
  readonly issuer: string | ReadonlyArray<string>
  /** Default: RS256. */
  readonly algorithms?: ReadonlyArray<KeySet.Algorithm> | undefined
  /** How far clocks may be apart. Default: 30 seconds. */
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
    if (!algorithms.every((each) => ALGORITHMS.includes(each)))
      return yield* invalid("algorithms", "one of them has no public key", `Choose from ${ALGORITHMS.join(", ")}.`)
    const clockTolerance = Duration.toSeconds(options.clockTolerance ?? "30 seconds")
    if (!Number.isFinite(clockTolerance))
      return yield* invalid("clockTolerance", "without an end", "Minutes at most: it is what clocks differ by.")
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

/** A verifier as a layer. Fails as `make` does. */
export const layer = (options: Options): Layer.Layer<TokenVerifier, ConfigurationInvalid> =>
  Layer.effect(TokenVerifier, make(options))

const some = <A>(setting: string, given: ReadonlyArray<A>): Effect.Effect<ReadonlyArray<A>, ConfigurationInvalid> =>
  given.length > 0 && !given.some((each) => each === "")
    ? Effect.succeed(given)
    : invalid(setting, "empty", "Say what is accepted; nothing is by default.")

const invalid = (setting: string, problem: string, fix: string) => new ConfigurationInvalid({ setting, problem, fix })

/**
 * The bearer token of an `Authorization` header (RFC 6750 2.1). `TokenRefused` `Missing` without a header, and for another scheme.
 */
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

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Further options of `entra`. */
export interface EntraOptions extends Pick<Options, "clockTolerance">, KeySet.FetchOptions {
  /** The GUID of the application that `resource` is the URI of: v2 tokens name that, and are refused without it. */
  readonly applicationId?: string | undefined
}

/**
 * What an application in the cloud accepts: tokens of one tenant for its own `resource`, of v1 or v2 form, with the keys
 * that the tenant serves. Ids are GUIDs, as tokens name tenants and applications by them: else `ConfigurationInvalid`.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import { Authority } from "@mlserver-auth/core"
 * import { TokenVerifier } from "@mlserver-auth/core/verifier"
 *
 * const Verifier = Layer.unwrapEffect(
 *   Effect.gen(function* () {
 *     const authority = yield* Authority.make({ tenant: "22222222-2222-2222-2222-222222222222" })
 *     return TokenVerifier.layer(yield* TokenVerifier.entra(authority, "11111111-1111-1111-1111-111111111111"))
 *   })
 * )
 */
export const entra = (
  authority: Authority,
  resource: string,
  options: EntraOptions = {}
): Effect.Effect<Options, ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { base, tenant } = authority
    const fix = "Give its GUID; it is in the application's registration."
    if (!GUID.test(tenant)) return yield* invalid("tenant", "named by its domain", fix)
    const id = options.applicationId?.toLowerCase() ?? tenant
    if (!GUID.test(id)) return yield* invalid("applicationId", "not a GUID", fix)
    const keys = yield* KeySet.fromUrl(`${base}/discovery/keys`, options)
    return {
      keys,
      audience: options.applicationId === undefined ? resource : [resource, id],
      issuer: issuersOf(authority),
      clockTolerance: options.clockTolerance
    }
  })
