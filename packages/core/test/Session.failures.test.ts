import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, TokenStore } from "@mlserver-auth/core"
import type { Control } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ada, world, type WorldOptions } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

const signedIn = (options: WorldOptions) => Effect.tap(world(options), ({ session }) => session.signIn(asAda))

interface Failing {
  readonly name: string
  readonly plan: (control: Control.Control) => Effect.Effect<void>
  readonly error: object
  /** Whether the server did its work before the answer was lost: then the next try ends the session by proof. */
  readonly rotated?: boolean
}

const failing: ReadonlyArray<Failing> = [
  {
    name: "500",
    plan: (control) => control.failNext({ on: "refresh", status: 500 }),
    error: { _tag: "RenewalUncertain", reason: "Status", status: 500 }
  },
  {
    name: "503 with Retry-After",
    plan: (control) => control.failNext({ on: "refresh", status: 503, retryAfter: 7 }),
    error: { _tag: "RenewalUncertain", reason: "Status", status: 503, retryAfter: 7000 }
  },
  {
    name: "429",
    plan: (control) => control.failNext({ on: "refresh", status: 429, body: "empty" }),
    error: { _tag: "ServerUnavailable", status: 429 }
  },
  {
    name: "502 of a gateway",
    plan: (control) => control.failNext({ on: "refresh", status: 502, body: "html" }),
    error: { _tag: "RenewalUncertain", reason: "Status", status: 502 }
  },
  {
    name: "an HTML page",
    plan: (control) => control.htmlNext({ on: "refresh" }),
    error: { _tag: "RenewalUncertain", reason: "InvalidResponse" }
  },
  {
    name: "a redirect",
    plan: (control) => control.redirectNext({ on: "refresh", location: "https://elsewhere.example/", status: 307 }),
    error: { _tag: "InvalidResponse", status: 307 }
  },
  {
    name: "a broken connection after the work",
    plan: (control) => control.dropNext({ on: "refresh" }),
    error: { _tag: "RenewalUncertain", reason: "Transport" },
    rotated: true
  }
]

describe("a renewal that is answered with", () => {
  it.scoped.each(failing)("$name keeps what is stored, and says what is known", ({ error, plan, rotated }) =>
    Effect.gen(function* () {
      const { client, control, session, store } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      yield* plan(control)
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject(error)
      expect(Option.getOrUndefined(yield* store.read(session.key))).toEqual(first)
      yield* TestClock.adjust("10 seconds")
      if (rotated === true) {
        expect(yield* Effect.flip(client.get("/services"))).toMatchObject({
          _tag: "SessionExpired",
          reason: "LostAnswer"
        })
      } else {
        expect((yield* client.get("/services")).status).toBe(200)
        expect((yield* control.counts).reusedRefreshTokens).toBe(0)
      }
    })
  )

  it.scoped.each([500, 503, 520, 524])(
    "%i from a gateway after the work: a refusal after it is a lost answer",
    (status) =>
      Effect.gen(function* () {
        const instead = (answer: HttpClientResponse.HttpClientResponse) =>
          answer.request.url.endsWith("/login/refreshToken") && answer.status === 200
            ? HttpClientResponse.fromWeb(answer.request, new Response("<html>", { status }))
            : answer
        const { client, control } = yield* signedIn({
          client: (bare) => HttpClient.transformResponse(bare, Effect.map(instead))
        })
        yield* TestClock.adjust("2 hours")
        const error = yield* Effect.flip(client.get("/services"))
        expect(error).toMatchObject({ _tag: "RenewalUncertain", reason: "Status", status })
        expect(error.message).not.toContain("Nothing was lost")
        yield* TestClock.adjust("1 second")
        expect(yield* Effect.flip(client.get("/services"))).toMatchObject({
          _tag: "SessionExpired",
          reason: "LostAnswer"
        })
        expect((yield* control.counts).refreshes).toBe(1)
      })
  )

  it.scoped("nothing in time: the wait is bounded, and the outcome told as unknown", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world({ auth: { issuerTimeout: "20 seconds" } })
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh", "after")
      const waiting = yield* Effect.fork(Effect.flip(session.renew(first)))
      yield* gate.awaitWaiting()
      yield* TestClock.adjust("20 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "RenewalUncertain", reason: "Timeout", retryable: true })
      yield* gate.release
      expect(yield* Effect.flip(session.renew(first))).toMatchObject({ _tag: "SessionExpired", reason: "LostAnswer" })
    })
  )

  it.scoped("a body that trickles for ever: the wait is bounded", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world({ auth: { issuerTimeout: "20 seconds" } })
      const first = yield* session.signIn(asAda)
      yield* control.stallNext({ on: "refresh" })
      const waiting = yield* Effect.fork(Effect.flip(session.renew(first)))
      yield* control.awaitArrival("refresh")
      yield* TestClock.adjust("20 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "RenewalUncertain", reason: "Timeout" })
    })
  )

  it.scoped("a refusal ends the session by proof, for everyone, once", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* control.revokeSessions()
      expect(yield* Effect.flip(session.renew(first))).toMatchObject({ _tag: "SessionExpired", reason: "Refused" })
      expect(yield* store.read(session.key)).toEqual(Option.none())
      expect(yield* Effect.flip(session.renew(first))).toMatchObject({ _tag: "CredentialRequired" })
      expect((yield* control.counts).refreshesRefused).toBe(1)
    })
  )

  it.scoped("while the server cannot be had, callers in a loop do not ask it in a loop", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      yield* control.failNext({ on: "refresh", times: 1000, status: 500 })
      for (let call = 0; call < 100; call++) {
        expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "RenewalUncertain", status: 500 })
        yield* TestClock.adjust("100 millis")
      }
      expect((yield* control.counts).requests).toBe(1 + 10)
    })
  )

  it.scoped("a renewal that a 401 asked for fails: nothing is renewed early for it half a minute later", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* control.rejectNext(1)
      yield* control.failNext({ on: "refresh", status: 503 })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ _tag: "RenewalUncertain" })
      yield* TestClock.adjust("10 minutes")
      expect(yield* session.token).toBe(first)
      yield* TestClock.adjust("1 second")
      expect((yield* control.counts).refreshes).toBe(0)
    })
  )

  it.scoped("Retry-After is honoured: the server is left alone until then, by every call", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      yield* control.failNext({ on: "refresh", status: 429, retryAfter: 60 })
      yield* Effect.flip(session.token)
      const asked = (yield* control.counts).requests
      yield* TestClock.adjust("59 seconds")
      expect(yield* Effect.flip(session.token)).toMatchObject({ status: 429, retryAfter: 1000 })
      expect((yield* control.counts).requests).toBe(asked)
      yield* TestClock.adjust("1 second")
      expect((yield* session.token).generation).toBe(2)
    })
  )
})

