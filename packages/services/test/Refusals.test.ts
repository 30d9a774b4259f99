import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inspect } from "node:util"
import { isServiceError, ServiceFailed, ServiceRefused } from "../src/ServiceError.js"
import { ada, answering, olga, rhea, server, servicesOf } from "./Servers.js"

const code = { code: "x" }

/** The refusal of a call; anything else is a fault of the test. */
const refusal = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(call), (error) => {
    if (!(error instanceof ServiceRefused)) throw new Error(`not refused: ${inspect(error)}`)
    return error
  })

const failure = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(call), (error) => {
    if (!(error instanceof ServiceFailed)) throw new Error(`not failed: ${inspect(error)}`)
    return error
  })

describe("a refusal", () => {
  it.scoped("by permission names the owner, and the role that would do", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const add = { name: "add", version: "1.0.0" }
      for (const call of [
        services.remove(add),
        services.update(add, {}),
        services.publish({ ...add, version: "2" }, code)
      ]) {
        const error = yield* refusal(call)
        expect([error.reason, error.status, error.owner, error.role]).toEqual([
          "Forbidden",
          403,
          olga.username,
          "Owner"
        ])
        expect(error.fix).toBe("It belongs to olga, who may do this, as may a user with the role Owner.")
        expect(error.retryable).toBe(false)
        expect(error.message).toContain("belongs to another user")
      }
    })
  )

  it.scoped("of a user who may publish nothing names the role alone", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server(), rhea)
      const error = yield* refusal(services.publish({ name: "mine", version: "1" }, code))
      expect([error.owner, error.role]).toEqual([undefined, "Contributor"])
      expect(error.says).toBe("A Reader cannot publish, update or delete services.")
      expect(error.fix).toBe("This needs the role Contributor: ask the server's administrator.")
    })
  )

  it.effect("of a user who may not change their own service does not send them to themselves", () =>
    Effect.gen(function* () {
      const mine = [{ name: "add", version: "1.0.0", versionPublishedBy: "Ada" }]
      const peer = yield* server()
      const { client } = yield* servicesOf(peer)
      const over = answering((method) =>
        method === "GET" ? { body: JSON.stringify(mine) } : { status: 403, body: '{"message":"no"}' }
      )
      expect((yield* refusal(over.remove({ name: "add", version: "1.0.0" }))).owner).toBe("Ada")
      // The same refusal where the session is known: the caller is ada.
      yield* client.get("/services")
      const session = { peek: Effect.succeed({ _tag: "SignedIn", principal: ada.username }) }
      const { explained } = yield* Effect.promise(() => import("../src/internal/forbidden.js"))
      const error = yield* refusal(
        explained(
          () => Effect.succeed(mine),
          session as never,
          { name: "add", version: "1.0.0" },
          over.remove({ name: "add", version: "1.0.0" })
        )
      )
      expect([error.owner, error.role]).toEqual([undefined, "Contributor"])
    }).pipe(Effect.scoped)
  )

  it.scoped("keeps the server's own words, by status", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      const bad = yield* refusal(services.consume("add", { x: 1 }))
      expect([bad.reason, bad.says]).toEqual(["BadRequest", "Input parameter 'y' must be numeric."])
      const missing = yield* refusal(services.consume({ name: "add", version: "9" }))
      expect([missing.reason, missing.says]).toEqual(["NotFound", "Web service 'add' version '9' was not found."])
      yield* services.publish({ name: "mine", version: "1" }, code)
      const there = yield* refusal(services.publish({ name: "mine", version: "1" }, code))
      expect([there.reason, there.status]).toEqual(["Conflict", 409])
      const realtime = yield* refusal(services.update({ name: "kyphosis", version: "v1.0" }, { description: "…" }))
      expect(realtime.says).toContain("realtime service")
      const none = yield* refusal(services.get("unknown"))
      expect([none.reason, none.status, none.method, none.says]).toEqual(["NotFound", 404, "GET", ""])
      expect(none.url).toMatch(/^http:\/\/127\.0\.0\.1:12800\/services\/unknown$/)
    })
  )

  it.effect.each([
    { status: 500, body: "", reason: "Status", retryable: true },
    { status: 503, body: "<html>", reason: "Status", retryable: true },
    { status: 429, body: "{}", reason: "Status", retryable: true },
    { status: 405, body: '{"message":5}', reason: "Status", retryable: false },
    { status: 302, body: "", reason: "Redirected", retryable: false },
    {
      status: 400,
      body: "<h1>400 No required SSL certificate was sent</h1>",
      reason: "CertificateWanted",
      retryable: false
    }
  ])("$status ($reason) says whether to try again", ({ body, reason, retryable, status }) =>
    Effect.gen(function* () {
      const error = yield* refusal(answering(() => ({ status, body })).list())
      expect([error.reason, error.retryable, error.says]).toEqual([reason, retryable, ""])
      expect(error.fix).not.toBe("")
      expect(error.message.endsWith(error.fix)).toBe(true)
    })
  )

  it.effect("shows the server's words harmless and short", () =>
    Effect.gen(function* () {
      const message = `\u001B[31mred\u001B[0m\nand ${"long ".repeat(200)}\u202Eturned`
      const error = yield* refusal(answering(() => ({ status: 400, body: JSON.stringify({ message }) })).list())
      expect(error.says.startsWith("[31mred[0m and long")).toBe(true)
      expect(error.says.length).toBeLessThanOrEqual(300)
    })
  )

  it.scoped("carries no token and no password, however it is looked at", () =>
    Effect.gen(function* () {
      const peer = yield* server()
      const { client, services } = yield* servicesOf(peer)
      const error = yield* refusal(services.remove({ name: "add", version: "1.0.0" }))
      const { request } = yield* client.get("/services")
      expect(request.headers["authorization"]).not.toMatch(/Bearer/)
      for (const shown of [inspect(error, { depth: 9 }), JSON.stringify(error), error.message, String(error)]) {
        expect(shown).not.toContain(ada.password)
        expect(shown).not.toMatch(/bearer/i)
      }
    })
  )
})

