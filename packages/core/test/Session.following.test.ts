import { describe, expect, it } from "@effect/vitest"
import {
  AuthError,
  Credential,
  CredentialSource,
  type Session,
  type SessionState,
  Token,
  TokenStore
} from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
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

  it.scoped("a program that begins shows who is signed in before anything is asked for", () =>
    Effect.gen(function* () {
      const one = yield* world()
      const token = yield* one.session.signIn(asAda)
      const later = yield* clientOf(one.dev, { store: one.store })
      yield* isIn(later.session, token)
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
      yield* TestClock.adjust("1 minute")
      const second = yield* session.renew(first)
      yield* memory.remove(session.key)
      yield* settle
      expect(yield* session.token).toBe(second)
      yield* memory.write(session.key, first)
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
      yield* TestClock.adjust("1 minute")
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

  it.scoped("what happened here during a look is newer than what the look saw", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const go = yield* Deferred.make<void>()
      let slow = false
      const store: TokenStore.Service = {
        ...memory,
        read: (key) =>
          Effect.suspend(() => {
            const wait = slow ? Deferred.await(go) : Effect.void
            slow = false
            return Effect.zipLeft(memory.read(key), wait)
          })
      }
      const one = yield* world({ store })
      const other = yield* clientOf(one.dev, { store: memory })
      yield* one.session.signIn(asAda)
      yield* settle
      slow = true
      yield* other.session.signIn(asAda)
      yield* settle
      expect(slow).toBe(false)
      const seen: Array<string | undefined> = []
      const see = (state: SessionState.State) =>
        Effect.sync(() => seen.push(state._tag === "SignedIn" ? state.principal : undefined))
      yield* Effect.forkScoped(Stream.runForEach(one.session.changes, see))
      yield* settle
      const olgas = yield* one.session.signIn(asOlga)
      yield* Deferred.succeed(go, undefined)
      yield* settle
      expect(one.session.tokenIfFresh()).toEqual(olgas)
      expect(seen.slice(seen.indexOf(olga.username))).not.toContain(ada.username)
    })
  )

  it.scoped("what it was told of its own write changes nothing: claims that a token was got for are remembered", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      const claimed = yield* session.renew(first, { claims: "{}" })
      yield* settle
      expect(yield* session.renew(first, { claims: "{}" })).toBe(claimed)
      expect((yield* control.counts).refreshes).toBe(1)
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