describe("a store that fails", () => {
  const unavailable = (operation: "read" | "write" | "remove" | "lock") =>
    new AuthError.StoreUnavailable({ operation, problem: "the disk is full", fix: "Make room.", retryable: true })

  it.scoped("when a renewed token cannot be written, it is used from memory and saved with the next", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      let broken = false
      const store: TokenStore.Service = {
        ...memory,
        write: (key, token, over) => (broken ? unavailable("write") : memory.write(key, token, over))
      }
      const { client, control, session } = yield* world({ store })
      const first = yield* session.signIn(asAda)
      broken = true
      const second = yield* session.renew(first)
      expect(yield* session.peek).toMatchObject({ generation: 2, stored: false })
      expect((yield* client.get("/services")).status).toBe(200)
      broken = false
      const third = yield* session.renew(second)
      expect(Option.getOrUndefined(yield* memory.read(session.key))).toEqual(third)
      expect(yield* control.counts).toMatchObject({ refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scoped.each([{ operation: "read" as const }, { operation: "lock" as const }])(
    "when it cannot be had ($operation), nothing is sent and nothing is lost",
    ({ operation }) =>
      Effect.gen(function* () {
        const memory = yield* TokenStore.makeMemory
        let broken = false
        const store: TokenStore.Service = {
          ...memory,
          read: (key) => (broken && operation === "read" ? unavailable("read") : memory.read(key)),
          exclusive: (key) => (effect) =>
            broken && operation === "lock" ? unavailable("lock") : memory.exclusive(key)(effect)
        }
        const { control, session } = yield* world({ store })
        const first = yield* session.signIn(asAda)
        broken = true
        expect(yield* Effect.flip(session.renew(first))).toMatchObject({ _tag: "StoreUnavailable", operation })
        broken = false
        expect((yield* session.renew(first)).generation).toBe(2)
        expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
      })
  )

  it.scoped("a sign-in that cannot be saved fails, and its pair does not live on at the server", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const { control, session } = yield* world({ store: { ...memory, write: () => unavailable("write") } })
      expect(yield* Effect.flip(session.signIn(asAda))).toMatchObject({ _tag: "StoreUnavailable" })
      yield* control.awaitArrival("revoke")
      expect(yield* session.peek).toMatchObject({ _tag: "SignedOut" })
    })
  )

  it.scoped("a sign-out without the lock still ends the session here", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      let broken = false
      const store: TokenStore.Service = {
        ...memory,
        exclusive: (key) => (effect) => (broken ? unavailable("lock") : memory.exclusive(key)(effect))
      }
      const { session } = yield* world({ store })
      yield* session.signIn(asAda)
      broken = true
      expect(yield* session.signOut).toMatchObject({ wasSignedIn: true, revocation: "Revoked" })
      expect(yield* memory.read(session.key)).toEqual(Option.none())
    })
  )
})
