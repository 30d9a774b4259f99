import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as DeviceAuthorization from "../src/DeviceAuthorization.js"
import { sized } from "./support/size.js"

const NOW = Date.UTC(2026, 10, 22, 12)
const CANARY = "Canary-device-code~+/="

const answer = {
  user_code: "F7KQ2MXD",
  device_code: CANARY,
  verification_uri: "https://microsoft.com/devicelogin",
  expires_in: 900
}

const decode = (json: unknown) => DeviceAuthorization.decode(json, NOW)
const decoded = (fields: object = {}) => Either.getOrThrow(decode({ ...answer, ...fields }))
const refusal = (json: unknown) => Either.getOrThrow(Either.flip(decode(json)))

/** Everything that printing a value may show. */
const printed = (value: unknown): string =>
  [
    String(value),
    inspect(value),
    inspect(value, { depth: 12, showHidden: true, getters: true }),
    JSON.stringify(value),
    ...(value instanceof Error ? [value.message, value.stack ?? "", inspect(value.cause)] : [])
  ].join("\n")

describe("the user code", () => {
  it.each(["F7KQ2MXD", "WDJB-MJHT", "123 456 789", "ÄÖÜ-ß", "密碼-密碼", "a", "x".repeat(64)])(
    "%j is shown as it was written",
    (user_code) => {
      expect(decoded({ user_code }).userCode).toBe(user_code)
    }
  )

  it.each([
    undefined,
    null,
    "",
    " ",
    "   ",
    "F7KQ\n2MXD",
    "F7KQ\r2MXD",
    "F7KQ\t2MXD",
    "F7KQ\u0000",
    "\u001b[31mF7KQ",
    "F7KQ\u009b2J",
    "F7KQ\u007f",
    "F7KQ\u202e2MXD",
    "\u2066F7KQ\u2069",
    "F7KQ\u200b2MXD",
    "F7KQ\ufeff",
    "F7KQ\u2028",
    "F7KQ\u2029",
    "F7KQ\ud800",
    "F7KQ\ue000",
    "x".repeat(65)
  ])("%j is none", (user_code) => {
    expect(refusal({ ...answer, user_code }).problem).toContain("user_code is missing or unusable")
  })
})

describe("the device code", () => {
  it.each(["x", "with spaces", "x".repeat(16_384)])("%j is kept", (device_code) => {
    expect(Redacted.value(decoded({ device_code }).deviceCode)).toBe(device_code)
  })

  it.each([undefined, null, "", "x\n", "x\u0000", "schlüssel", "x".repeat(16_385)])("%j is none", (device_code) => {
    expect(refusal({ ...answer, device_code }).problem).toContain("device_code is missing or unusable")
  })
})

describe("what is no answer at all", () => {
  it.each([
    null,
    undefined,
    true,
    5,
    "text",
    JSON.stringify(answer),
    [],
    [answer],
    { ...answer, user_code: 5 },
    { ...answer, user_code: ["F7KQ2MXD"] },
    { ...answer, device_code: { value: CANARY } },
    { ...answer, verification_uri: 5 },
    { ...answer, verification_uri_complete: [] }
  ])("%j has fields of the wrong kind", (json) => {
    expect(refusal(json).problem).toContain("fields are of the wrong kind")
  })

  it("an empty object, and one that has everything only from its prototype by name", () => {
    for (const json of [{}, JSON.parse(`{"__proto__": ${JSON.stringify(answer)}}`)])
      expect(refusal(json).problem).toContain("user_code is missing")
  })

  it("`__proto__` changes neither the value nor any other object", () => {
    const json: unknown = JSON.parse(
      `{"__proto__": {"userCode": "EVIL", "polluted": 1}, ${JSON.stringify(answer).slice(1)}`
    )
    const authorization = Either.getOrThrow(decode(json))
    expect(authorization).toEqual(decoded())
    expect("polluted" in authorization || "polluted" in {}).toBe(false)
  })

  it("an error that an authority gave in its place", () => {
    const error = refusal({ error: "invalid_client", error_description: "Canary", error_codes: [7000218] })
    expect(error.problem).toContain("user_code is missing")
    expect(printed(error)).not.toContain("Canary")
  })

  it.prop(
    "never throws, and quotes nothing of what it refuses",
    [
      FastCheck.record(
        {
          user_code: FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.anything()),
          device_code: FastCheck.oneof(FastCheck.constant(CANARY), FastCheck.anything()),
          verification_uri: FastCheck.oneof(FastCheck.constant(`https://${CANARY}/`), FastCheck.anything()),
          expires_in: FastCheck.oneof(FastCheck.constant(CANARY), FastCheck.anything()),
          interval: FastCheck.anything()
        },
        { requiredKeys: [] }
      )
    ],
    ([json]) => {
      const result = decode(json)
      if (Either.isLeft(result)) expect(printed(result.left)).not.toContain("Canary")
      else expect(printed(result.right).replaceAll(result.right.verificationUri, "")).not.toContain(CANARY)
    },
    { fastCheck: { numRuns: sized(100, 1000) } }
  )
})

describe("no device code is seen", () => {
  const { Event } = DeviceAuthorization
  const authorization = decoded()

  it("in the value", () => {
    expect(printed(authorization)).toContain("<redacted>")
    expect(printed({ nested: [authorization] })).not.toContain("Canary")
    expect(printed(authorization)).not.toContain("Canary")
  })

  it.each([
    Event.Issued({ authorization }),
    Event.Pending({ authorization, left: 1, interval: 5000 }),
    Event.Reissued({ authorization })
  ])("in $_tag, while the user code is there for the person", (event) => {
    expect(printed(event)).toContain("F7KQ2MXD")
    expect(printed(event)).not.toContain("Canary")
  })

  it("in what refuses it", () => {
    for (const json of [
      { ...answer, device_code: `${CANARY}\n` },
      { ...answer, device_code: [CANARY] },
      { ...answer, user_code: CANARY.repeat(9) },
      { ...answer, verification_uri: CANARY },
      { ...answer, expires_in: CANARY }
    ])
      expect(printed(refusal(json))).not.toContain("Canary")
  })

  it("codes are equal by what they hold", () => {
    expect(Equal.equals(decoded(), decoded())).toBe(true)
    expect(Equal.equals(decoded(), decoded({ device_code: "other" }))).toBe(false)
  })
})
