import { createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import { KeySet } from "@mlserver-auth/core/verifier"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Jose from "jose"
import * as Signer from "./support/signer.js"
import { sized } from "./support/size.js"

const { claims, NOW, raw, refusal, verifier } = Signer

const rsa = await Signer.make("RS256", "rsa-1")
const evil = await Signer.make("RS256", "rsa-1")
const keys = KeySet.fromJwks({ keys: [rsa.jwk] })
const everything = { algorithms: ["RS256", "PS256", "ES256", "EdDSA"] } as const

const header = { alg: "RS256", kid: "rsa-1", typ: "JWT" }
const spki = await Jose.exportSPKI(await Jose.importJWK(rsa.jwk, "RS256").then((key) => key as Jose.CryptoKey))
const modulus = String(rsa.jwk.n)

/** Why a token is refused at the time of these tests. */
const reason = (token: Redacted.Redacted<string>, options: Parameters<typeof verifier>[1] = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    return yield* refusal(yield* verifier(keys, options), token)
  })

const parts = (token: Redacted.Redacted<string>) => {
  const [head = "", payload = "", signature = ""] = Redacted.value(token).split(".")
  return { head, payload, signature }
}

/** A token with this header, signed with this text as shared secret. */
const hmac = (secret: string | Buffer, alg = "HS256") => {
  const unsigned = parts(raw({ ...header, alg }, claims()))
  const signing = `${unsigned.head}.${unsigned.payload}`
  const bits = alg.slice(2)
  return Redacted.make(`${signing}.${createHmac(`sha${bits}`, secret).update(signing).digest("base64url")}`)
}

describe("what is no signed token", () => {
  it.effect.each([
    "",
    ".",
    "..",
    "...",
    "a",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "a.b.c.d.e",
    "e30.e30.",
    "e30.e30.e30",
    "null",
    "{}",
    " ",
    "Bearer a.b.c",
    "a b.c.d",
    "a.b.c\n",
    "a.b.c\u0000",
    "ä.b.c",
    "x".repeat(100_000),
    `${"x".repeat(30_000)}.${"x".repeat(30_000)}.x`
  ])("%j", (token) =>
    Effect.gen(function* () {
      expect(yield* reason(Redacted.make(token), everything)).toBe("Malformed")
    })
  )

  it.effect("a header or claims that are no object, and a good token with something around it", () =>
    Effect.gen(function* () {
      const good = Redacted.value(yield* rsa.token())
      const { head, payload, signature } = parts(Redacted.make(good))
      for (const other of ["", "[]", "5", '"x"', "null", "{", '{"alg":5}', "{}"])
        expect(yield* reason(raw(other, claims(), signature))).toBe("Malformed")
      for (const token of [
        ` ${good}`,
        `${good} `,
        `${good}\n`,
        `${good}.`,
        `.${good}`,
        `${good}=`,
        `${head}.${payload}`
      ])
        expect(yield* reason(Redacted.make(token))).toBe("Malformed")
    })
  )

  it.effect("claims that are signed and are no object", () =>
    Effect.gen(function* () {
      const key = yield* Effect.promise(() => Jose.importJWK(rsa.privateJwk, "RS256"))
      for (const text of ["[]", "5", '"x"', "null", "{", ""]) {
        const signing = new Jose.CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header)
        const token = Redacted.make(yield* Effect.promise(() => signing.sign(key)))
        expect(yield* reason(token)).toBe("Malformed")
      }
    })
  )
})

describe("an algorithm that is not accepted", () => {
  it.effect.each(["none", "None", "NONE", "nOnE", "", "rs256", "RS384", "PS256", "ES256", "dir", "RSA-OAEP"])(
    "%j without a signature, with one of somebody else, and with the true one",
    (alg) =>
      Effect.gen(function* () {
        const { signature } = parts(yield* rsa.token())
        const refused = alg === "" ? "Malformed" : "AlgorithmNotAllowed"
        for (const given of ["", "AAAA", signature])
          expect(yield* reason(raw({ ...header, alg }, claims(), given))).toBe(refused)
      })
  )

  it.effect.each(["HS256", "HS384", "HS512"])("%s with the public key as the secret, in each of its forms", (alg) =>
    Effect.gen(function* () {
      const der = createPublicKey(spki).export({ type: "spki", format: "der" })
      const forms = [spki, spki.trim(), der, JSON.stringify(rsa.jwk), modulus, Buffer.from(modulus, "base64url"), ""]
      for (const secret of forms) {
        expect(yield* reason(hmac(secret, alg))).toBe("AlgorithmNotAllowed")
        expect(yield* reason(hmac(secret, alg), everything)).toBe("AlgorithmNotAllowed")
      }
    })
  )
})

