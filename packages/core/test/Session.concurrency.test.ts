import { describe, expect, it } from "@effect/vitest"
import { Credential, CredentialSource, Session, TokenIssuer, TokenStore } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Wire from "./support/wire.js"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const thousand = Array.from({ length: 1000 }, (_, at) => at)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

describe("a thousand fibers", () => {
  it.scoped("with an expired token: one renewal, no failure, no 401", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      const answers = yield* Effect.forEach(thousand, () => client.get("/services"), { concurrency: "unbounded" })
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
      expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0, unauthorized: 0, api: 1000 })
    })
  )

  it.scoped("with a token revoked in flight: one renewal, each request repeated once, no failure", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world()
      yield* session.signIn(asAda)
      const gate = yield* control.hold("api")
      const fibers = yield* Effect.forEach(thousand, () => Effect.fork(client.get("/services")))
      yield* gate.awaitWaiting(1000)
      yield* control.revokeAccessTokens()
      yield* gate.release
      const answers = yield* Effect.forEach(fibers, Fiber.join)
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
      expect(yield* control.counts).toMatchObject({
        refreshes: 1,
        reusedRefreshTokens: 0,
        unauthorized: 1000,
        api: 2000
      })
    })
  )

  it.scoped("that first meet a session in the store: it is read, and nothing is sent", () =>
    Effect.gen(function* () {
      const before = yield* world()
      yield* before.session.signIn(asAda)
      const { control, session } = yield* clientOf(before.dev, { store: before.store })
      yield* control.resetCounts
      yield* Effect.forEach(thousand, () => session.token, { concurrency: "unbounded" })
      expect((yield* control.counts).requests).toBe(0)
    })
  )

  it.scoped("whose credential the application supplies: one log-in", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world({ credential: asAda })
      yield* Effect.forEach(thousand, () => session.token, { concurrency: "unbounded" })
      expect((yield* control.counts).logins).toBe(1)
    })
  )

  it.scoped(
    "whose renewal brings the same access token, as a JWT of the same second is: one renewal all the same",
    () =>
      Effect.gen(function* () {
        const { http, sent } = Wire.client([Wire.pair()])
        const session = yield* Session.make().pipe(
          Effect.provideServiceEffect(TokenIssuer.TokenIssuer, Wire.issuerOver(http)),
          Effect.provide(TokenStore.layerMemory),
          Effect.provide(CredentialSource.layerNone)
        )
        const first = yield* session.signIn(Wire.ada)
        const tokens = yield* Effect.forEach(thousand, () => session.renew(first), { concurrency: "unbounded" })
        expect(new Set(tokens.map(({ generation }) => generation))).toEqual(new Set([2]))
        expect(sent).toHaveLength(2)
      })
  )

  it.scoped("whose renewal fails: one attempt, and all get the same typed error", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      yield* control.failNext({ on: "refresh", times: 1000, status: 503 })
      const gate = yield* control.hold("refresh")
      const fibers = yield* Effect.forEach(thousand, () => Effect.fork(Effect.flip(session.token)))
      yield* gate.awaitWaiting()
      yield* settle
      yield* gate.release
      const errors = yield* Effect.forEach(fibers, Fiber.join)
      expect(new Set(errors.map((error) => error._tag))).toEqual(new Set(["RenewalUncertain"]))
      expect((yield* control.counts).requests).toBe(2)
    })
  )
})

