/**
 * The public keys that check signatures: you give them, or the library fetches them from an authority and keeps them.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Jose from "jose"
import { type AuthError, ConfigurationInvalid } from "../AuthError.js"
import { type Answer, exchange, isSuccess } from "../internal/issuer/exchange.js"
import * as IssuerError from "../internal/issuer/issuerError.js"
import { monotonic } from "../internal/monotonic.js"
import { oddity, parse } from "../internal/issuer/tokenAnswer.js"
import * as ServerEndpoint from "../ServerEndpoint.js"
import { type Algorithm, ALGORITHMS, isPublic, publicKeys } from "./publicKeys.js"

export type { Algorithm } from "./publicKeys.js"

/** Finds the key of a token. Made by `fromUrl`, `fromJwks`, `fromJwk` or `fromCertificate`. */
export interface KeySet {
  /** What a key is looked up with; fetches the keys first if that is needed. */
  readonly resolver: Effect.Effect<Jose.JWTVerifyGetKey, AuthError>
  /** Another look, since a key was not found: authorities change keys. The same again where it came too soon. */
  readonly refreshed: Effect.Effect<Jose.JWTVerifyGetKey, AuthError>
}

const constant = (resolver: Jose.JWTVerifyGetKey): KeySet => ({
  resolver: Effect.succeed(resolver),
  refreshed: Effect.succeed(resolver)
})

const unusable = (setting: string, fix: string) => () =>
  new ConfigurationInvalid({ setting, problem: "holds no public key that can be used", fix })

/**
 * Keys that you have, as a JSON Web Key Set (RFC 7517 5). `ConfigurationInvalid` for a value that is no key set, and for a set
 * without keys. A key that cannot be used is left out when a token's key is looked up.
 *
 * @example
 * import { KeySet, TokenVerifier } from "@mlserver-auth/core/verifier"
 * import * as Effect from "effect/Effect"
 * import { readFileSync } from "node:fs"
 *
 * const verifier = KeySet.fromJwks(JSON.parse(readFileSync("keys.json", "utf8"))).pipe(
 *   Effect.flatMap((keys) => TokenVerifier.make({ keys, audience: "mlserver", issuer: "mlserver" }))
 * )
 */
export const fromJwks = (jwks: Jose.JSONWebKeySet): Effect.Effect<KeySet, ConfigurationInvalid> =>
  Effect.try({
    try: () => constant(publicKeys(jwks)),
    catch: unusable("keys", "Pass a JSON Web Key Set, like what an authority serves.")
  })

/** One key for tokens of one algorithm, whatever key they name. */
const single = (
  imported: () => Promise<Jose.CryptoKey | Uint8Array>,
  algorithm: Algorithm,
  refuse: () => ConfigurationInvalid
): Effect.Effect<KeySet, ConfigurationInvalid> =>
  Effect.flatMap(Effect.tryPromise({ try: imported, catch: refuse }), (key) =>
    isPublic(key)
      ? Effect.succeed(
          constant(({ alg }) =>
            alg === algorithm ? Promise.resolve(key) : Promise.reject(new Jose.errors.JWKSNoMatchingKey())
          )
        )
      : refuse()
  )

const NAME_IT = "and name its algorithm if that is not RS256; RSA keys have 2048 bits or more."

/**
 * One key that you have, for every token, whatever key the token names. RS256 unless the key or the caller says otherwise.
 * `ConfigurationInvalid` for a key that cannot be used: a private one, a shared secret, an RSA key of less than 2048 bits.
 *
 * @example
 * import { KeySet } from "@mlserver-auth/core/verifier"
 *
 * const keys = KeySet.fromJwk({ kty: "EC", crv: "P-256", x: "MKBCTNIcKUSDii11ySs35…", y: "4Etl6SRW2YiLUrN5vfvVH…" }, "ES256")
 */
