import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { DeviceAuthorization } from "../src/DeviceAuthorization.js"
import { names, only, story } from "./support/device.js"
import { CANARY_DEVICE_CODE, deviceCode, pending, type Plan, refusal, slowDown, tokens } from "./support/entra.js"

const times = (count: number, plan: Plan) => Array.from({ length: count }, () => plan)

describe("the pace of polling", () => {
  it.effect("waits before the first poll, and as long between polls", () =>
    Effect.gen(function* () {
      const { ended, events, polls } = yield* story([deviceCode(), pending, pending, tokens()])
      expect(polls()).toEqual([5, 10, 15])
      expect(Either.isRight(ended)).toBe(true)
      expect(names(events)).toEqual(["Issued", "Pending", "Pending", "Pending", "Approved"])
      expect(only(events, "Pending").map(({ left }) => left / 1000)).toEqual([900, 895, 890])
    })
  )

  it.effect.each([
    ["7", 7],
    [7, 7],
    [undefined, 5],
    ["0", 5],
    [0, 5],
    [-3, 5],
    [null, 5]
  ] as const)("an interval of %j is %i seconds", ([interval, seconds]) =>
    Effect.gen(function* () {
      const { polls } = yield* story([deviceCode({ interval }), pending, tokens()])
      expect(polls()).toEqual([seconds, 2 * seconds])
    })
  )

  it.effect("slow_down twice: five seconds more each time, for good", () =>
    Effect.gen(function* () {
      const plans = [deviceCode(), slowDown, pending, slowDown, pending, pending, tokens()]
      const { events, polls } = yield* story(plans)
      expect(polls()).toEqual([5, 15, 25, 40, 55, 70])
      expect(only(events, "Slowed").map(({ interval }) => interval)).toEqual([10_000, 15_000])
    })
  )

  it.effect.each([
    ["seconds", "42", 42],
    ["less than the pause that is due anyway", "1", 10],
    ["nonsense", "soon", 10]
  ] as const)("Retry-After in %s (%s): the next poll comes %i seconds later", ([, value, wait]) =>
    Effect.gen(function* () {
      for (const status of [429, 503]) {
        const later: Plan = { status, headers: { "retry-after": value }, body: "<html>" }
        const { events, polls } = yield* story([deviceCode(), later, pending, tokens()])
        expect(polls()).toEqual([5, 5 + wait, 10 + wait])
        expect(only(events, "Faulted")).toMatchObject([{ reason: "Status", status }])
      }
    })
  )

  it.effect("a wait that is longer than the code's life is no poll but its end", () =>
    Effect.gen(function* () {
      const later: Plan = { status: 429, headers: { "retry-after": "3600" }, body: "" }
      const { ended, polls } = yield* story([deviceCode(), later])
      expect(polls()).toEqual([5])
      expect(ended).toMatchObject(Either.left({ reason: "DeviceCodeExpired" }))
    })
  )
})

describe("a poll gets no answer that can be used", () => {
  it.effect.each([
    ["a gateway's 502", { status: 502, body: "<html>" }, { reason: "Status", status: 502 }],
    ["an outage with an error body", refusal("temporarily_unavailable", {}, 503), { reason: "Status", status: 503 }],
    ["a server_error with status 400", refusal("server_error"), { reason: "Status", status: 400 }],
    ["a broken connection", { breaks: "ECONNRESET" }, { reason: "Transport", code: "ECONNRESET" }],
    ["a body that breaks off", { breaks: "ECONNRESET", at: "body" }, { reason: "Transport" }],
    ["no network", { breaks: "ENETDOWN" }, { reason: "Transport", code: "ENETDOWN" }],
    ["a captive portal's page", { status: 200, body: "<html>Wi-Fi</html>" }, { reason: "Unreadable", status: 200 }],
    ["a captive portal's redirect", { status: 302, headers: { location: "http://x/" } }, { reason: "Unreadable" }],
    ["a proxy's page", { status: 407, body: "<html>" }, { reason: "Unreadable", status: 407 }],
    ["nothing at all", { status: 200, body: "" }, { reason: "Unreadable" }]
  ] as const)("%s: the code outlives it", ([, plan, fault]) =>
    Effect.gen(function* () {
      const { ended, events, polls } = yield* story([deviceCode(), pending, plan, pending, tokens()])
      expect(only(events, "Faulted")).toMatchObject([fault])
      expect(Either.isRight(ended)).toBe(true)
      // One fault doubles one pause; an answer ends that.
      expect(polls()).toEqual([5, 10, 20, 25])
    })
  )

  it.effect("again and again: the pause doubles up to a minute, then the old pace comes back (RFC 8628 3.5)", () =>
    Effect.gen(function* () {
      const { events, polls } = yield* story([deviceCode(), ...times(6, { breaks: "ECONNRESET" }), pending, tokens()])
      expect(polls()).toEqual([5, 15, 35, 75, 135, 195, 255, 260])
      expect(only(events, "Faulted").map(({ retryIn }) => retryIn / 1000)).toEqual([10, 20, 40, 60, 60, 60])
    })
  )

  it.effect("for half a minute: it is given up, and the pace slows", () =>
    Effect.gen(function* () {
      const { events, polls } = yield* story([deviceCode(), "silence", tokens()])
      expect(polls()).toEqual([5, 45])
      expect(only(events, "Faulted")).toMatchObject([{ reason: "Timeout", retryIn: 10_000 }])
    })
  )
})