describe("a failure", () => {
  it.scoped("of the service's code says what it said, with all it came to", () =>
    Effect.gen(function* () {
      const { services } = yield* servicesOf(yield* server())
      yield* services.publish({ name: "mine", version: "1" }, code)
      const error = yield* failure(services.consume("mine"))
      expect([error.reason, error.says]).toEqual(["Failed", "This development server runs neither R nor Python code."])
      expect(error.outcome).toMatchObject({ success: false, outputParameters: {} })
      expect(error.retryable).toBe(false)
      expect(isServiceError(error)).toBe(true)
    })
  )

  it.effect.each([
    ["a web page", { headers: { "content-type": "text/html; charset=utf-8" }, body: "<p>Sign in to this network" }],
    ["a text", { body: "OK" }],
    ["JSON of something else", { body: '{"services":[]}' }],
    ["JSON that is nested too deeply", { body: `${'{"name":'.repeat(5000)}1${"}".repeat(5000)}` }]
  ] as const)("of an answer that is %s is no success", ([, answer]) =>
    Effect.gen(function* () {
      const services = answering(() => answer)
      const error = yield* failure(services.list())
      expect(error.reason).toBe("AnswerUnreadable")
      expect(error.message).not.toContain("network")
    })
  )

  it.effect("of a page in the place of an empty success is told too", () =>
    Effect.gen(function* () {
      const services = answering(() => ({ headers: { "content-type": "text/html" }, body: "<p>Sign in" }))
      const service = { name: "add", version: "1" }
      for (const call of [services.remove(service), services.update(service, {}), services.publish(service, code)]) {
        expect((yield* failure(call)).reason).toBe("AnswerUnreadable")
      }
    })
  )
})
