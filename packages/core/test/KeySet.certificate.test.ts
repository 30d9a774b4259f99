import { spawnSync } from "node:child_process"
import { describe, expect, it } from "@effect/vitest"
import { KeySet } from "@mlserver-auth/core/verifier"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Jose from "jose"
import * as Signer from "./support/signer.js"

const { claims, NOW, refusal, verifier } = Signer

/** A private key and its certificate in one text; empty without openssl. */
const issue = (key: string): string =>
  spawnSync(
    "openssl",
    `req -x509 -newkey ${key} -nodes -keyout - -out - -days 1 -subj /CN=DeployR`.split(" ")
  ).stdout?.toString() ?? ""

const rsa = issue("rsa:2048")
const available = rsa.includes("BEGIN CERTIFICATE")
const skipped = available ? "" : " (skipped: no openssl here)"

const pemOf = (text: string) => /-----BEGIN CERTIFICATE[^]*?END CERTIFICATE-----\n/.exec(text)?.[0] ?? ""
const token = (text: string, alg: KeySet.Algorithm) =>
  Effect.promise(async () => {
    const key = await Jose.importPKCS8(/-----BEGIN PRIVATE[^]*?END PRIVATE KEY-----/.exec(text)?.[0] ?? "", alg)
    return Redacted.make(await new Jose.SignJWT(claims()).setProtectedHeader({ alg }).sign(key))
  })

const reason = (pem: string, of: Effect.Effect<Redacted.Redacted<string>>, alg: KeySet.Algorithm = "RS256") =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    const keys = KeySet.fromCertificate(pem, alg)
    return yield* refusal(yield* verifier(keys, { algorithms: ["RS256", "RS512", "PS256", "ES256"] }), yield* of)
  })

describe.skipIf(!available)(`KeySet.fromCertificate${skipped}`, () => {
  const pem = pemOf(rsa)

  it.effect.each<{ readonly name: string; readonly text: string }>([
    { name: "as openssl writes it", text: pem },
    { name: "with the line ends of Windows", text: pem.replaceAll("\n", "\r\n") },
    { name: "after a byte order mark and blank lines", text: `\ufeff\n\n${pem}` },
    { name: "after a description", text: `Bag Attributes\n    friendlyName: DeployR\nsubject=CN = DeployR\n${pem}` },
    { name: "after its private key", text: rsa },
    { name: "as the first of a chain", text: pem + pemOf(issue("rsa:2048")) }
  ])("checks tokens of the server whose certificate is given $name", ({ text }) =>
    Effect.gen(function* () {
      expect(yield* reason(text, token(rsa, "RS256"))).toBeUndefined()
    })
  )

  it.effect("not those of a server with another certificate, nor of another algorithm", () =>
    Effect.gen(function* () {
      expect(yield* reason(pemOf(issue("rsa:2048")), token(rsa, "RS256"))).toBe("SignatureInvalid")
      expect(yield* reason(pem, token(rsa, "RS512"))).toBe("UnknownKey")
      expect(yield* reason(pem, token(rsa, "RS512"), "RS512")).toBeUndefined()
      expect(yield* reason(pem, token(rsa, "PS256"), "PS256")).toBeUndefined()
    })
  )

  it.effect("an elliptic key's, if its algorithm is named", () =>
    Effect.gen(function* () {
      const ec = issue("ec -pkeyopt ec_paramgen_curve:P-256")
      expect(yield* reason(pemOf(ec), token(ec, "ES256"), "ES256")).toBeUndefined()
      const error = yield* Effect.flip(KeySet.fromCertificate(pemOf(ec)))
      expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "certificate" })
      expect(error.fix).toContain("name its algorithm")
    })
  )

  it.effect("a certificate whose key is too short is refused at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(KeySet.fromCertificate(pemOf(issue("rsa:1024"))))
      expect(error).toMatchObject({ setting: "certificate" })
      expect(error.fix).toContain("2048 bits")
    })
  )

  it.effect("what is no certificate is refused at once, and not quoted", () =>
    Effect.gen(function* () {
      const body = pem.replaceAll(/-----[^-]+-----|\n/g, "")
      for (const text of [
        "",
        body,
        rsa.replace(pem, ""),
        pem.replaceAll("CERTIFICATE", "PUBLIC KEY"),
        pem.slice(0, 300)
      ]) {
        const error = yield* Effect.flip(KeySet.fromCertificate(text))
        expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "certificate" })
        expect(error.message).not.toContain(body.slice(0, 20))
      }
      const garbled = `-----BEGIN CERTIFICATE-----\n${"AAAA".repeat(50)}\n-----END CERTIFICATE-----`
      for (const text of [garbled, garbled.replaceAll("A", "!")])
        expect(yield* Effect.flip(KeySet.fromCertificate(text))).toMatchObject({ setting: "certificate" })
    })
  )
})
