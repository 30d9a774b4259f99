/** Whoever signs tokens, for tests of whoever receives them: real keys, and claims that would be accepted. */
import type { KeySet } from "@mlserver-auth/core/verifier"
import { TokenVerifier } from "@mlserver-auth/core/verifier"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Jose from "jose"

/** The clock of these tests, in epoch milliseconds. */
export const NOW = Date.UTC(2026, 10, 22, 12)

export const ISSUER = "https://mls.example.com"
export const AUDIENCE = "0c1a8e5e-2222-4333-8444-9a0000000002"

/** What a verifier of these tests accepts. */
export const accepted = { audience: AUDIENCE, issuer: ISSUER }

/** Claims that are accepted, with those of a test on top; `undefined` leaves one out. */
export const claims = (fields: Readonly<Record<string, unknown>> = {}) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "ada",
  nbf: NOW / 1000 - 300,
  exp: NOW / 1000 + 3600,
  ...fields
})

export interface Signer {
  /** The public half. */
  readonly jwk: Jose.JWK
  readonly privateJwk: Jose.JWK
  readonly token: (
    fields?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>
  ) => Effect.Effect<Redacted.Redacted<string>>
}

/** A pair of keys of its own. */
export const make = async (alg: KeySet.Algorithm, kid: string): Promise<Signer> => {
  const pair = await Jose.generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await Jose.exportJWK(pair.publicKey)), kid, use: "sig" }
  return {
    jwk,
    privateJwk: { ...(await Jose.exportJWK(pair.privateKey)), kid, use: "sig" },
    token: (fields, header = {}) =>
      Effect.map(
        Effect.promise(() =>
          new Jose.SignJWT(claims(fields)).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(pair.privateKey)
        ),
        Redacted.make
      )
  }
}

/** A token whose parts are what the test says, its signature too. */
export const raw = (header: unknown, payload: unknown, signature = "") => {
  const part = (value: unknown) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")
  return Redacted.make(`${part(header)}.${part(payload)}.${signature}`)
}

/** A verifier with these keys. */
export const verifier = (
  keys: Effect.Effect<KeySet.KeySet, unknown>,
  options: Partial<TokenVerifier.Options> = {}
): Effect.Effect<TokenVerifier.Service> =>
  Effect.orDie(Effect.flatMap(keys, (keys) => TokenVerifier.make({ ...accepted, keys, ...options })))

/** Why a token is refused; the tag of what else went wrong; `undefined` if it is accepted. */
export const refusal = (verifier: TokenVerifier.Service, token: Redacted.Redacted<string>) =>
  Effect.match(verifier.verify(token), {
    onSuccess: () => undefined,
    onFailure: (error) => (error._tag === "TokenRefused" ? error.reason : error._tag)
  })