export const fromJwk = (jwk: Jose.JWK, algorithm?: Algorithm): Effect.Effect<KeySet, ConfigurationInvalid> => {
  const used = algorithm ?? ALGORITHMS.find((each) => each === jwk?.alg) ?? "RS256"
  return single(
    () => Jose.importJWK(jwk, used),
    used,
    unusable("jwk", `Pass a public key as a JSON Web Key (RFC 7517), ${NAME_IT}`)
  )
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/

/**
 * The certificate that a server signs its tokens with, in PEM: on premises the one that its web nodes are configured
 * with. Of several the first. Only its key counts; the dates of the certificate are its owner's business. `ConfigurationInvalid`
 * for a text without a certificate, and for a key that cannot be used. See `TokenVerifier.make`.
 */
export const fromCertificate = (
  pem: string,
  algorithm: Algorithm = "RS256"
): Effect.Effect<KeySet, ConfigurationInvalid> =>
  single(
    // Tools write a description before it.
    () => Jose.importX509(CERTIFICATE.exec(pem)?.[0] ?? "", algorithm),
    algorithm,
    unusable("certificate", `Pass an X.509 certificate in PEM, from -----BEGIN CERTIFICATE----- on, ${NAME_IT}`)
  )

/** Options of `fromUrl`: for how long keys are believed, and limits of time. */
export interface FetchOptions {
  /** How long fetched keys are believed. Default: 24 hours. */
  readonly maxAge?: Duration.DurationInput | undefined
  /** How soon they may be fetched again for a token whose key is not among them. Default: 5 minutes. */
  readonly cooldown?: Duration.DurationInput | undefined
  /** How long one fetch may take. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

interface Fetched {
  readonly resolver: Jose.JWTVerifyGetKey
  readonly at: number
}

/** After a fetch failed with no keys at hand: how long every caller gets that failure, in milliseconds. */
const FAILURE_PAUSE = 1000

/**
 * Keys that an authority serves (RFC 7517), fetched with the `HttpClient` of the context when they are first needed. An
 * unknown key fetches them anew, but not in a loop: a caller that sends tokens with made-up keys must not make this ask all the
 * time. Keys that are at hand go on being used while the authority cannot be had. `ConfigurationInvalid` for an address
 * that is not https (or http on this machine); it may have a query.
 *
 * @example
 * import { KeySet } from "@mlserver-auth/core/verifier"
 *
 * const keys = KeySet.fromUrl("https://login.microsoftonline.com/contoso.com/discovery/keys", { maxAge: "6 hours" })
 */
export const fromUrl = (
  url: string | URL,
  options: FetchOptions = {}
): Effect.Effect<KeySet, ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const address = yield* addressOf(url)
    const maxAge = Duration.toMillis(options.maxAge ?? "24 hours")
    const cooldown = Duration.toMillis(options.cooldown ?? "5 minutes")
    const turn = yield* Effect.makeSemaphore(1)
    let known: Fetched | undefined
    let failure: AuthError | undefined
    /** When the last fetch was over, however it ended. */
    let triedAt = -Infinity

    const fetchNow = Effect.gen(function* () {
      const at = yield* monotonic
      const result = yield* Effect.either(fetched(client, address, options.timeout ?? "10 seconds"))
      triedAt = yield* monotonic
      if (Either.isRight(result)) known = { resolver: result.right, at }
      else failure = result.left
      return known === undefined ? yield* result : known.resolver
    })
    /** The keys at hand if they will do, else others; a caller that waited for its turn looks again. */
    const look = (will: (keys: Fetched, now: number) => boolean) =>
      Effect.flatMap(monotonic, (now): Effect.Effect<Jose.JWTVerifyGetKey, AuthError> => {
        if (known !== undefined && will(known, now)) return Effect.succeed(known.resolver)
        if (known === undefined && failure !== undefined && now - triedAt < FAILURE_PAUSE) return Effect.fail(failure)
        return fetchNow
      })
    const isCool = (now: number) => now - triedAt < cooldown
    const will = ({ at }: Fetched, now: number) => now - at < maxAge || isCool(now)
    return {
      resolver: Effect.flatMap(monotonic, (now) =>
        known !== undefined && will(known, now)
          ? Effect.succeed(known.resolver)
          : unhurried(turn.withPermits(1)(look(will)))
      ),
      refreshed: unhurried(turn.withPermits(1)(look((_, now) => isCool(now))))
    }
  })

/** Goes on without the caller that began it: others wait for the same keys, and a fetch that was begun counts as one. */
const unhurried = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.exit(effect).pipe(Effect.interruptible, Effect.forkDaemon, Effect.flatMap(Fiber.join), Effect.flatten)

interface Address {
  readonly href: string
  readonly server: string
}

/** Checked as every address is, but for a query: there an application or a policy is named. */
const addressOf = (url: string | URL): Either.Either<Address, ConfigurationInvalid> => {
  const given = String(url).trim()
  const [path = ""] = given.split("?", 1)
  return Either.mapBoth(ServerEndpoint.make(path), {
    onLeft: ({ problem }) => {
      const fix = "Give the whole address, like https://login.microsoftonline.com/<tenant>/discovery/keys."
      return new ConfigurationInvalid({ setting: "keys", problem, fix })
    },
    onRight: ({ origin }) => ({ href: new URL(given).href, server: origin })
  })
}

const fetched = (
  client: HttpClient.HttpClient,
  { href, server }: Address,
  timeout: Duration.DurationInput
): Effect.Effect<Jose.JWTVerifyGetKey, AuthError> =>
  Effect.gen(function* () {
    const fails = IssuerError.make(server, "authority")
    const request = HttpClientRequest.acceptJson(HttpClientRequest.get(href))
    const answer = yield* Effect.mapError(exchange(client, request, timeout), (fault) =>
      fails.unreachable("verification", fault)
    )
    if (IssuerError.isNotNow(answer.status)) return yield* fails.notNow("verification", answer)
    const keys = isSuccess(answer) ? asKeySet(parse(answer.body)) : undefined
    return keys ?? (yield* fails.invalid("verification", answer, problemOf(answer)))
  })

const asKeySet = (json: unknown): Jose.JWTVerifyGetKey | undefined =>
  Either.getOrUndefined(Either.try(() => publicKeys(json as Jose.JSONWebKeySet)))

const problemOf = (answer: Answer): string => {
  if (isSuccess(answer)) return parse(answer.body) === undefined ? oddity(answer) : "it is no key set"
  if (answer.status === 0 || (answer.status >= 300 && answer.status < 400))
    return "it redirects, and keys are taken from nowhere else"
  return answer.status === 404 || answer.status === 405 ? "there are no keys at this path" : oddity(answer)
}
