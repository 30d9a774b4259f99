import { afterAll, beforeAll, describe, expect, it, vi } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import {
  ada,
  client,
  failure,
  issuer,
  issuerOver,
  NOW,
  type Operation,
  operations,
  pair,
  type Plan,
  run
} from "./support/wire.js"

const named = { grant: "sign-in", renew: "renewal", revoke: "revocation" } as const

type Ending = "Rejected" | "Forbidden" | "Expired" | "Unavailable" | "Uncertain" | "Invalid" | "Done"

const endings: Record<Exclude<Ending, "Done">, (operation: Operation, status: number) => Record<string, unknown>> = {
  Rejected: () => ({ _tag: "CredentialRejected", reason: "InvalidCredentials", retryable: false }),
  Forbidden: () => ({ _tag: "CredentialRejected", reason: "Forbidden", retryable: false }),
  Expired: () => ({ _tag: "SessionExpired", reason: "Refused", retryable: false }),
  Uncertain: (_, status) => ({ _tag: "RenewalUncertain", reason: "Status", status, retryable: true }),
  Invalid: (operation, status) => ({ _tag: "InvalidResponse", operation: named[operation], status, retryable: false }),
  Unavailable: (operation, status) => ({
    _tag: "ServerUnavailable",
    operation: named[operation],
    reason: "Status",
    status,
    retryable: true
  })
}

describe("a status and what it means", () => {
  it.effect.each([
    [400, "Invalid", "Invalid", "Invalid"],
    [401, "Rejected", "Expired", "Done"],
    [403, "Forbidden", "Invalid", "Invalid"],
    [404, "Invalid", "Invalid", "Invalid"],
    [408, "Unavailable", "Unavailable", "Unavailable"],
    [421, "Invalid", "Invalid", "Invalid"],
    [429, "Unavailable", "Unavailable", "Unavailable"],
    [500, "Unavailable", "Uncertain", "Unavailable"],
    [502, "Unavailable", "Uncertain", "Unavailable"],
    [503, "Unavailable", "Uncertain", "Unavailable"],
    [504, "Unavailable", "Uncertain", "Unavailable"],
    [520, "Unavailable", "Uncertain", "Unavailable"],
    [524, "Unavailable", "Uncertain", "Unavailable"],
    [599, "Unavailable", "Uncertain", "Unavailable"]
  ] as const)("%i: log-in %s, renewal %s, revocation %s", ([status, ...expected]) =>
    Effect.gen(function* () {
      for (const [index, operation] of operations.entries()) {
        const ending: Ending = expected[index] ?? "Done"
        const { issuer: it, sent } = yield* issuer({ status })
        const outcome = yield* Effect.exit(run(it, operation))
        if (ending === "Done") expect(outcome).toEqual(Exit.void)
        else expect(yield* Effect.flip(outcome)).toMatchObject(endings[ending](operation, status))
        expect(sent).toHaveLength(1)
      }
    })
  )

  it.effect.each(operations)("does not change when the client inside was told to fail for it (%s)", (operation) =>
    Effect.gen(function* () {
      for (const status of [401, 404, 503]) {
        const strict = yield* issuerOver(HttpClient.filterStatusOk(client([{ status }]).http))
        const plain = yield* issuerOver(client([{ status }]).http)
        expect(yield* Effect.exit(run(strict, operation))).toEqual(yield* Effect.exit(run(plain, operation)))
      }
    })
  )
})

