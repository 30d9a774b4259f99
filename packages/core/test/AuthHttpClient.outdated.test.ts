/** Tokens that end, or are replaced, while a request is on its way. */
import { describe, expect, it } from "@effect/vitest"
import { AuthError, Credential, TokenStore } from "@mlserver-auth/core"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ada, clientOf, world, type WorldOptions } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** A signed-in client; what is to happen before each send to the API arrives is asked of `onSend`. */
const slowOver = (options: WorldOptions = {}) =>
  Effect.gen(function* () {
    const way = { sends: 0, onSend: (_send: number): Effect.Effect<unknown, unknown> => Effect.void }
    const one = yield* world({
      ...options,
      auth: { watchStore: false },
      client: HttpClient.mapRequestEffect((request) =>
        request.url.endsWith("/services")
          ? Effect.as(Effect.orDie(Effect.suspend(() => way.onSend(++way.sends))), request)
          : Effect.succeed(request)
      )
    })
    yield* one.session.signIn(asAda)
    yield* one.control.expireAccessTokens
    return { ...one, way }
  })

const slow = slowOver()

describe("a second 401", () => {
  it.scoped("for a token that ended on its way: a third send, with a newer one", () =>
    Effect.gen(function* () {
      const { client, control, way } = yield* slow
      way.onSend = (send) => (send === 2 ? TestClock.adjust("2 hours") : Effect.void)
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ api: 3, refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("for a token that the session replaced meanwhile: a third send, with that one and without a call", () =>
    Effect.gen(function* () {
      const { client, control, session, way } = yield* slow
      const replace = Effect.flatMap(session.token, (token) => session.renew(token))
      way.onSend = (send) => (send === 2 ? replace : Effect.void)
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ api: 3, refreshes: 2 })
    })
  )

  it.scoped("is the last but one: what ends on its way each time is sent three times", () =>
    Effect.gen(function* () {
      const { client, way } = yield* slow
      way.onSend = () => TestClock.adjust("2 hours")
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "RejectedTwice" })
      expect(way.sends).toBe(3)
      way.onSend = () => Effect.void
      expect((yield* client.get("/services")).status).toBe(200)
    })
  )
})

describe("where another program renewed, and this one has not heard of it", () => {
  /** Another program with the same record; `refresh` gets another pair than the one that is stored, whatever that is. */
  const beside = Effect.gen(function* () {
    const one = yield* slow
    const other = yield* clientOf(one.dev, { auth: { watchStore: false }, store: one.store })
    yield* other.session.token
    const refresh = Effect.flatMap(other.session.token, (token) => other.session.renew(token))
    return { ...one, other, refresh: Effect.zipRight(refresh, refresh) }
  })

  it.scoped("again, while the second send was on its way: a third send, with what is stored", () =>
    Effect.gen(function* () {
      const { client, control, refresh, way } = yield* beside
      way.onSend = (send) => (send === 2 ? refresh : Effect.void)
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ api: 3, refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("and has not saved it yet: that is waited for", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const doing = { onWait: Effect.void as Effect.Effect<unknown> }
      const store: TokenStore.Service = {
        ...memory,
        exclusive: (key) => (effect) =>
          Effect.zipRight(
            Effect.suspend(() => doing.onWait),
            memory.exclusive(key)(effect)
          )
      }
      const { client, control, dev, way } = yield* slowOver({ store })
      const other = yield* clientOf(dev, { auth: { watchStore: false }, store: memory })
      const refresh = Effect.flatMap(other.session.token, (token) => other.session.renew(token))
      way.onSend = (send) =>
        Effect.gen(function* () {
          if (send !== 2) return
          const gate = yield* control.hold("refresh", "after")
          const renewing = yield* Effect.fork(refresh)
          yield* gate.awaitWaiting()
          doing.onWait = Effect.zipRight(gate.release, Effect.yieldNow())
          return renewing
        })
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ api: 3, refreshes: 2, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("an address that a renewal did not help asks for no section: it may have thousands of callers", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      let sections = 0
      const store: TokenStore.Service = {
        ...memory,
        exclusive: (key) => (effect) => Effect.suspend(() => (sections++, memory.exclusive(key)(effect)))
      }
      const { client, control, way } = yield* slowOver({ store })
      way.onSend = () => control.expireAccessTokens
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "RejectedTwice" })
      const before = sections
      expect(before).toBeGreaterThan(0)
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "RenewedInVain" })
      expect(sections).toBe(before)
    })
  )

  it.scoped("and signed out: it is told so, and not that the server refused it twice", () =>
    Effect.gen(function* () {
      const { client, other, way } = yield* beside
      way.onSend = (send) => (send === 2 ? other.session.signOut : Effect.void)
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ _tag: "CredentialRequired" })
    })
  )

  it.scoped("a store that cannot be read leaves it at what the server said", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const broken = { yes: false }
      const failing = new AuthError.StoreUnavailable({ operation: "read", problem: "", fix: "", retryable: true })
      const store: TokenStore.Service = {
        ...memory,
        read: (key) => Effect.suspend(() => (broken.yes ? Effect.fail(failing) : memory.read(key)))
      }
      const { client, control, way } = yield* slowOver({ store })
      way.onSend = (send) =>
        Effect.zipRight(
          control.expireAccessTokens,
          Effect.sync(() => (broken.yes = send === 2))
        )
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "RejectedTwice" })
      expect(way.sends).toBe(2)
    })
  )
})