describe("nobody's departure hurts others", () => {
  // The leader starts the renewal. It is interrupted while the renewal is at the server, before and after its work.
  it.scoped.each([{ stage: "before" as const }, { stage: "after" as const }])(
    "the leader is interrupted $stage the server has renewed: followers get the one new token",
    ({ stage }) =>
      Effect.gen(function* () {
        const { control, session, store } = yield* world()
        const first = yield* session.signIn(asAda)
        const gate = yield* control.hold("refresh", stage)
        const leader = yield* Effect.fork(session.renew(first))
        yield* gate.awaitWaiting()
        const followers = yield* Effect.forEach(thousand.slice(0, 50), () => Effect.fork(session.renew(first)))
        yield* settle
        yield* Fiber.interrupt(leader)
        yield* gate.release
        const tokens = yield* Effect.forEach(followers, Fiber.join)
        expect(new Set(tokens.map((token) => token.generation))).toEqual(new Set([2]))
        expect(Option.getOrUndefined(yield* store.read(session.key))?.generation).toBe(2)
        expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
      })
  )

  it.scoped.each([{ step: "read" as const }, { step: "exclusive" as const }, { step: "write" as const }])(
    "the leader is interrupted at the store ($step): the renewal goes on to its end",
    ({ step }) =>
      Effect.gen(function* () {
        const reached = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const memory = yield* TokenStore.makeMemory
        let holding = false
        const at = (here: typeof step) =>
          Effect.suspend(() =>
            holding && here === step
              ? Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(go))
              : Effect.void
          )
        const store: TokenStore.Service = {
          read: (key) => Effect.zipRight(at("read"), memory.read(key)),
          write: (key, token, over) => Effect.zipRight(at("write"), memory.write(key, token, over)),
          remove: memory.remove,
          watch: memory.watch,
          exclusive: (key) => (effect) => Effect.zipRight(at("exclusive"), memory.exclusive(key)(effect))
        }
        const { control, session } = yield* world({ store })
        const first = yield* session.signIn(asAda)
        holding = true
        const leader = yield* Effect.fork(session.renew(first))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(leader)
        holding = false
        yield* Deferred.succeed(go, undefined)
        expect((yield* session.renew(first)).generation).toBe(2)
        expect(Option.getOrUndefined(yield* store.read(session.key))?.generation).toBe(2)
        expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
      })
  )

  it.scoped("everybody is interrupted: the renewal lands all the same, and the next call uses it", () =>
    Effect.gen(function* () {
      const { client, control, session, store } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("2 hours")
      const gate = yield* control.hold("refresh", "after")
      const fibers = yield* Effect.forEach(thousand.slice(0, 20), () => Effect.fork(client.get("/services")))
      yield* gate.awaitWaiting()
      yield* Fiber.interruptAll(fibers)
      yield* gate.release
      expect((yield* client.get("/services")).status).toBe(200)
      expect(Option.getOrUndefined(yield* store.read(session.key))?.generation).toBe(2)
      expect(yield* control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("an interrupted caller is gone at once, not when the renewal ends", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh")
      const leader = yield* Effect.fork(session.renew(first))
      yield* gate.awaitWaiting()
      expect(Exit.isInterrupted(yield* Fiber.interrupt(leader))).toBe(true)
      yield* gate.release
    })
  )

  it.scoped("shutdown lets a renewal that is under way finish and be saved", () =>
    Effect.gen(function* () {
      const before = yield* world()
      const first = yield* before.session.signIn(asAda)
      const scope = yield* Scope.make()
      const { control, session, store } = yield* Scope.extend(clientOf(before.dev, { store: before.store }), scope)
      const gate = yield* control.hold("refresh", "after")
      yield* Effect.fork(session.renew(first))
      yield* gate.awaitWaiting()
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      yield* gate.release
      yield* Fiber.join(closing)
      expect(Option.getOrUndefined(yield* store.read(session.key))?.generation).toBe(2)
    })
  )

  it.scoped("shutdown does not wait for ever, and tells those who wait that the outcome is unknown", () =>
    Effect.gen(function* () {
      const before = yield* world()
      const first = yield* before.session.signIn(asAda)
      const scope = yield* Scope.make()
      const { control, session } = yield* Scope.extend(clientOf(before.dev, { store: before.store }), scope)
      const gate = yield* control.hold("refresh")
      const waiting = yield* Effect.fork(Effect.flip(session.renew(first)))
      yield* gate.awaitWaiting()
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "RenewalUncertain", reason: "Interrupted" })
      // A session that is used after its scope fails with a type; it does not hang.
      const late = yield* Effect.flip(session.renew(first))
      expect(late).toMatchObject({ _tag: "ConfigurationInvalid", setting: "layer", retryable: false })
      expect(late.message).toContain("nothing was sent")
      expect((yield* control.counts).refreshes).toBe(0)
      yield* gate.release
    })
  )
})