describe("a header that brings its own key", () => {
  it.effect.each([
    ["jwk", evil.jwk],
    ["jku", "https://evil.example/keys"],
    ["x5u", "https://evil.example/certificate"],
    ["x5c", ["MIIB"]],
    ["x5t", "AAAA"]
  ] as const)("%s changes nothing: a stranger's token is refused, and one of ours accepted", ([name, value]) =>
    Effect.gen(function* () {
      const brought = { [name]: value }
      expect(yield* reason(yield* evil.token({}, brought))).toBe("SignatureInvalid")
      expect(yield* reason(yield* evil.token({}, { ...brought, kid: "evil" }))).toBe("UnknownKey")
      expect(yield* reason(yield* rsa.token({}, brought))).toBeUndefined()
    })
  )

  it.effect("extensions that must be understood are not, however well they are signed (RFC 7515 4.1.11)", () =>
    Effect.gen(function* () {
      const key = createPrivateKey({ key: { ...rsa.privateJwk }, format: "jwk" })
      const signed = (more: object) => {
        const { head, payload } = parts(raw({ ...header, ...more }, claims()))
        const signature = sign("sha256", Buffer.from(`${head}.${payload}`), key).toString("base64url")
        return Redacted.make(`${head}.${payload}.${signature}`)
      }
      expect(yield* reason(signed({}))).toBeUndefined()
      for (const crit of [["exp"], ["http://evil.example/x"], ["alg"], ["b64"], [], "exp", null, [5]])
        expect(yield* reason(signed({ crit, exp: 1, b64: false, "http://evil.example/x": 1 }))).toBe("Malformed")
    })
  )
})

describe("a signature that is wrong", () => {
  it.effect("by another key of the same name, over other claims, cut, or not there", () =>
    Effect.gen(function* () {
      const { head, payload, signature } = parts(yield* rsa.token())
      const { payload: other } = parts(yield* rsa.token({ sub: "root" }))
      const broken = [
        yield* evil.token(),
        Redacted.make(`${head}.${other}.${signature}`),
        Redacted.make(`${head}.${payload}.`),
        Redacted.make(`${head}.${payload}.AAAA`),
        Redacted.make(`${head}.${payload}.${signature.slice(0, -4)}`),
        Redacted.make(`${head}.${payload}.${signature}AAAA`)
      ]
      for (const token of broken) expect(yield* reason(token)).toBe("SignatureInvalid")
      expect(yield* reason(Redacted.make(`${head}.${payload}.${signature}`))).toBeUndefined()
    })
  )

  it.effect("is found before anything that is claimed is looked at", () =>
    Effect.gen(function* () {
      for (const fields of [{ exp: 1 }, { aud: "other" }, { iss: "https://evil.example" }, { nbf: 1e10 }])
        expect(yield* reason(yield* evil.token(fields))).toBe("SignatureInvalid")
    })
  )

  const good = Effect.runPromise(rsa.token())

  it.effect.prop(
    "any other character in any place makes a token that is refused",
    [FastCheck.nat(), FastCheck.stringMatching(/^[\w.+/= -]$/)],
    ([at, character]) =>
      Effect.gen(function* () {
        const token = Redacted.value(yield* Effect.promise(() => good))
        // The last character of a part may hold bits that count for nothing.
        const place = at % (token.lastIndexOf(".") + 1)
        const changed = token.slice(0, place) + character + token.slice(place + 1)
        const refused = yield* reason(Redacted.make(changed))
        expect(refused === undefined).toBe(changed === token)
      }),
    { fastCheck: { numRuns: sized(60, 300) } }
  )
})

describe("a key that is not known", () => {
  it.effect.each(["other", "", "RSA-1", "rsa-1 ", "__proto__", "../rsa-1"])("named %j", (kid) =>
    Effect.gen(function* () {
      expect(yield* reason(yield* rsa.token({}, { kid }))).toBe("UnknownKey")
    })
  )

  it.effect("a name that is no text", () =>
    Effect.gen(function* () {
      for (const kid of [5, null, ["rsa-1"], {}])
        expect(yield* reason(raw({ ...header, kid }, claims()))).toBe("UnknownKey")
    })
  )
})
