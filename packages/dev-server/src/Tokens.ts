/**
 * The form access tokens have on the wire. The state machine knows identifiers only; here they become signed JWTs, or
 * stay as they are.
 */
import * as Effect from "effect/Effect"
import * as Jose from "jose"
import type { Grant } from "./Grants.js"
import type { FreshIds } from "./TokenMachine.js"
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
  /** The public keys, for programs that check a signature. */
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

/** A key pair, and its public half as it is published. */
export const signingKey = (alg: "ES256" | "RS256") =>
  Effect.promise(async () => {
    const { privateKey, publicKey } = await Jose.generateKeyPair(alg)
    const jwk = await Jose.exportJWK(publicKey)
    const kid = await Jose.calculateJwkThumbprint(jwk)
    return { alg, privateKey, publicKey, kid, publicKeys: { keys: [{ ...jwk, kid, alg, use: "sig" }] } }
  })

/** A key that signs. */
export type SigningKey = Effect.Effect.Success<ReturnType<typeof signingKey>>

/** Signs claims. */
export const sign = ({ alg, kid, privateKey }: SigningKey, claims: Jose.JWTPayload): Effect.Effect<string> =>
  Effect.promise(() => new Jose.SignJWT(claims).setProtectedHeader({ alg, typ: "JWT", kid }).sign(privateKey))

/**
 * The claim `name` of a token that this key signed, with these other claims. `exp` is in whole seconds, the state machine's end is
 * exact: the tolerance leaves the last word to the latter.
 */
export const verified =
  (
    { alg, publicKey }: SigningKey,
    name: "jti" | "uti",
    expected: { readonly issuer: string; readonly audience?: string }
  ) =>
  (token: string, now: number): Effect.Effect<string | undefined> =>
    Effect.tryPromise(() =>
      Jose.jwtVerify(token, publicKey, {
        ...expected,
        algorithms: [alg],
        currentDate: new Date(now),
        clockTolerance: 1
      })
    ).pipe(
      Effect.map(({ payload }) => (typeof payload[name] === "string" ? payload[name] : undefined)),
      Effect.orElseSucceed(() => undefined)
    )

/** A moment as JSON web tokens have it. */
export const seconds = (millis: number): number => Math.floor(millis / 1000)

const jwt = Effect.map(signingKey("ES256"), (key): Tokens => ({
  mint: ({ access, accessExpiresAt, issuedAt, username }, role) =>
    sign(key, {
      ...(role === undefined ? {} : { role }),
      iss: ISSUER,
      sub: username,
      jti: access,
      iat: seconds(issuedAt),
      exp: seconds(accessExpiresAt)
    }),
  read: verifiedOnce(verified(key, "jti", { issuer: ISSUER })),
  publicKeys: key.publicKeys
}))

/** A key made now, or no key at all. */
export const make = (format: TokenFormat): Effect.Effect<Tokens> => (format === "opaque" ? Effect.succeed(opaque) : jwt)
