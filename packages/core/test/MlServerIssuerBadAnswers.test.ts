import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { ada, failure, issuer, NOW, pair, type Plan, secrets } from "./support/wire.js"

const MIB = 1024 * 1024
const deep = "[".repeat(500_000) + "]".repeat(500_000)
const html = "<!DOCTYPE html><html><body>Canary page</body></html>"

const nginx = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>Canary</html>"

/** Answers that claim success, and what is wrong with them. */
const bad: ReadonlyArray<readonly [name: string, plan: Plan, problem: string]> = [
  ["a page", { body: html }, "the body is HTML, not JSON"],
  ["a page behind blanks", { body: `\ufeff \r\n${html}` }, "the body is HTML, not JSON"],
  ["nothing", {}, "the body is empty"],
  ["blanks", { body: " \r\n\t" }, "the body is empty"],
  ["204", { status: 204 }, "the body is empty"],
  ["half a document", { body: '{"access_token":"Canary' }, "the body is not JSON"],
  ["two documents", { body: '{"access_token":"a"}{"access_token":"b"}' }, "the body is not JSON"],
  ["a document behind two byte order marks", { body: '\ufeff\ufeff{"access_token":"a"}' }, "the body is not JSON"],
  ["wrong bytes in a token", { body: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) }, "the answer is no JSON object"],
  ["null", { body: "null" }, "the answer is no JSON object"],
  ["an array", { body: '[{"access_token":"Canary"}]' }, "the answer is no JSON object"],
  ["a text", { body: '"Canary"' }, "the answer is no JSON object"],
  ["an empty object", { body: "{}" }, "access_token"],
  ["a token by way of __proto__", { body: '{"__proto__":{"access_token":"Canary"}}' }, "access_token"],
  ["no access token", pair({ access_token: undefined }), "of the wrong kind: access_token"],
  ["a null access token", pair({ access_token: null }), "of the wrong kind: access_token"],
  ["a number as access token", pair({ access_token: 42 }), "of the wrong kind: access_token"],
  ["an empty access token", pair({ access_token: "" }), "access_token is unusable: empty"],
  ["a line break in the access token", pair({ access_token: "Canary\r\nX: 1" }), "access_token is unusable: holds"],
  ["a NUL in the access token", pair({ access_token: "Canary\u0000" }), "access_token is unusable: holds"],
  ["a blank in the access token", pair({ access_token: "Bearer Canary" }), "access_token is unusable: holds"],
  ["an access token not in ASCII", pair({ access_token: "Cänary" }), "access_token is unusable: holds"],
  ["an endless access token", pair({ access_token: "C".repeat(65_537) }), "access_token is unusable: longer"],
  ["a number as refresh token", pair({ refresh_token: 7 }), "of the wrong kind: refresh_token"],
  ["a line break in the refresh token", pair({ refresh_token: "Canary\n" }), "refresh_token is unusable"],
  ["a NUL in the refresh token", pair({ refresh_token: "Canary\u0000" }), "refresh_token is unusable"],
  ["a refresh token not in ASCII", pair({ refresh_token: "Canary\u202e" }), "refresh_token is unusable"],
  ["an endless refresh token", pair({ refresh_token: "C".repeat(65_537) }), "refresh_token is unusable"],
  ["a MAC token", pair({ token_type: "MAC" }), "token_type is not Bearer"],
  ["a DPoP token", pair({ token_type: "DPoP" }), "token_type is not Bearer"],
  ["a number as token_type", pair({ token_type: 1 }), "of the wrong kind: token_type"],
  ["no life", pair({ expires_in: 0 }), "expires_in is absurd"],
  ["a negative life", pair({ expires_in: -3600 }), "expires_in is absurd"],
  ["milliseconds as life", pair({ expires_in: 3_600_000_000 }), "expires_in is absurd"],
  ["a life of words", pair({ expires_in: "soon Canary" }), "of the wrong kind: expires_in"],
  ["a signed text as life", pair({ expires_in: "-1" }), "of the wrong kind: expires_in"],
  ["a life with blanks", pair({ expires_in: " 60" }), "of the wrong kind: expires_in"],
  ["a boolean life", pair({ expires_in: true }), "of the wrong kind: expires_in"],
  ["an infinite life", { body: '{"access_token":"Canary","expires_in":1e999}' }, "of the wrong kind: expires_in"],
  ["an infinite end", { body: '{"access_token":"Canary","expires_on":-1e999}' }, "of the wrong kind: expires_on"],
  [
    "an end five years off, by a server's clock that was never set and ours alike",
    {
      ...pair({ expires_in: undefined, expires_on: NOW / 1000 + 20 * 365 * 86_400 }),
      headers: { date: new Date(NOW - 5 * 365 * 86_400_000).toUTCString() }
    },
    "expires_on is absurd"
  ],
  ["milliseconds as end", pair({ expires_in: undefined, expires_on: NOW + 3_600_000 }), "expires_on is absurd"],
  ["a date as end", pair({ expires_in: undefined, expires_on: "2016-11-20T13:04:14Z" }), "wrong kind: expires_on"],
  [
    "an end before its own Date",
    { ...pair({ expires_in: undefined, expires_on: NOW / 1000 - 1 }), headers: { date: new Date(NOW).toUTCString() } },
    "expires_on is absurd"
  ],
  ["an array of arrays, half a million deep", { body: deep }, "the answer is no JSON object"],
  ["such an array as access token", { body: `{"access_token":${deep}}` }, "of the wrong kind: access_token"],
  ["1 MiB and a byte", { body: " ".repeat(MIB + 1) }, "the answer is larger than 1 MiB"],
  ["1 MiB and a byte, as 201", { status: 201, body: " ".repeat(MIB + 1) }, "the answer is larger than 1 MiB"]
]