describe("what ends a sign-in", () => {
  it.effect.each([
    ["authorization_declined", {}, "DeviceCodeDeclined"],
    ["access_denied", {}, "DeviceCodeDeclined"],
    ["access_denied", { error_codes: [53003] }, "Blocked"],
    ["expired_token", {}, "DeviceCodeExpired"],
    ["code_expired", {}, "DeviceCodeExpired"],
    ["bad_verification_code", {}, "DeviceCodeUnknown"],
    ["invalid_grant", {}, "DeviceCodeUnknown"],
    ["invalid_grant", { error_codes: [54005] }, "Refused"],
    ["invalid_grant", { error_codes: [53003] }, "Blocked"],
    ["interaction_required", { error_codes: [50076], suberror: "basic_action" }, "MultiFactorRequired"],
    ["invalid_grant", { suberror: "consent_required" }, "ConsentRequired"],
    ["unheard_of", {}, "Refused"]
  ] as const)("%s %j: %s, and no further poll", ([error, fields, reason]) =>
    Effect.gen(function* () {
      for (const status of [400, 200]) {
        const { ended, polls } = yield* story([deviceCode(), pending, refusal(error, fields, status), tokens()])
        expect(ended).toMatchObject(Either.left({ _tag: "CredentialRejected", reason, diagnosis: { error } }))
        expect(polls()).toEqual([5, 10])
      }
    })
  )

  it.effect("pending, told with status 200, is pending", () =>
    Effect.gen(function* () {
      const { ended, polls } = yield* story([deviceCode(), refusal("authorization_pending", {}, 200), tokens()])
      expect([Either.isRight(ended), polls()]).toEqual([true, [5, 10]])
    })
  )

  it.effect("a token that cannot be one: typed, since the code is used up", () =>
    Effect.gen(function* () {
      const { ended, polls } = yield* story([deviceCode(), tokens({ access_token: "a b" }), tokens()])
      expect(ended).toMatchObject(Either.left({ _tag: "InvalidResponse", from: "authority" }))
      expect(polls()).toEqual([5])
    })
  )

  it.effect("the end of the code's life, though nobody said so: no poll comes after it", () =>
    Effect.gen(function* () {
      const { ended, events, polls } = yield* story([deviceCode(), pending])
      expect(ended).toMatchObject(Either.left({ _tag: "CredentialRejected", reason: "DeviceCodeExpired" }))
      expect(polls()).toHaveLength(179)
      expect(Math.max(...polls())).toBeLessThan(900)
      expect(events.at(-1)).toEqual({ _tag: "Expired", mayReissue: false })
    })
  )
})

describe("an earlier code", () => {
  const earlier = new DeviceAuthorization({
    userCode: "EARLIER01",
    deviceCode: Redacted.make(CANARY_DEVICE_CODE),
    verificationUri: "https://microsoft.com/devicelogin",
    verificationUriComplete: undefined,
    interval: 2000,
    lifetime: 60_000,
    expiresAt: 30_000
  })

  it.effect("is gone on with: no code is asked for", () =>
    Effect.gen(function* () {
      const { codes, ended, events, polls, sent } = yield* story([pending, tokens()], { resume: earlier })
      expect([codes(), polls()]).toEqual([[], [2, 4]])
      expect(sent[0]?.body).toMatchObject({ code: CANARY_DEVICE_CODE })
      expect(events[0]).toEqual({ _tag: "Issued", authorization: earlier })
      expect(Either.isRight(ended)).toBe(true)
    })
  )

  it.effect("lives as long as it says", () =>
    Effect.gen(function* () {
      const { ended, polls } = yield* story([pending], { resume: earlier })
      expect(Math.max(...polls())).toBeLessThan(30)
      expect(ended).toMatchObject(Either.left({ reason: "DeviceCodeExpired" }))
    })
  )
})

describe("claims", () => {
  it.effect("go with the request for the code and with each poll", () =>
    Effect.gen(function* () {
      const claims = `{"access_token":{}}`
      const { sent } = yield* story([deviceCode(), pending, tokens()], { claims })
      expect(sent.map(({ body }) => body)).toMatchObject([{ claims }, { claims }, { claims }])
    })
  )
})
