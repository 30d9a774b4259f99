/**
 * The form the authority's tokens have on the wire: signed JWTs with its claims, or bare identifiers for tests under a
 * TestClock.
 */
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import { seconds, sign, signingKey, type TokenFormat, verified, verifiedOnce } from "../../Tokens.js"
import type { Access } from "./AzureGrants.js"
import type { User } from "../SignIn.js"

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

const common = (rules: Rules, access: Access, user: User, version: "1.0" | "2.0"): Jose.JWTPayload => ({
  iss: issuer(rules, version),
  iat: seconds(access.issuedAt),
  nbf: seconds(access.issuedAt - NOT_BEFORE_MILLIS),
  exp: seconds(access.accessExpiresAt),
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
  uti: access.access,
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
  access: (access) => Effect.succeed(access.access),
  identity: (access, user, version, nonce) =>
    Effect.sync(() => new Jose.UnsecuredJWT(identityClaims(rules, access, user, version, nonce)).encode()),
  read: (token) => Effect.succeed(token),
  publicKeys: Effect.succeed({ keys: [] })
})

/** An RSA key takes a fifth of a second to make: it is made when the first token is. */
const jwt = (rules: Rules): Effect.Effect<AzureTokens> =>
  Effect.map(Effect.cached(signingKey("RS256")), (key) => ({
    rules,
    access: (access, user) => Effect.flatMap(key, (key) => sign(key, accessClaims(rules, access, user))),
    identity: (access, user, version, nonce) =>
      Effect.flatMap(key, (key) => sign(key, identityClaims(rules, access, user, version, nonce))),
    read: verifiedOnce((token, now) => {
      const expected = { issuer: issuer(rules, rules.version), audience: rules.resource }
      return Effect.flatMap(key, (key) => verified(key, "uti", expected)(token, now))
    }),
    publicKeys: Effect.map(key, ({ publicKeys }) => publicKeys)
  }))

/** A key of its own, or no key at all. */
export const make = (format: TokenFormat, rules: Rules): Effect.Effect<AzureTokens> =>
  format === "opaque" ? Effect.sync(() => opaque(rules)) : jwt(rules)