const statusOf = (plan: Plan) => (typeof plan === "object" && "status" in plan ? plan.status : 200)

describe("an answer that claims success and is none", () => {
  it.effect.each(bad)("to a log-in: %s", ([, plan, problem]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const error = yield* failure("grant", plan)
      expect(error).toMatchObject({ _tag: "InvalidResponse", operation: "sign-in", status: statusOf(plan) })
      expect(error).toHaveProperty("problem", expect.stringContaining(problem))
      expect(error.message + JSON.stringify(error)).not.toMatch(/Canary|soon|CCCC/)
    })
  )

  it.effect.each(bad)("to a renewal, which may have happened: %s", ([, plan]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const error = yield* failure("renew", plan)
      expect(error).toMatchObject({ _tag: "RenewalUncertain", reason: "InvalidResponse", retryable: true })
      expect(error.message + JSON.stringify(error)).not.toMatch(/Canary|soon|CCCC/)
    })
  )

  it.effect("is left as soon as it is too large, however much would follow", () =>
    Effect.gen(function* () {
      let pulled = 0
      const endless = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            pulled += 1
            controller.enqueue(new Uint8Array(65_536).fill(0x20))
          }
        },
        { highWaterMark: 0 }
      )
      expect(yield* failure("grant", { body: endless })).toMatchObject({ _tag: "InvalidResponse" })
      expect(pulled).toBeLessThanOrEqual(20)
    })
  )

  it.effect("changes no prototype", () =>
    Effect.gen(function* () {
      const body = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"access_token":"a"}`
      yield* Effect.flatMap(issuer({ body }), ({ issuer: it }) => it.grant(ada))
      expect({}).not.toHaveProperty("polluted")
    })
  )
})

/** The error bodies of servers 9.0 to 9.2, of 9.3, of a service's own description; of a proxy; and none. */
const bodies: ReadonlyArray<readonly [name: string, body: string | null]> = [
  ["9.2", JSON.stringify({ message: "Canary", link: "https://canary.example" })],
  ["9.3", JSON.stringify({ message: "Canary", exceptionType: "CanaryException", link: null })],
  ["a service", JSON.stringify({ code: 401, message: "Canary", fields: "Canary" })],
  ["a proxy", html],
  ["nobody", null]
]

const meanings = [
  ["grant", 400, "InvalidResponse"],
  ["grant", 401, "CredentialRejected"],
  ["grant", 500, "ServerUnavailable"],
  ["renew", 400, "InvalidResponse"],
  ["renew", 401, "SessionExpired"],
  ["renew", 500, "RenewalUncertain"],
  ["revoke", 400, "InvalidResponse"],
  ["revoke", 500, "ServerUnavailable"]
] as const

describe.each(bodies)("an error body of %s", (_, body) => {
  it.effect.each(meanings)("changes nothing about what a status means, and is not repeated: %s, %i: %s", (row) =>
    Effect.gen(function* () {
      const [operation, status, tag] = row
      const error = yield* failure(operation, { status, body })
      expect(error._tag).toBe(tag)
      expect(error.message + JSON.stringify(error)).not.toMatch(/canary/i)
    })
  )
})

describe("a refusal", () => {
  it.effect("of a revocation by a page, as portals give with 200: not done", () =>
    Effect.map(failure("revoke", { body: html }), (error) => expect(error._tag).toBe("InvalidResponse"))
  )

  it.effect.each([
    [300, null, "redirects"],
    [301, null, "redirects"],
    [302, html, "redirects"],
    [304, null, "redirects"],
    [307, null, "redirects"],
    [308, null, "redirects"],
    [404, null, "accepts no sign-ins"],
    [404, html, "accepts no sign-ins"],
    [405, null, "accepts no sign-ins"],
    [400, null, "the body is empty"],
    [400, html, "the body is HTML, not JSON"],
    [400, nginx, "it requires a client certificate"],
    [400, '{"message":"Canary"}', "its API describes no such answer"],
    [407, '{"message":"Canary"}', "its API describes no such answer"],
    [415, "plain Canary", "its API describes no such answer"]
  ] as const)("of a log-in by %i %j: %s", ([status, body, problem]) =>
    Effect.gen(function* () {
      const error = yield* failure("grant", { status, body, headers: { location: "https://evil.example/Canary" } })
      expect(error).toMatchObject({ _tag: "InvalidResponse", operation: "sign-in", status, retryable: false })
      expect(error).toHaveProperty("problem", expect.stringContaining(problem))
      expect(error.message + JSON.stringify(error)).not.toMatch(/Canary|evil/)
    })
  )

  it.effect("is one also when its body is endless", () =>
    Effect.gen(function* () {
      const endless = () =>
        new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })
      expect(yield* failure("grant", { status: 401, body: endless() })).toMatchObject({ _tag: "CredentialRejected" })
      expect(yield* failure("renew", { status: 401, body: endless() })).toMatchObject({ _tag: "SessionExpired" })
      expect(yield* failure("grant", { status: 503, body: endless() })).toMatchObject({
        _tag: "ServerUnavailable",
        status: 503
      })
    })
  )

  it.effect("is one also when its body breaks off", () =>
    Effect.gen(function* () {
      const broken = () => new ReadableStream({ start: (controller) => controller.error(new Error(secrets.password)) })
      expect(yield* failure("grant", { status: 401, body: broken() })).toMatchObject({ _tag: "CredentialRejected" })
      expect(yield* failure("renew", { status: 401, body: broken() })).toMatchObject({ _tag: "SessionExpired" })
      expect(yield* failure("renew", { status: 503, body: broken() })).toMatchObject({ _tag: "RenewalUncertain" })
    })
  )

  it.effect("is one also when its body never comes, two seconds later", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.fork(failure("grant", { status: 401, body: new ReadableStream() }))
      yield* TestClock.adjust("2 seconds")
      expect(yield* Fiber.join(refused)).toMatchObject({ _tag: "CredentialRejected" })
    })
  )
})