/** Reads a text without a zone as people in New York do, in winter. The machine's own zone belongs to the whole process. */
class DateInNewYork extends Date {
  constructor(...from: ReadonlyArray<string | number>) {
    const [first = DateInNewYork.now()] = from
    super(typeof first === "string" ? DateInNewYork.parse(first) : first)
  }
  static override parse(text: string): number {
    return super.parse(/GMT|Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text} GMT-0500`)
  }
}

describe("Retry-After", () => {
  const date = (millis: number) => new Date(millis).toUTCString()
  const asctime = "Sun Nov 20 12:06:14 2016"

  // One of the three forms of a date does not say that it is in GMT, which goes unnoticed where the machine is.
  beforeAll(() => {
    vi.stubGlobal("Date", DateInNewYork)
    expect(new Date(asctime).getTime()).toBe(NOW + 120_000 + 5 * 3_600_000)
  })
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  it.effect.each([
    { header: undefined, wait: undefined },
    { header: "", wait: undefined },
    { header: "0", wait: 0 },
    { header: " 7 ", wait: 7000 },
    { header: "3600", wait: 3_600_000 },
    { header: "86400", wait: 3_600_000 },
    { header: "999999999", wait: 3_600_000 },
    { header: "9999999999", wait: 3_600_000 },
    { header: "99999999999", wait: 3_600_000 },
    { header: "9".repeat(400), wait: 3_600_000 },
    { header: "-5", wait: undefined },
    { header: "1.5", wait: undefined },
    { header: "1e3", wait: undefined },
    { header: "soon", wait: undefined },
    { header: "Sunday", wait: undefined },
    { header: "Mon 1", wait: undefined },
    { header: "Sun, 20 Nov 2016", wait: undefined },
    { header: "Sun, 31 Feb 2016 12:06:14 GMT", wait: undefined },
    { header: "Sun, 20 Nov 2016 25:06:14 GMT", wait: undefined },
    { header: "Sun, 20 Nov 2016 12:06:14 PST", wait: undefined },
    { header: "Sun, 20 Nov 0016 12:06:14 GMT", wait: undefined },
    { header: "Sat, 31 Dec 2016 23:59:60 GMT", wait: 3_600_000 },
    { header: "2016-11-20T12:06:14Z", wait: undefined },
    { header: date(NOW + 120_000), wait: 120_000 },
    { header: "Sunday, 20-Nov-16 12:06:14 GMT", wait: 120_000 },
    { header: asctime, wait: 120_000 },
    { header: date(NOW - 120_000), wait: 0 },
    { header: date(NOW + 86_400_000), wait: 3_600_000 }
  ])("$header is $wait ms", ({ header, wait }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const headers: Record<string, string> = header === undefined ? {} : { "retry-after": header }
      for (const operation of operations) {
        const error = yield* failure(operation, { status: 503, headers })
        expect(error.retryable).toBe(true)
        expect("retryAfter" in error ? error.retryAfter : undefined).toBe(wait)
      }
    })
  )

  it.effect.each([-10, 10])("a date is by the server's clock, which is %i minutes from ours", (minutes) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const theirs = NOW + minutes * 60_000
      const headers = { date: date(theirs), "retry-after": date(theirs + 30_000) }
      expect(yield* failure("grant", { status: 429, headers })).toMatchObject({ status: 429, retryAfter: 30_000 })
    })
  )
})

describe("the server's clock", () => {
  it.effect.each(["", "now", "0", "-1", "2016-11-20", "1479643454", "Sun, 99 Nov 2016 12:00:00 GMT"])(
    "is not measured by the Date %j",
    (date) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(NOW)
        const { issuer: it } = yield* issuer({ ...pair({ expires_in: undefined }), headers: { date } })
        const { clockDifference, expiresAt } = yield* it.grant(ada)
        expect([clockDifference, expiresAt]).toEqual([undefined, NOW + 3_600_000])
      })
  )
})

describe("a transport that fails", () => {
  const surelyNotSent = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENETDOWN",
    "UND_ERR_CONNECT_TIMEOUT",
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER"
  ]
  const maybeSent = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "HPE_INVALID_CONSTANT", undefined]
  const late = ["ETIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]

  it.effect.each(surelyNotSent)("with %s has sent nothing: a renewal has surely not happened", (code) =>
    Effect.gen(function* () {
      for (const operation of operations) {
        expect(yield* failure(operation, { breaks: code })).toMatchObject({
          _tag: "ServerUnavailable",
          operation: named[operation],
          reason: "Transport",
          code,
          retryable: true
        })
      }
    })
  )

  it.effect.each([...maybeSent, ...late])("with %s may have sent it: a renewal may have happened", (code) =>
    Effect.gen(function* () {
      const reason = late.some((it) => it === code) ? "Timeout" : "Transport"
      const end = { reason, retryable: true, ...(code === undefined ? {} : { code }) }
      expect(yield* failure("renew", { breaks: code })).toMatchObject({ _tag: "RenewalUncertain", ...end })
      expect(yield* failure("grant", { breaks: code })).toMatchObject({ _tag: "ServerUnavailable", ...end })
      expect(yield* failure("revoke", { breaks: code })).toMatchObject({ _tag: "ServerUnavailable", ...end })
    })
  )

  it.effect("that knows that no byte left is believed, whatever its code", () =>
    Effect.gen(function* () {
      const unsent = Object.assign(new Error("gone"), { code: "ECONNRESET", sent: false })
      const breaking = HttpClient.make((request) =>
        Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: unsent }))
      )
      const error = yield* Effect.flip(run(yield* issuerOver(breaking), "renew"))
      expect(error).toMatchObject({ _tag: "ServerUnavailable", code: "ECONNRESET" })
    })
  )

  it.effect.each(["ECONNREFUSED", "ECONNRESET"])("within the body was sent to, whatever it says: %s", (code) =>
    Effect.gen(function* () {
      expect(yield* failure("renew", { breaks: code, at: "body" })).toMatchObject({ _tag: "RenewalUncertain", code })
      expect(yield* failure("grant", { breaks: code, at: "body" })).toMatchObject({ _tag: "ServerUnavailable", code })
    })
  )

  it.effect.each(["lower case", "Canary-password-7f3a", "X".repeat(80), "A\nB"])("has no code %j", (code) =>
    Effect.gen(function* () {
      const error = yield* failure("renew", { breaks: code })
      expect(error).toMatchObject({ _tag: "RenewalUncertain" })
      expect(error).not.toHaveProperty("code")
    })
  )

  it.effect.each(["Encode", "InvalidUrl"] as const)("before it begins has sent nothing: %s", (reason) =>
    Effect.gen(function* () {
      const http = HttpClient.make((request) => Effect.fail(new HttpClientError.RequestError({ request, reason })))
      const it = yield* issuerOver(http)
      expect(yield* Effect.flip(run(it, "renew"))).toMatchObject({ _tag: "ServerUnavailable", reason: "Transport" })
    })
  )
})

describe("a server that does not answer", () => {
  const plans: ReadonlyArray<{ readonly what: string; readonly plan: () => Plan }> = [
    { what: "anything", plan: () => "silence" },
    { what: "a body", plan: () => ({ body: new ReadableStream() }) }
  ]

  it.effect.each(plans)("with $what is waited for half a minute", ({ plan }) =>
    Effect.gen(function* () {
      for (const operation of operations) {
        const failed = yield* Effect.fork(failure(operation, plan()))
        yield* TestClock.adjust("29999 millis")
        expect(yield* Fiber.poll(failed)).toMatchObject({ _tag: "None" })
        yield* TestClock.adjust("1 millis")
        const _tag = operation === "renew" ? "RenewalUncertain" : "ServerUnavailable"
        expect(yield* Fiber.join(failed)).toMatchObject({ _tag, reason: "Timeout", retryable: true })
      }
    })
  )

  it.effect("is waited for as long as was said, also by a client that cannot be interrupted", () =>
    Effect.gen(function* () {
      const http = HttpClient.make(() => Effect.uninterruptible(Effect.never))
      const it = yield* issuerOver(http, { timeout: "3 seconds" })
      const failed = yield* Effect.fork(Effect.flip(run(it, "grant")))
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(failed)).toMatchObject({ _tag: "ServerUnavailable", reason: "Timeout" })
    })
  )

  it.effect("is let go when nobody waits any more, and nothing is sent again", () =>
    Effect.gen(function* () {
      const [sent, gone] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      let count = 0
      const http = HttpClient.make(() =>
        Effect.suspend(() => {
          count += 1
          return Effect.zipRight(Deferred.succeed(sent, undefined), Effect.never)
        }).pipe(Effect.onInterrupt(() => Deferred.succeed(gone, undefined)))
      )
      const it = yield* issuerOver(http)
      const fiber = yield* Effect.fork(run(it, "renew"))
      yield* Deferred.await(sent)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(gone)
      yield* TestClock.adjust("1 hour")
      expect(count).toBe(1)
    })
  )
})
