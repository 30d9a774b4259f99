import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { KeySet } from "@mlserver-auth/core/verifier"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Jose from "jose"
import * as Signer from "./support/signer.js"

const { claims, NOW, refusal, verifier } = Signer

const names = ["RS256", "PS256", "ES256", "ES384", "EdDSA"] as const
const signers = {
  RS256: await Signer.make("RS256", "rs"),
  PS256: await Signer.make("PS256", "ps"),
  ES256: await Signer.make("ES256", "es"),
  ES384: await Signer.make("ES384", "es3"),
  EdDSA: await Signer.make("EdDSA", "ed")
} as const
const { ES256: ec, RS256: rsa } = signers
const another = await Signer.make("RS256", "another")

const SECRET = Buffer.from("a secret of thirty-two bytes.....")
const oct: Jose.JWK = { kty: "oct", k: SECRET.toString("base64url"), kid: "rs" }
const short = {
  ...generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" }),
  kty: "RSA",
  kid: "rs"
}

/** A token signed with the shared secret. */
const symmetric = Effect.map(
  Effect.promise(() => new Jose.SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "rs" }).sign(SECRET)),
  Redacted.make
)

/** Why a token is refused by whoever has these keys and accepts these algorithms. */
const reason = (
  keys: Effect.Effect<KeySet.KeySet, unknown>,
  token: ReturnType<Signer.Signer["token"]>,
  algorithms: ReadonlyArray<KeySet.Algorithm> = names
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    return yield* refusal(yield* verifier(keys, { algorithms }), yield* token)
  })

describe("KeySet.fromJwks", () => {
  const all = KeySet.fromJwks({ keys: names.map((name) => signers[name].jwk) })

  it.effect.each(names)("checks tokens of %s with the key that they name, where that is accepted", (name) =>
    Effect.gen(function* () {
      const others = names.filter((each) => each !== name)
      expect(yield* reason(all, signers[name].token())).toBeUndefined()
      expect(yield* reason(all, signers[name].token(), others)).toBe("AlgorithmNotAllowed")
    })
  )

  it.effect("finds the only key that can be meant where a token names none, and none of two", () =>
    Effect.gen(function* () {
      const unnamed = { kid: undefined }
      expect(yield* reason(KeySet.fromJwks({ keys: [rsa.jwk, ec.jwk] }), rsa.token({}, unnamed))).toBeUndefined()
      expect(yield* reason(KeySet.fromJwks({ keys: [rsa.jwk, another.jwk] }), rsa.token({}, unnamed))).toBe(
        "UnknownKey"
      )
    })
  )

  it.effect.each<{ readonly name: string; readonly jwk: Jose.JWK }>([
    { name: "a shared secret", jwk: oct },
    { name: "a shared secret that says that it is for RS256", jwk: { ...oct, alg: "RS256" } },
    { name: "a private key", jwk: rsa.privateJwk },
    { name: "for encryption", jwk: { ...rsa.jwk, use: "enc" } },
    { name: "for signing only", jwk: { ...rsa.jwk, key_ops: ["sign"] } },
    { name: "for another algorithm", jwk: { ...rsa.jwk, alg: "RS512" } },
    { name: "of another kind", jwk: { ...ec.jwk, kid: "rs" } },
    { name: "too short", jwk: short },
    { name: "broken", jwk: { kty: "RSA", kid: "rs", n: "!", e: "AQAB" } },
    { name: "half there", jwk: { kty: "RSA", kid: "rs" } },
    { name: "of a kind that nobody knows", jwk: { kty: "XYZ", kid: "rs" } }
  ])("a key that is $name opens nothing, and takes nothing from the others", ({ jwk }) =>
    Effect.gen(function* () {
      const keys = KeySet.fromJwks({ keys: [jwk, another.jwk] })
      expect(yield* reason(keys, rsa.token())).toBe("UnknownKey")
      expect(yield* reason(keys, symmetric)).toBe("AlgorithmNotAllowed")
      expect(yield* reason(keys, another.token())).toBeUndefined()
    })
  )

  it.effect.each([{ keys: [] }, {}, [], null, undefined, "text", { keys: "rsa" }, { keys: [5] }, { keys: [null] }])(
    "%j is no key set",
    (json) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(KeySet.fromJwks(json as unknown as Jose.JSONWebKeySet))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "keys" })
      })
  )
})

describe("KeySet.fromJwk", () => {
  it.effect.each(names)("checks tokens of %s, whatever key they name", (name) =>
    Effect.gen(function* () {
      const keys = KeySet.fromJwk(signers[name].jwk, name)
      for (const kid of [undefined, "other"])
        expect(yield* reason(keys, signers[name].token({}, { kid }))).toBeUndefined()
      expect(yield* reason(keys, another.token())).toBe(name === "RS256" ? "SignatureInvalid" : "UnknownKey")
    })
  )

  it.effect("believes the key about its algorithm, and the caller more; else it is RS256", () =>
    Effect.gen(function* () {
      const { jwk } = signers.PS256
      const tokens = signers.PS256.token()
      expect(yield* reason(KeySet.fromJwk({ ...jwk, alg: "PS256" }), tokens)).toBeUndefined()
      expect(yield* reason(KeySet.fromJwk({ ...jwk, alg: "RS256" }, "PS256"), tokens)).toBeUndefined()
      expect(yield* reason(KeySet.fromJwk(jwk), tokens)).toBe("UnknownKey")
      expect(yield* reason(KeySet.fromJwk(rsa.jwk), rsa.token())).toBeUndefined()
    })
  )

  it.effect.each<{ readonly name: string; readonly jwk: unknown }>([
    { name: "a shared secret", jwk: oct },
    { name: "a shared secret for HS256", jwk: { ...oct, alg: "HS256" } },
    { name: "a private key", jwk: rsa.privateJwk },
    { name: "a key of another kind", jwk: ec.jwk },
    { name: "a short key", jwk: short },
    { name: "half a key", jwk: { kty: "RSA", n: "AQAB" } },
    { name: "a set", jwk: { keys: [rsa.jwk] } },
    { name: "nothing", jwk: {} },
    { name: "null", jwk: null },
    { name: "text", jwk: "RSA" }
  ])("refuses $name at once, quoting nothing of it", ({ jwk }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(KeySet.fromJwk(jwk as Jose.JWK))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "jwk" })
      for (const quoted of [String(oct.k), String(rsa.privateJwk.d)])
        expect(JSON.stringify(error)).not.toContain(quoted)
    })
  )
})
