import { describe, expect, it } from "@effect/vitest"
import { Credential, Token, TokenStore } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, olga, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const thousand = Array.from({ length: 1000 }, (_, at) => at)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

describe("sign-out and sign-in win races", () => {
  it.scoped("a renewal that finishes after the sign-out is discarded and its pair revoked", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh", "after")
      const renewing = yield* Effect.fork(Effect.flip(session.renew(first)))
      yield* gate.awaitWaiting()
      const leaving = yield* Effect.fork(session.signOut)
      yield* settle
      expect(yield* session.peek).toMatchObject({ _tag: "SignedOut" })
      expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
      yield* gate.release
      expect(yield* Fiber.join(renewing)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
      yield* Fiber.join(leaving)
      yield* control.awaitArrival("revoke", 2)
      yield* settle
      expect(yield* store.read(session.key)).toEqual(Option.none())
      expect((yield* control.counts).revocations).toBe(1)
    })
  )

  it.scoped("a renewal that is discarded leaves no used pair in the store for the next who comes to the lock", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const { control, session } = yield* world({ store: memory })
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh", "after")
      yield* Effect.fork(Effect.either(session.renew(first)))
      yield* gate.awaitWaiting()
      // As another program does: it is in the queue before the sign-out.
      const next = yield* Effect.fork(memory.exclusive(session.key)(memory.read(session.key)))
      yield* settle
      yield* Effect.fork(session.signOut)
      yield* settle
      yield* gate.release
      expect(yield* Fiber.join(next)).toEqual(Option.none())
    })
  )

  it.scoped("a log-in that finishes after a sign-out is discarded and its pair revoked", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      const gate = yield* control.hold("login", "after")
      const entering = yield* Effect.fork(Effect.flip(session.signIn(asAda)))
      yield* gate.awaitWaiting()
      yield* session.signOut
      yield* gate.release
      expect(yield* Fiber.join(entering)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
      yield* control.awaitArrival("revoke")
      yield* settle
      expect(yield* store.read(session.key)).toEqual(Option.none())
      expect((yield* control.counts).revocations).toBe(1)
    })
  )

  it.scoped("a renewal that finishes after a log-in as somebody else is discarded", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      const first = yield* session.signIn(asAda)
      const gate = yield* control.hold("refresh", "after")
      const renewing = yield* Effect.fork(session.renew(first))
      yield* gate.awaitWaiting()
      const entering = yield* Effect.fork(session.signIn(Credential.usernamePassword(olga)))
      yield* control.awaitArrival("login", 2)
      yield* settle
      yield* gate.release
      const token = yield* Fiber.join(entering)
      yield* Fiber.join(renewing)
      yield* settle
      expect(yield* session.token).toBe(token)
      expect(Option.getOrUndefined(yield* store.read(session.key))?.principal).toBe("olga")
    })
  )

  it.scoped("a log-in that finishes after a log-in as somebody else is discarded", () =>
    Effect.gen(function* () {
      const { session } = yield* world()
      const both = yield* Effect.forEach(
        [asAda, Credential.usernamePassword(olga)],
        (credential) => Effect.either(session.signIn(credential)),
        { concurrency: "unbounded" }
      )
      const won = both.flatMap((result) => (Either.isRight(result) ? [result.right] : []))
      const lost = both.flatMap((result) => (Either.isLeft(result) ? [result.left] : []))
      expect(won.map((token) => token.generation)).toEqual([1])
      expect(lost).toMatchObject([{ _tag: "CredentialRequired", reason: "SignedOut" }])
      expect(yield* session.token).toBe(won[0])
    })
  )

  it.scoped("twenty log-ins of one user at the same moment end in one session for all", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const tokens = yield* Effect.forEach(thousand.slice(0, 20), () => session.signIn(asAda), {
        concurrency: "unbounded"
      })
      expect(new Set(tokens).size).toBe(1)
      expect(yield* session.token).toBe(tokens[0])
      yield* control.awaitArrival("revoke", 19)
    })
  )

  it.scoped("a sign-out during the write of a renewed token leaves nothing in the store", () =>
    Effect.gen(function* () {
      const writing = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      const slow = Effect.zipRight(Deferred.succeed(writing, undefined), Deferred.await(go))
      const store: TokenStore.Service = {
        ...memory,
        write: (key, token, over) =>
          Effect.zipRight(token.generation === 1 ? Effect.void : slow, memory.write(key, token, over))
      }
      const { session } = yield* world({ store })
      const first = yield* session.signIn(asAda)
      yield* Effect.fork(Effect.either(session.renew(first)))
      yield* Deferred.await(writing)
      const leaving = yield* Effect.fork(session.signOut)
      yield* settle
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(leaving)
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("a call that waited for the store while somebody signed in gets that token, and nothing is renewed", () =>
    Effect.gen(function* () {
      const reading = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      let reads = 0
      const slow = Effect.zipRight(Deferred.succeed(reading, undefined), Deferred.await(go))
      const store: TokenStore.Service = {
        ...memory,
        // The first look finds nothing; the one under the lock comes after the log-in.
        read: (key) => Effect.zipLeft(memory.read(key), ++reads === 1 ? slow : Effect.void)
      }
      const { control, session } = yield* world({ store, auth: { watchStore: false } })
      const calling = yield* Effect.fork(session.token)
      yield* Deferred.await(reading)
      const olgas = yield* session.signIn(Credential.usernamePassword(olga))
      yield* Deferred.succeed(go, undefined)
      expect(yield* Fiber.join(calling)).toBe(olgas)
      yield* settle
      expect(yield* control.counts).toMatchObject({ refreshes: 0, revocations: 0 })
      expect(yield* memory.read(session.key)).toEqual(Option.some(olgas))
    })
  )

  it.scoped("a log-in that comes to the lock before the sign-out it follows stays", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      let entries = 0
      const store: TokenStore.Service = {
        ...memory,
        // Not every lock is fair: the second who asks for it, the sign-out, gets it last.
        exclusive: (key) => (effect) =>
          Effect.zipRight(++entries === 2 ? Deferred.await(go) : Effect.void, memory.exclusive(key)(effect))
      }
      const { control, session } = yield* world({ store })
      yield* session.signIn(asAda)
      const leaving = yield* Effect.fork(session.signOut)
      yield* settle
      const olgas = yield* session.signIn(Credential.usernamePassword(olga))
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(leaving)
      expect(yield* session.token).toBe(olgas)
      expect(yield* memory.read(session.key)).toEqual(Option.some(olgas))
      expect((yield* control.counts).revocations).toBe(1)
    })
  )

  it.scoped("a renewal that is over but for giving back the lock is no use to anybody after a sign-out", () =>
    Effect.gen(function* () {
      const saved = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      let entries = 0
      const slow = Effect.zipRight(Deferred.succeed(saved, undefined), Deferred.await(go))
      const store: TokenStore.Service = {
        ...memory,
        exclusive: (key) => (effect) =>
          Effect.suspend(() => Effect.zipLeft(memory.exclusive(key)(effect), ++entries === 2 ? slow : Effect.void))
      }
      const { session } = yield* world({ store })
      const first = yield* session.signIn(asAda)
      const renewing = yield* Effect.fork(Effect.flip(session.renew(first)))
      yield* Deferred.await(saved)
      yield* session.signOut
      yield* Deferred.succeed(go, undefined)
      expect(yield* Fiber.join(renewing)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
    })
  )

  it.scoped("a sign-out while a log-in is being saved leaves neither session alive, the one before included", () =>
    Effect.gen(function* () {
      const writing = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      const slow = Effect.zipRight(Deferred.succeed(writing, undefined), Deferred.await(go))
      const store: TokenStore.Service = {
        ...memory,
        write: (key, token, over) =>
          Effect.zipRight(token.principal === "olga" ? slow : Effect.void, memory.write(key, token, over))
      }
      // Signed in by another program: this one has never had that token in memory.
      const other = yield* world({ store: memory })
      yield* other.session.signIn(asAda)
      const { control, session } = yield* clientOf(other.dev, { store })
      const entering = yield* Effect.fork(Effect.either(session.signIn(Credential.usernamePassword(olga))))
      yield* Deferred.await(writing)
      const leaving = yield* Effect.fork(session.signOut)
      yield* settle
      yield* Deferred.succeed(go, undefined)
      yield* Effect.zipRight(Fiber.join(entering), Fiber.join(leaving))
      yield* control.awaitArrival("revoke", 3)
      yield* settle
      expect((yield* control.counts).revocations).toBe(2)
      expect(yield* memory.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("a sign-out that loses patience only after the removal still has the pair revoked", () =>
    Effect.gen(function* () {
      const removed = yield* Deferred.make<void>()
      const memory = yield* TokenStore.makeMemory
      const store: TokenStore.Service = {
        ...memory,
        remove: (key, only) => Effect.zipLeft(memory.remove(key, only), Deferred.succeed(removed, undefined)),
        // Giving it back takes for ever.
        exclusive: (key) => (effect) => Effect.zipLeft(memory.exclusive(key)(effect), Effect.never)
      }
      const other = yield* world({ store: memory })
      yield* other.session.signIn(asAda)
      const { control, session } = yield* clientOf(other.dev, { store })
      const leaving = yield* Effect.fork(session.signOut)
      yield* Deferred.await(removed)
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(leaving)).toMatchObject({ wasSignedIn: true, revocation: "Revoked" })
      expect((yield* control.counts).revocations).toBe(1)
    })
  )

  it.scoped("renewing a token that is not the current one any more costs nothing", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      const second = yield* session.renew(first)
      expect(yield* session.renew(first)).toBe(second)
      expect(Token.isSame(yield* session.renew(first), second)).toBe(true)
      expect((yield* control.counts).refreshes).toBe(1)
    })
  )
})
