import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, CredentialSource, Token, TokenStore } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

describe("signing out", () => {
  it.scoped("revokes at the server, forgets here, and stays out although a credential is at hand", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world({ credential: asAda })
      yield* client.get("/services")
      expect(yield* session.signOut).toEqual({ wasSignedIn: true, revocation: "Revoked", error: undefined })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "SignedOut" })
      expect(yield* session.signOut).toMatchObject({ wasSignedIn: false, revocation: "NothingToRevoke" })
      yield* session.signIn()
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ logins: 2, revocations: 1 })
    })
  )

  it.scoped("when the server cannot be told, the local end happens all the same, and the report says so", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      yield* session.signIn(asAda)
      yield* control.failNext({ on: "revoke", status: 503, retryAfter: 5 })
      expect(yield* session.signOut).toMatchObject({ revocation: "Unreachable", error: { _tag: "ServerUnavailable" } })
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped(
    "where the record cannot be removed, the server is told all the same, and the error says what remains",
    () =>
      Effect.gen(function* () {
        const one = yield* world()
        yield* one.session.signIn(asAda)
        const error = new AuthError.StoreUnavailable({
          operation: "remove",
          problem: "EROFS",
          fix: "Fix.",
          retryable: false
        })
        const refused = () => Effect.fail(error)
        for (const exclusive of [one.store.exclusive, () => refused]) {
          // A program that never used the session: it knows the pair from the store alone.
          const store = TokenStore.TokenStore.of({ ...one.store, remove: refused, exclusive })
          const two = yield* clientOf(one.dev, { store })
          yield* one.control.resetCounts
          const failed = yield* Effect.flip(two.session.signOut)
          expect(failed).toMatchObject({ _tag: "StoreUnavailable", operation: "remove", retryable: false })
          expect(failed.message).toContain("revoked at the server, and its tokens, which are dead, are still there")
          expect(yield* one.control.counts).toMatchObject({ revocations: 1 })
          yield* one.session.signIn(asAda)
        }
      })
  )

  it.scoped("does not wait for a renewal that hangs: five seconds, then without the lock", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh", "after")
      const renewing = yield* Effect.fork(Effect.either(session.renew(first)))
      yield* gate.awaitWaiting()
      const leaving = yield* Effect.fork(session.signOut)
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(leaving)).toMatchObject({ wasSignedIn: true })
      yield* gate.release
      yield* Fiber.join(renewing)
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("tells the server of each pair, also after one could not be told", () =>
    Effect.gen(function* () {
      const one = yield* world({ auth: { watchStore: false } })
      yield* one.session.signIn(asAda)
      const two = yield* clientOf(one.dev, { store: one.store })
      yield* two.session.signIn(asAda)
      yield* one.control.awaitArrival("revoke")
      yield* Effect.repeatN(Effect.yieldNow(), 50)
      yield* one.control.resetCounts
      yield* one.control.failNext({ on: "revoke", status: 503 })
      expect(yield* one.session.signOut).toMatchObject({ revocation: "Unreachable" })
      expect((yield* one.control.counts).revocations).toBe(1)
    })
  )

  it.scoped("a session that this program never used is ended too: its record is read and revoked", () =>
    Effect.gen(function* () {
      const before = yield* world()
      yield* before.session.signIn(asAda)
      const { control, session } = yield* clientOf(before.dev, { store: before.store })
      expect(yield* session.signOut).toMatchObject({ wasSignedIn: true, revocation: "Revoked" })
      expect((yield* control.counts).revocations).toBe(1)
    })
  )
})

describe("a store shared by two sessions", () => {
  it.scoped("a token renewed by the other is adopted without a call", () =>
    Effect.gen(function* () {
      const one = yield* world()
      yield* one.session.signIn(asAda)
      const two = yield* clientOf(one.dev, { store: one.store })
      yield* two.session.token
      yield* TestClock.adjust("2 hours")
      yield* Effect.all([one.client.get("/services"), two.client.get("/services")], { concurrency: 2 })
      expect(yield* one.control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("a pair that could not be saved yields to a later sign-in of another program, and never removes it", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      let broken = false
      const failing = new AuthError.StoreUnavailable({ operation: "write", problem: "full", fix: "", retryable: true })
      const store = {
        ...memory,
        write: (...args: Parameters<typeof memory.write>) => (broken ? failing : memory.write(...args))
      }
      const one = yield* world({ store })
      const first = yield* one.session.signIn(asAda)
      broken = true
      yield* one.session.renew(first)
      const two = yield* clientOf(one.dev, { store: memory })
      yield* TestClock.adjust("1 minute")
      const later = yield* two.session.signIn(asAda)
      expect(Token.isSame(yield* one.session.renew(yield* one.session.token), later)).toBe(true)
      expect(Option.isSome(yield* memory.read(one.session.key))).toBe(true)
      expect((yield* two.session.renew(later)).chainStartedAt).toBe(later.chainStartedAt)
    })
  )

  it.scoped(
    "two programs that no lock keeps apart: the slower one is refused, and adopts what the quicker one saved",
    () =>
      Effect.gen(function* () {
        const memory = yield* TokenStore.makeMemory
        const unlocked: TokenStore.Service = { ...memory, exclusive: () => (effect) => effect }
        const one = yield* world({ store: unlocked })
        const two = yield* clientOf(one.dev, { store: unlocked })
        const first = yield* one.session.signIn(asAda)
        const gate = yield* one.control.hold("refresh")
        const renewals = yield* Effect.forEach([one, two], ({ session }) => Effect.fork(session.renew(first)))
        yield* gate.awaitWaiting(2)
        yield* gate.release
        const [a, b] = yield* Effect.forEach(renewals, Fiber.join)
        expect(a !== undefined && b !== undefined && Token.isSame(a, b)).toBe(true)
        expect(yield* one.control.counts).toMatchObject({ refreshes: 1, reusedRefreshTokens: 1 })
        expect((yield* two.client.get("/services")).status).toBe(200)
      })
  )

  it.scoped("a session that was ended by the other ends here with the next renewal", () =>
    Effect.gen(function* () {
      const one = yield* world()
      yield* one.session.signIn(asAda)
      const two = yield* clientOf(one.dev, { store: one.store, source: CredentialSource.none })
      yield* two.session.token
      yield* one.session.signOut
      expect(yield* Effect.flip(two.client.get("/services"))).toMatchObject({ _tag: "CredentialRequired" })
      expect((yield* one.control.counts).refreshesRefused).toBe(0)
    })
  )
})
