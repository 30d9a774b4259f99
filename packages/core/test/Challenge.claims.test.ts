import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Challenge from "../src/Challenge.js"

const REQUEST = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"x??>>~":10}}'

const standard = Buffer.from(REQUEST).toString("base64")
const bare = standard.replace(/=+$/, "")
const url = Buffer.from(REQUEST).toString("base64url")
const padded = url + standard.slice(bare.length)

const claims = (header: string | undefined) => Challenge.claims(Challenge.parse(header))
const challenge = (value: string, error = "insufficient_claims") =>
  `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="${error}", claims="${value}"`
const encoded = (text: string) => challenge(Buffer.from(text).toString("base64"))

describe("Challenge.claims", () => {
  it("the request of this test is written in four ways", () => {
    expect(new Set([standard, bare, url, padded]).size).toBe(4)
  })

  it.each([standard, bare, url, padded])("reads %s", (value) => {
    expect(claims(challenge(value))).toBe(REQUEST)
  })

  it.each([
    ["unquoted", `Bearer error=insufficient_claims, claims=${url}`],
    ["unquoted, padded", `Bearer error=insufficient_claims, claims=${padded}`],
    ["before its error", `Bearer claims="${standard}", error="insufficient_claims"`],
    ["of a scheme in capitals", `BEARER ERROR="insufficient_claims", CLAIMS="${standard}"`],
    ["after another scheme", `Negotiate, Basic realm="x, Bearer claims=y", ${challenge(standard)}`],
    ["after a Bearer challenge without an error", `Bearer authorization_uri="https://x/", ${challenge(standard)}`],
    ["before another scheme", `${challenge(standard)}, Basic realm="x", claims="e30="`],
    ["once, whatever comes later", `${challenge(standard)}, claims="e30="`]
  ])("reads one that is %s", (_, header) => {
    expect(claims(header)).toBe(REQUEST)
  })

  it.each([
    ["no header", undefined],
    ["no challenge", ""],
    ["another scheme", challenge(standard).replace("Bearer", "Basic")],
    ["no claims", 'Bearer error="insufficient_claims"'],
    ["claims without an error", `Bearer claims="${standard}"`],
    ["another error", challenge(standard, "invalid_token")],
    ["an error in capitals", challenge(standard, "INSUFFICIENT_CLAIMS")],
    ["an error that only begins so", challenge(standard, "insufficient_claims_more")],
    ["claims of another challenge", `Bearer error="insufficient_claims", Basic claims="${standard}"`],
    ["the JSON itself", challenge(REQUEST.replaceAll('"', '\\"'))],
    ["nothing", challenge("")],
    ["padding alone", challenge("==")],
    ["not base64", challenge("!!!!")],
    ["base64 with a blank in it", challenge(`${standard.slice(0, 8)} ${standard.slice(8)}`)],
    ["base64 cut off in a byte", challenge(standard.slice(0, 9))],
    ["JSON cut off", encoded(REQUEST.slice(0, -1))],
    ["text", encoded("access_token")],
    ["an array", encoded("[]")],
    ["a number", encoded("5")],
    ["a string", encoded('"x"')],
    ["null", encoded("null")],
    ["true", encoded("true")],
    ["two objects", encoded("{}{}")],
    ["base64 of base64", encoded(standard)]
  ])("takes nothing from %s", (_, header) => {
    expect(claims(header)).toBeUndefined()
  })

  it("takes long claims, and none of a header that was cut", () => {
    const request = (length: number) => JSON.stringify({ access_token: { x: "y".repeat(length) } })
    expect(claims(encoded(request(5500)))).toBe(request(5500))
    expect(claims(encoded(request(6500)))).toBeUndefined()
    expect(claims(encoded(request(1_000_000)))).toBeUndefined()
  })

  it("`__proto__` in the claims stays text", () => {
    const text = '{"__proto__":{"polluted":1}}'
    expect(claims(encoded(text))).toBe(text)
    expect("polluted" in {}).toBe(false)
  })

  it.prop(
    "gives back any object that was encoded, in each of the four ways",
    [FastCheck.dictionary(FastCheck.string({ unit: "grapheme" }), FastCheck.jsonValue()), FastCheck.nat(3)],
    ([object, way]) => {
      const text = JSON.stringify(object)
      const base64 = Buffer.from(text).toString("base64")
      const plain = base64.replace(/=+$/, "")
      const alphabet = (value: string) => value.replaceAll("+", "-").replaceAll("/", "_")
      expect(claims(challenge([base64, plain, alphabet(base64), alphabet(plain)][way] ?? ""))).toBe(text)
    }
  )

  it.prop(
    "never throws, and yields a JSON object or nothing",
    [FastCheck.string({ unit: "binary", maxLength: 200 }), FastCheck.base64String({ maxLength: 200 })],
    ([text, base64]) => {
      for (const value of [claims(encoded(text)), claims(challenge(base64)), claims(`Bearer ${text}`)])
        if (value !== undefined) expect(JSON.parse(value)).toBeTypeOf("object")
    }
  )
})
