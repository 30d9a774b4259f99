/**
 * The form access tokens have on the wire. The state machine knows identifiers only; here they become signed JWTs, or
 * stay as they are.
 */
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import type { FreshIds, Grant } from "./Grants.js"
import type { Role } from "./Roles.js"

/**
 * `jwt`: signed like the server's. `opaque`: the bare identifier, made without any asynchronous step, for tests under
 * a TestClock.
 */
export type TokenFormat = "jwt" | "opaque"

/** Makes access tokens and reads them back. */
export interface Tokens {
  /** The access token of a grant. */
  readonly mint: (grant: Grant, role: Role | undefined) => Effect.Effect<string>
  /**
   * The identifier in a token that this server made, or `undefined`. Whether the grant still lives is asked of the
   * state machine.
   */
  readonly read: Read
  /** The public keys, for whoever wants to check a signature. */
  readonly publicKeys: Jose.JSONWebKeySet
}

/** The `iss` of every token. */
export const ISSUER = "mlserver-auth-dev-server"

const random = (bytes: number): Buffer => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)))

/**
 * Identifiers for the next pair. Refresh tokens are base64 like the server's, with `/`, `+` and `=` that a query must
 * encode.
 */
export const freshIds = (): FreshIds => ({
  access: random(24).toString("base64url"),
  refresh: random(32).toString("base64")
})

const opaque: Tokens = {
  mint: (grant) => Effect.succeed(grant.access),
  read: (token) => Effect.succeed(token),
  publicKeys: { keys: [] }
}

// A signature does not change, so it is checked once for each token; lifetime and revocation are asked at every call.
const REMEMBERED = 4096

const remember = (known: Map<string, string>, token: string, id: string): string => {
  if (known.size >= REMEMBERED) known.clear()
  known.set(token, id)
  return id
}

/** The identifier in a verified token, if there is one. */
export type Read = (token: string, now: number) => Effect.Effect<string | undefined>

/** Checks the signature of each token once. */
export const verifiedOnce = (verify: Read): Read => {
  const known = new Map<string, string>()
  return (token, now) => {
    const id = known.get(token)
    if (id !== undefined) return Effect.succeed(id)
    return Effect.map(verify(token, now), (id) => (id === undefined ? undefined : remember(known, token, id)))
  }
}

/** `exp` is in whole seconds, the state machine's end is exact: the tolerance leaves the last word to the latter. */
const verify = (key: Jose.CryptoKey) => (token: string, now: number) =>
  Effect.tryPromise(() =>
    Jose.jwtVerify(token, key, { issuer: ISSUER, algorithms: ["ES256"], currentDate: new Date(now), clockTolerance: 1 })
  ).pipe(
    Effect.map(({ payload }) => payload.jti),
    Effect.orElseSucceed(() => undefined)
  )

const jwt = Effect.gen(function* () {
  const { privateKey, publicKey } = yield* Effect.promise(() => Jose.generateKeyPair("ES256"))
  const jwk = yield* Effect.promise(() => Jose.exportJWK(publicKey))
  const kid = yield* Effect.promise(() => Jose.calculateJwkThumbprint(jwk))
  const tokens: Tokens = {
    mint: (grant, role) =>
      Effect.promise(() =>
        new Jose.SignJWT(role === undefined ? {} : { role })
          .setProtectedHeader({ alg: "ES256", typ: "JWT", kid })
          .setIssuer(ISSUER)
          .setSubject(grant.username)
          .setJti(grant.access)
          .setIssuedAt(Math.floor(grant.issuedAt / 1000))
          .setExpirationTime(Math.floor(grant.accessExpiresAt / 1000))
          .sign(privateKey)
      ),
    read: verifiedOnce(verify(publicKey)),
    publicKeys: { keys: [{ ...jwk, kid, alg: "ES256", use: "sig" }] }
  }
  return tokens
})

/** A key made now, or no key at all. */
export const make = (format: TokenFormat): Effect.Effect<Tokens> => (format === "opaque" ? Effect.succeed(opaque) : jwt)
