/** Which keys a signature may be checked with: public ones, long enough, of algorithms that have such. */
import * as Jose from "jose"

/** Signature algorithms with a public key; a shared secret, or none, is never accepted. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA"
] as const
/** Signature algorithms with a public key. */
export type Algorithm = (typeof ALGORITHMS)[number]

/** RFC 7518 3.3 and 3.5: an RSA key has at least as many bits. */
const SHORTEST_RSA = 2048

/** With a shared secret all who know it could have signed, and a private key is not ours to have. */
export const isPublic = (key: Jose.CryptoKey | Uint8Array): key is Jose.CryptoKey => {
  if (key instanceof Uint8Array || key.type !== "public") return false
  const { modulusLength } = key.algorithm as { readonly modulusLength?: number }
  return modulusLength === undefined || modulusLength >= SHORTEST_RSA
}

/**
 * Finds the key of a token in a set. A key that cannot be used is no key, whatever is wrong with it: the token is not to
 * blame. Throws for a value that is no key set, and for an empty set, which would refuse every token.
 */
export const publicKeys = (jwks: Jose.JSONWebKeySet): Jose.JWTVerifyGetKey => {
  const find = Jose.createLocalJWKSet(jwks)
  if (jwks.keys.length === 0) throw new Jose.errors.JWKSInvalid("empty")
  return async (header, token) => {
    const key = await find(header, token).catch(() => undefined)
    if (key === undefined || !isPublic(key)) throw new Jose.errors.JWKSNoMatchingKey()
    return key
  }
}
