import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as DeviceAuthorization from "../src/DeviceAuthorization.js"
import { clear } from "./support/wire.js"

const NOW = Date.UTC(2026, 10, 22, 12)
const CANARY = "Canary-device-code~+/="

const v1 = {
  user_code: "F7KQ2MXD",
  device_code: CANARY,
  verification_url: "https://microsoft.com/devicelogin",
  expires_in: "900",
  interval: "5",
  message: "To sign in, use a web browser …"
}

const expected = {
  userCode: "F7KQ2MXD",
  deviceCode: CANARY,
  verificationUri: "https://microsoft.com/devicelogin",
  verificationUriComplete: undefined,
  interval: 5000,
  lifetime: 900_000,
  expiresAt: NOW + 900_000
}

const decoded = (fields: Readonly<Record<string, unknown>> = {}) =>
  Either.getOrThrow(DeviceAuthorization.decode({ ...v1, ...fields }, NOW))

/** What is wrong with an answer. */
const problem = (json: unknown): string => {
  const error = Either.getOrThrow(Either.flip(DeviceAuthorization.decode(json, NOW)))
  expect(error).toMatchObject({ _tag: "ConfigurationInvalid", setting: "code" })
  expect(error.fix).toContain("or start a new sign-in")
  return error.problem.replace("not the answer of a device authorization endpoint: ", "")
}

const without = (...names: ReadonlyArray<keyof typeof v1>) =>
  Object.fromEntries(Object.entries(v1).filter(([name]) => !names.some((each) => each === name)))

describe("DeviceAuthorization.decode: who writes how", () => {
  it.each<readonly [string, object]>([
    ["v1 of Azure, digits in strings", v1],
    [
      "v2 of Azure, numbers",
      { ...without("verification_url"), verification_uri: v1.verification_url, expires_in: 900, interval: 5 }
    ],
    ["the older spelling with an empty newer one", { ...v1, verification_uri: null }],
    [
      "the Python client's",
      {
        userCode: v1.user_code,
        deviceCode: v1.device_code,
        verificationUrl: v1.verification_url,
        expiresIn: "900",
        interval: "5",
        message: v1.message,
        correlationId: "5a1e0000-0000-4000-8000-000000000002"
      }
    ],
    ["with fields that nobody knows", { ...v1, foci: "1", nested: { device_code: "other" } }]
  ])("%s", (_, json) => {
    expect(clear(Either.getOrThrow(DeviceAuthorization.decode(json, NOW)))).toEqual(expected)
  })

  it("RFC 8628 3.2, its example, with the address that holds the code", () => {
    const authorization = DeviceAuthorization.decode(
      {
        device_code: "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
        user_code: "WDJB-MJHT",
        verification_uri: "https://example.com/device",
        verification_uri_complete: "https://example.com/device?user_code=WDJB-MJHT",
        expires_in: 1800,
        interval: 5
      },
      NOW
    )
    expect(clear(Either.getOrThrow(authorization))).toEqual({
      userCode: "WDJB-MJHT",
      deviceCode: "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
      verificationUri: "https://example.com/device",
      verificationUriComplete: "https://example.com/device?user_code=WDJB-MJHT",
      interval: 5000,
      lifetime: 1_800_000,
      expiresAt: NOW + 1_800_000
    })
  })

  it("the names of RFC 8628 come first where an answer has several", () => {
    const both = decoded({ userCode: "OTHER", verification_uri: "https://first.example/", verificationUrl: "x" })
    expect(both).toMatchObject({ userCode: v1.user_code, verificationUri: "https://first.example/" })
  })
})

describe("DeviceAuthorization.decode: numbers", () => {
  it.each([
    ["missing", undefined, 5000],
    ["null", null, 5000],
    ["5", "5", 5000],
    ["5 as a number", 5, 5000],
    ["7", "7", 7000],
    ["a fraction of seconds", 2.5, 2500],
    ["zero, which would be a loop", 0, 5000],
    ["zero in digits", "0", 5000],
    ["negative", -1, 5000],
    ["next to nothing, which would be a loop too", 0.001, 1000],
    ["a second less than the life", 899, 899_000],
    ["the whole life, which would be no poll at all", 900, 5000],
    ["years", 1e9, 5000],
    ["years in digits", "999999999", 5000]
  ])("an interval that is %s: %j is waited for %i ms", (_, interval, millis) => {
    expect(decoded({ interval }).interval).toBe(millis)
  })

  it.each([
    ["900", 900_000],
    [900, 900_000],
    [1, 1000],
    [299.5, 299_500],
    ["86400", 86_400_000]
  ])("a life of %j is %i ms from the request on", (expires_in, lifetime) => {
    expect(decoded({ expires_in })).toMatchObject({ lifetime, expiresAt: NOW + lifetime })
  })

  it.each([
    [undefined, "expires_in is missing"],
    [null, "expires_in is missing"],
    [0, "expires_in is absurd"],
    ["0", "expires_in is absurd"],
    [-900, "expires_in is absurd"],
    [86_401, "expires_in is absurd"],
    [1e9, "expires_in is absurd"],
    ["999999999", "expires_in is absurd"]
  ])("a life of %j is refused: %s", (expires_in, says) => {
    expect(problem({ ...v1, expires_in })).toBe(says)
  })

  it.each(["abc", "", " 5", "5s", "-1", "1e3", "0x5", "5.0", "9999999999", NaN, Infinity, true, [5], { value: 5 }])(
    "%j is no number of seconds",
    (seconds) => {
      for (const name of ["interval", "expires_in"])
        expect(problem({ ...v1, [name]: seconds })).toBe("fields are of the wrong kind")
    }
  )
})

describe("DeviceAuthorization.decode: where the person is sent", () => {
  it.each([
    "https://microsoft.com/devicelogin",
    "https://aka.ms:8443/devicelogin?mkt=de-DE#top",
    "http://localhost:12800/contoso.com/deviceauth",
    "http://127.0.0.1:1/",
    "http://[::1]/",
    `https://microsoft.com/${"x".repeat(2048 - 22)}`
  ])("%s", (verification_url) => {
    expect(decoded({ verification_url }).verificationUri).toBe(verification_url)
    expect(decoded({ verification_uri_complete: verification_url }).verificationUriComplete).toBe(verification_url)
  })

  it.each([
    "",
    "microsoft.com/devicelogin",
    "//microsoft.com/devicelogin",
    "https://",
    "http://microsoft.com/devicelogin",
    "http://localhost.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ssh://microsoft.com",
    "https://ada@microsoft.com/",
    "https://:Canary@microsoft.com/",
    "https://microsoft.com@evil.example/",
    "https://microsoft.com/a b",
    " https://microsoft.com/",
    "https://microsoft.com/\n",
    "https://microsoft.com/\u001b[2J",
    "https://microsoft.com/\u009b2J",
    "https://microsoft.com/\u0000",
    "https://microsoft.com/\u202egro.evil",
    "https://microsoft.com/\u2066x",
    "https://microsoft.com/\u200bx",
    "https://microsoft.com/\u2028x",
    "https://microsoft.com/\ud800",
    `https://microsoft.com/${"x".repeat(2048 - 21)}`,
    `https://microsoft.com/${"x".repeat(3000)}`
  ])("not %j", (address) => {
    expect(problem({ ...v1, verification_url: address })).toBe("verification_uri is missing or no web address")
    expect(decoded({ verification_uri_complete: address }).verificationUriComplete).toBeUndefined()
  })
})
