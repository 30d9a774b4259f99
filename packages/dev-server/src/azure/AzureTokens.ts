/**
 * The form the authority's tokens have on the wire: signed JWTs with its claims, or bare identifiers for tests under a
 * TestClock.
 */
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import { type TokenFormat, verifiedOnce } from "../Tokens.js"
import type { Access } from "./AzureGrants.js"
import type { User } from "./SignIn.js"

/** What does not change. The authority's origin is known only when it listens. */
export interface Rules {
  readonly origin: () => string
  readonly tenant: string
  readonly client: string
  readonly resource: string
  /** The version of access tokens: the application behind the resource decides, not the endpoint. */
  readonly version: "1.0" | "2.0"
}

/** Makes tokens and reads access tokens back. */
export interface AzureTokens {
  readonly rules: Rules
  readonly access: (access: Access, user: User) => Effect.Effect<string>
  readonly identity: (access: Access, user: User, version: "1.0" | "2.0", nonce?: string) => Effect.Effect<string>
  /** The identifier in an access token that this authority made for the server. */
  readonly read: (token: string, now: number) => Effect.Effect<string | undefined>
  /** None where tokens are opaque. */
  readonly publicKeys: Effect.Effect<Jose.JSONWebKeySet>
}

/** The `iss` of tokens of a version. */
export const issuer = ({ origin, tenant }: Rules, version: "1.0" | "2.0"): string =>
  version === "1.0" ? `${origin()}/${tenant}/` : `${origin()}/${tenant}/v2.0`

/** Tokens are valid from five minutes before they were made, for receivers whose clocks are behind. */
export const NOT_BEFORE_MILLIS = 300_000

const seconds = (millis: number): number => Math.floor(millis / 1000)

const common = (rules: Rules, access: Access, user: User, version: "1.0" | "2.0"): Jose.JWTPayload => ({
  iss: issuer(rules, version),
  iat: seconds(access.issuedAt),
  nbf: seconds(access.issuedAt - NOT_BEFORE_MILLIS),
  exp: seconds(access.expiresAt),
  amr: access.secondFactor ? ["pwd", "mfa"] : ["pwd"],
  oid: user.oid,
  sub: user.oid,
  tid: rules.tenant,
  ver: version,
  ...(version === "1.0"
    ? { upn: user.username, unique_name: user.username }
    : { preferred_username: user.username, name: user.username })
})

const accessClaims = (rules: Rules, access: Access, user: User): Jose.JWTPayload => ({
  ...common(rules, access, user, rules.version),
  aud: access.resource,
  scp: "user_impersonation",
  uti: access.id,
  ...(rules.version === "1.0" ? { appid: rules.client, appidacr: "0" } : { azp: rules.client, azpacr: "0" })
})

const identityClaims = (
  rules: Rules,
  access: Access,
  user: User,
  version: "1.0" | "2.0",
  nonce: string | undefined
): Jose.JWTPayload => ({
  ...common(rules, access, user, version),
  aud: rules.client,
  upn: user.username,
  ...(nonce === undefined ? {} : { nonce })
})

const opaque = (rules: Rules): AzureTokens => ({
  rules,
  access: (access) => Effect.succeed(access.id),
  identity: (access, user, version, nonce) =>
    Effect.sync(() => new Jose.UnsecuredJWT(identityClaims(rules, access, user, version, nonce)).encode()),
  read: (token) => Effect.succeed(token),
  publicKeys: Effect.succeed({ keys: [] })
})

const verify = (rules: Rules, key: Jose.CryptoKey) => (token: string, now: number) =>
  Effect.tryPromise(() =>
    Jose.jwtVerify(token, key, {
      issuer: issuer(rules, rules.version),
      audience: rules.resource,
      algorithms: ["RS256"],
      currentDate: new Date(now),
      clockTolerance: 1
    })
  ).pipe(
    Effect.map(({ payload }) => (typeof payload["uti"] === "string" ? payload["uti"] : undefined)),
    Effect.orElseSucceed(() => undefined)
  )

interface Key {
  readonly pair: Jose.GenerateKeyPairResult
  readonly jwk: Jose.JWK
  readonly kid: string
}

const generate: Effect.Effect<Key> = Effect.promise(async () => {
  const pair = await Jose.generateKeyPair("RS256")
  const jwk = await Jose.exportJWK(pair.publicKey)
  return { pair, jwk, kid: await Jose.calculateJwkThumbprint(jwk) }
})

const signWith =
  (claims: Jose.JWTPayload) =>
  ({ kid, pair }: Key) =>
    Effect.promise(() =>
      new Jose.SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(pair.privateKey)
    )

/** An RSA key takes a fifth of a second to make: it is made when the first token is. */
const jwt = (rules: Rules): Effect.Effect<AzureTokens> =>
  Effect.map(Effect.cached(generate), (key) => {
    const sign = (claims: () => Jose.JWTPayload) => Effect.flatMap(key, (key) => signWith(claims())(key))
    return {
      rules,
      access: (access, user) => sign(() => accessClaims(rules, access, user)),
      identity: (access, user, version, nonce) => sign(() => identityClaims(rules, access, user, version, nonce)),
      read: verifiedOnce((token, now) => Effect.flatMap(key, ({ pair }) => verify(rules, pair.publicKey)(token, now))),
      publicKeys: Effect.map(key, ({ jwk, kid }) => ({ keys: [{ ...jwk, kid, alg: "RS256", use: "sig" }] }))
    }
  })

/** A key of its own, or no key at all. */
export const make = (format: TokenFormat, rules: Rules): Effect.Effect<AzureTokens> =>
  format === "opaque" ? Effect.sync(() => opaque(rules)) : jwt(rules)
