import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, CredentialSource, type Session, Token, TokenStore } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, olga, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const asOlga = Credential.usernamePassword(olga)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

const isIn = (session: Session.Service, token: Token.Token) =>
  Stream.runDrain(
    Stream.takeUntil(session.changes, () => {
      const held = session.tokenIfFresh()
      return held !== undefined && Token.isSame(held, token)
    })
  )
const isOut = (session: Session.Service) =>
  Stream.runDrain(Stream.takeUntil(session.changes, () => session.tokenIfFresh() === undefined))

const two = Effect.gen(function* () {
  const one = yield* world()
  return { one, other: yield* clientOf(one.dev, { store: one.store }) }
})

describe("a running program follows the others", () => {
  it.scoped("a sign-in elsewhere is picked up without being asked for", () =>
    Effect.gen(function* () {
      const { one, other } = yield* two
      const token = yield* other.session.signIn(asAda)
      yield* isIn(one.session, token)
      expect(yield* one.session.token).toEqual(token)
      expect((yield* one.control.counts).logins).toBe(1)
    })
  )

  it.scoped("a sign-out elsewhere ends the session at once, though its token had an hour left", () =>
    Effect.gen(function* () {
      const { one, other } = yield* two
      yield* isIn(other.session, yield* one.session.signIn(asAda))
      yield* one.session.signOut
      yield* isOut(other.session)
      expect(yield* Effect.flip(other.session.token)).toMatchObject({ _tag: "CredentialRequired" })
      expect(yield* other.session.peek).toMatchObject({ _tag: "SignedOut" })
    })
  )

  it.scoped("after a sign-out elsewhere the next sign-in elsewhere is picked up again", () =>
    Effect.gen(function* () {
      const { one, other } = yield* two
      yield* isIn(other.session, yield* one.session.signIn(asAda))
      yield* one.session.signOut
      yield* isOut(other.session)
      const olgas = yield* one.session.signIn(asOlga)
      yield* isIn(other.session, olgas)
      expect(yield* other.session.peek).toMatchObject({ principal: olga.username })
    })
  )

  it.scoped("a renewal elsewhere is taken over, before its end makes anybody ask", () =>
    Effect.gen(function* () {
      const { one, other } = yield* two
      const first = yield* one.session.signIn(asAda)
      yield* isIn(other.session, first)
      const renewed = yield* one.session.renew(first)
      yield* isIn(other.session, renewed)
      expect(yield* other.session.renew(first)).toEqual(renewed)
      expect((yield* one.control.counts).refreshes).toBe(1)
    })
  )

  it.scoped("a sign-out here lasts: what is signed in elsewhere does not begin it again", () =>
    Effect.gen(function* () {
      const { one, other } = yield* two
      yield* isIn(other.session, yield* one.session.signIn(asAda))
      yield* one.session.signOut
      yield* isOut(other.session)
      yield* other.session.signIn(asOlga)
      yield* settle
      expect(yield* Effect.flip(one.session.token)).toMatchObject({ reason: "SignedOut" })
    })
  )

  it.scoped("a token that could not be saved stays, whatever happens to the record", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      let broken = false
      const failed = new AuthError.StoreUnavailable({ operation: "write", problem: "", fix: "", retryable: true })
      const store: TokenStore.Service = {
        ...memory,
        write: (key, token, over) => (broken ? failed : memory.write(key, token, over))
      }
      const { session } = yield* world({ store })
      const first = yield* session.signIn(asAda)
      broken = true
      const second = yield* session.renew(first)
      yield* memory.remove(session.key)
      yield* settle
      expect(yield* session.token).toBe(second)
    })
  )

  it.scoped("what the application supplies is not replaced by what others store", () =>
    Effect.gen(function* () {
      const one = yield* world()
      const own = yield* clientOf(one.dev, { store: one.store, credential: asOlga, auth: { principal: "" } })
      const olgas = yield* own.session.token
      yield* one.session.signIn(asAda)
      yield* settle
      expect(yield* own.session.token).toBe(olgas)
      const given = Credential.accessToken("given")
      const presented = yield* clientOf(one.dev, { store: one.store, source: CredentialSource.fromCredential(given) })
      const token = yield* presented.session.token
      yield* one.session.signOut
      yield* one.session.signIn(asAda)
      yield* settle
      expect(yield* presented.session.token).toBe(token)
    })
  )

  it.scoped("a look that fails is no news, and the next one is", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const failed = new AuthError.StoreUnavailable({ operation: "read", problem: "", fix: "", retryable: true })
      let broken = false
      const store: TokenStore.Service = { ...memory, read: (key) => (broken ? failed : memory.read(key)) }
      const one = yield* world({ store })
      const other = yield* clientOf(one.dev, { store: memory })
      const first = yield* one.session.signIn(asAda)
      broken = true
      yield* other.session.signIn(asAda)
      yield* settle
      expect(one.session.tokenIfFresh()).toBe(first)
      broken = false
      yield* isIn(one.session, yield* other.session.signIn(asAda))
    })
  )

  it.scoped("one that does not watch finds the sign-out with its next renewal, and keeps nothing then", () =>
    Effect.gen(function* () {
      const one = yield* world()
      const other = yield* clientOf(one.dev, { store: one.store, auth: { watchStore: false } })
      yield* one.session.signIn(asAda)
      const token = yield* other.session.token
      yield* one.session.signOut
      yield* settle
      expect(other.session.tokenIfFresh()).toBe(token)
      expect(yield* Effect.flip(other.session.renew(token))).toMatchObject({ _tag: "CredentialRequired" })
      expect(other.session.tokenIfFresh()).toBeUndefined()
    })
  )
})

/** Who signs out does not get the lock, and goes without it. */
const impatient = Effect.gen(function* () {
  const one = yield* world()
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
  it.scoped("a renewal that ends after a sign-out elsewhere is not saved, and its pair revoked", () =>
    Effect.gen(function* () {
      const { gate, one, renewing, signOut } = yield* impatient
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
})
