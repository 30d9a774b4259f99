import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, Token, TokenStore } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

/** Who signs out does not get the lock, and goes without it. */
const impatient = (watchStore: boolean) =>
  Effect.gen(function* () {
    const one = yield* world({ auth: { watchStore } })
    const first = yield* one.session.signIn(asAda)
    const gate = yield* one.control.hold("refresh", "after")
    const renewing = yield* Effect.fork(Effect.flip(one.session.renew(first)))
    yield* gate.awaitWaiting()
    const other = yield* clientOf(one.dev, { store: one.store })
    const signOut = Effect.gen(function* () {
      const leaving = yield* Effect.fork(other.session.signOut)
      yield* settle
      yield* TestClock.adjust("5 seconds")
      return yield* Fiber.join(leaving)
    })
    return { gate, one, other, renewing, signOut }
  })

const renewal = (name: string): Token.Received => ({
  accessToken: Redacted.make(`access-${name}`),
  refreshToken: Redacted.make(`refresh-${name}`),
  obtainedAt: 0,
  expiresAt: 3_600_000,
  clockDifference: undefined
})

/** A session whose record somebody replaces just before it is removed, where no lock is to be had. */
const overtakenBy = (replacement: (first: Token.Token) => Token.Token) =>
  Effect.gen(function* () {
    const memory = yield* TokenStore.makeMemory
    const noLock = new AuthError.StoreUnavailable({ operation: "lock", problem: "", fix: "", retryable: true })
    const one = yield* world({ store: memory })
    const first = yield* one.session.signIn(asAda)
    const replaced = yield* Deferred.make<void>()
    const replace = Effect.whenEffect(
      Effect.zipRight(memory.write(one.session.key, replacement(first)), Deferred.succeed(replaced, undefined)),
      Effect.negate(Deferred.isDone(replaced))
    )
    const store: TokenStore.Service = {
      ...memory,
      exclusive: () => () => noLock,
      remove: (key, only) => Effect.zipRight(replace, memory.remove(key, only))
    }
    const { session } = yield* clientOf(one.dev, { store })
    return { other: session, store: memory }
  })

describe("without the lock", () => {
  it.scoped.each([true, false])(
    "a renewal that ends after a sign-out elsewhere is not saved, and its pair revoked (watching: %s)",
    (watching) =>
      Effect.gen(function* () {
        const { gate, one, renewing, signOut } = yield* impatient(watching)
        expect(yield* signOut).toMatchObject({ wasSignedIn: true })
        yield* gate.release
        expect(yield* Fiber.join(renewing)).toMatchObject({ _tag: "CredentialRequired", reason: "SignedOut" })
        expect(yield* one.store.read(one.session.key)).toEqual(Option.none())
        yield* one.control.awaitArrival("revoke", 2)
        expect(yield* Effect.flip(one.session.token)).toMatchObject({ _tag: "CredentialRequired" })
      })
  )

  it.scoped("a sign-out removes the pair that the session got between its look and its removal", () =>
    Effect.gen(function* () {
      const { other, store } = yield* overtakenBy((first) => Token.next(first, renewal("second")))
      expect(yield* other.signOut).toMatchObject({ wasSignedIn: true })
      expect(yield* store.read(other.key)).toEqual(Option.none())
    })
  )

  it.scoped("a sign-out leaves the session that somebody began between its look and its removal", () =>
    Effect.gen(function* () {
      const { other, store } = yield* overtakenBy((first) => Token.first(renewal("olgas"), `not ${first.principal}`))
      yield* other.signOut
      expect(Option.getOrUndefined(yield* store.read(other.key))?.principal).toBe(`not ${ada.username}`)
    })
  )

  it.scoped("a sign-out leaves what the same user began elsewhere between its look and its removal", () =>
    Effect.gen(function* () {
      const later = { ...renewal("later"), obtainedAt: 60_000 }
      const { other, store } = yield* overtakenBy((first) => Token.first(later, first.principal))
      yield* other.signOut
      expect(Option.isSome(yield* store.read(other.key))).toBe(true)
    })
  )

  it.scoped("a sign-out removes a record that it cannot read", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const none = (operation: "lock" | "read") =>
        new AuthError.StoreUnavailable({ operation, problem: "", fix: "", retryable: true })
      const one = yield* world({ store: memory })
      yield* one.session.signIn(asAda)
      const store = { ...memory, exclusive: () => () => none("lock"), read: () => none("read") }
      const { session } = yield* clientOf(one.dev, { store })
      yield* session.signOut
      expect(yield* memory.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("a sign-out leaves the session that was begun here between its look and its removal", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const noLock = new AuthError.StoreUnavailable({ operation: "lock", problem: "", fix: "", retryable: true })
      const removing = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      let locked = false
      const store: TokenStore.Service = {
        ...memory,
        exclusive: (key) => (effect) => (locked ? noLock : memory.exclusive(key)(effect)),
        remove: (key, only) =>
          Effect.zipRight(
            Effect.zipRight(Deferred.succeed(removing, undefined), Deferred.await(go)),
            memory.remove(key, only)
          )
      }
      const { session } = yield* world({ store })
      yield* session.signIn(asAda)
      locked = true
      const leaving = yield* Effect.fork(session.signOut)
      yield* Deferred.await(removing)
      locked = false
      const later = yield* session.signIn(asAda)
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(leaving)
      expect(yield* memory.read(session.key)).toEqual(Option.some(later))
    })
  )
})
