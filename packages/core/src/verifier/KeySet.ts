/**
 * The public keys that signatures are checked with: given once, or fetched from an authority and kept.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Jose from "jose"
import { type AuthError, ConfigurationInvalid, InvalidResponse, ServerUnavailable } from "../AuthError.js"
import { exchange, isSuccess } from "../internal/exchange.js"
import { oddity, parse } from "../internal/tokenAnswer.js"
import * as ServerEndpoint from "../ServerEndpoint.js"

/** Signature algorithms with a public key; a shared secret, or none, is never accepted. */
export type Algorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"

/** Where the key of a token is looked for. */
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

/** Keys in hand, as a JSON Web Key Set (RFC 7517 5). */
export const fromJwks = (jwks: Jose.JSONWebKeySet): Effect.Effect<KeySet, ConfigurationInvalid> =>
  Effect.try({
    try: () => constant(Jose.createLocalJWKSet(jwks)),
    catch: unusable("keys", "Pass a JSON Web Key Set, like what an authority serves.")
  })

/** One key in hand, for every token whatever key it names. */
export const fromJwk = (jwk: Jose.JWK, algorithm: Algorithm = "RS256"): Effect.Effect<KeySet, ConfigurationInvalid> =>
  Effect.map(
    Effect.tryPromise({
      try: () => Jose.importJWK(jwk, algorithm),
      catch: unusable("jwk", "Pass a public key as a JSON Web Key (RFC 7517).")
    }),
    (key) => constant(() => Promise.resolve(key))
  )

/**
 * The certificate that a server signs its tokens with, in PEM: on premises the one that its web nodes are configured
 * with. Only its key counts; the dates of the certificate are its owner's business.
 */
export const fromCertificate = (
  pem: string,
  algorithm: Algorithm = "RS256"
): Effect.Effect<KeySet, ConfigurationInvalid> =>
  Effect.map(
    Effect.tryPromise({
      try: () => Jose.importX509(pem, algorithm),
      catch: unusable("certificate", "Pass an X.509 certificate in PEM, from -----BEGIN CERTIFICATE----- on.")
    }),
    (key) => constant(() => Promise.resolve(key))
  )

/** How keys are fetched. */
export interface FetchOptions {
  /** How long fetched keys are believed; 24 hours unless said otherwise. */
  readonly maxAge?: Duration.DurationInput | undefined
  /** How soon they may be fetched again for a token whose key is not among them; 5 minutes unless said otherwise. */
  readonly cooldown?: Duration.DurationInput | undefined
  /** How long one fetch may take; 10 seconds unless said otherwise. */
  readonly timeout?: Duration.DurationInput | undefined
}

interface Fetched {
  readonly resolver: Jose.JWTVerifyGetKey
  readonly at: number
}

/**
 * Keys that an authority serves (RFC 7517), fetched with the `HttpClient` of the context when they are first needed. An
 * unknown key fetches them anew, but not in a loop: whoever sends tokens with made-up keys must not make this ask all the
 * time. Keys that are at hand go on being used while the authority cannot be had. `ConfigurationInvalid` for an address
 * that is not https (or http on this machine).
 */
export const fromUrl = (
  url: string | URL,
  options: FetchOptions = {}
): Effect.Effect<KeySet, ConfigurationInvalid, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const endpoint = yield* ServerEndpoint.make(url)
    const maxAge = Duration.toMillis(options.maxAge ?? "24 hours")
    const cooldown = Duration.toMillis(options.cooldown ?? "5 minutes")
    const turn = yield* Effect.makeSemaphore(1)
    let known: Fetched | undefined
    let failure: { readonly error: AuthError; readonly at: number } | undefined
    let triedAt = -Infinity

    const fetchAt = (now: number) => {
      triedAt = now
      return Effect.tapBoth(fetched(client, endpoint, options.timeout ?? "10 seconds"), {
        onSuccess: (resolver) => Effect.sync(() => (known = { resolver, at: now })),
        onFailure: (error) => Effect.sync(() => (failure = { error, at: now }))
      }).pipe(Effect.catchAll((error) => (known === undefined ? Effect.fail(error) : Effect.succeed(known.resolver))))
    }
    /** The keys at hand if they will do, else others; whoever waited for their turn looks again. */
    const look = (doKnown: (keys: Fetched, now: number) => boolean): Effect.Effect<Jose.JWTVerifyGetKey, AuthError> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (known !== undefined && doKnown(known, now)) return Effect.succeed(known.resolver)
        if (known === undefined && failure !== undefined && now - failure.at < FAILURE_PAUSE)
          return Effect.fail(failure.error)
        return fetchAt(now)
      })
    const isCool = (now: number) => now - triedAt < cooldown
    return {
      resolver: Effect.suspend(() => {
        const will = ({ at }: Fetched, now: number) => now - at < maxAge || isCool(now)
        return Effect.flatMap(Clock.currentTimeMillis, (now) =>
          known !== undefined && will(known, now) ? Effect.succeed(known.resolver) : turn.withPermits(1)(look(will))
        )
      }),
      refreshed: turn.withPermits(1)(look((_, now) => isCool(now)))
    }
  })

/** After a fetch failed with no keys at hand, how long that is the answer to everybody, in milliseconds. */
const FAILURE_PAUSE = 1000

const fetched = (
  client: HttpClient.HttpClient,
  { base, origin: server }: ServerEndpoint.ServerEndpoint,
  timeout: Duration.DurationInput
): Effect.Effect<Jose.JWTVerifyGetKey, AuthError> =>
  Effect.gen(function* () {
    const operation = "verification"
    const answer = yield* Effect.mapError(
      exchange(client, HttpClientRequest.acceptJson(HttpClientRequest.get(base)), timeout),
      ({ code, reason }) =>
        new ServerUnavailable({
          operation,
          server,
          reason: reason === "TooLarge" ? "Transport" : reason,
          ...(code === undefined ? {} : { code })
        })
    )
    const { status } = answer
    if (status >= 500 || status === 429)
      return yield* new ServerUnavailable({ operation, server, reason: "Status", status })
    const keys = isSuccess(answer) ? asKeySet(parse(answer.body)) : undefined
    if (keys !== undefined) return keys
    const problem = isSuccess(answer) ? "it is no key set" : oddity(answer)
    return yield* new InvalidResponse({ operation, server, status, problem, from: "authority" })
  })

const asKeySet = (json: unknown): Jose.JWTVerifyGetKey | undefined =>
  Either.getOrUndefined(Either.try(() => Jose.createLocalJWKSet(json as Jose.JSONWebKeySet)))
