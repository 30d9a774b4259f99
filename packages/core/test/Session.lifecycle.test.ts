import { describe, expect, it } from "@effect/vitest"
import { Credential, Token } from "@mlserver-auth/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

describe("the first hour", () => {
  it.scoped("one log-in serves every call; the token is renewed early and in the background", () =>
    Effect.gen(function* () {
      const { control, client, session } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* TestClock.adjust("54 minutes")
      expect(yield* session.token).toBe(first)
      yield* TestClock.adjust("2 minutes")
      // Served at once, though its renewal starts now.
      const gate = yield* control.hold("refresh")
      expect(yield* session.token).toBe(first)
      expect(yield* session.token).toBe(first)
      yield* gate.release
      yield* control.awaitArrival("refresh")
      const next = yield* Effect.repeat(session.token, { until: (token) => token !== first })
      expect(next.generation).toBe(2)
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ logins: 1, refreshes: 1, reusedRefreshTokens: 0, unauthorized: 0 })
    })
  )

  it.scoped("in the last seconds callers wait for the new token", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* TestClock.adjust(Duration.millis((first.expiresAt ?? 0) - 5_000))
      const next = yield* session.token
      expect(Token.isSame(next, first)).toBe(false)
      expect((yield* control.counts).refreshes).toBe(1)
    })
  )

  it.scoped("a token that is still good is served while its early renewal fails, and the server is not pestered", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* TestClock.adjust("56 minutes")
      yield* control.failNext({ on: "refresh", times: 100, status: 500 })
      expect(yield* session.token).toBe(first)
      yield* control.awaitArrival("refresh")
      yield* Effect.yieldNow()
      for (let call = 0; call < 20; call++) {
        expect(yield* session.token).toBe(first)
        yield* Effect.repeatN(Effect.yieldNow(), 50)
      }
      expect((yield* control.counts).requests).toBe(2)
      yield* TestClock.adjust("31 seconds")
      expect(yield* session.token).toBe(first)
      yield* control.awaitArrival("refresh", 2)
      // In the last ten seconds callers wait for the renewal, and still get the old token when it fails.
      yield* TestClock.adjust("205 seconds")
      expect(yield* session.token).toBe(first)
      yield* TestClock.adjust("10 seconds")
      expect(yield* Effect.flip(session.token)).toMatchObject({
        _tag: "RenewalUncertain",
        status: 500,
        retryable: true
      })
    })
  )

  it.scoped("a short-lived token is not renewed all the time", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world({ dev: { lifetimes: { accessToken: "60 seconds" } } })
      const first = yield* session.signIn(asAda)
      yield* TestClock.adjust("40 seconds")
      expect(yield* session.token).toBe(first)
      yield* TestClock.adjust("15 seconds")
      yield* session.token
      yield* control.awaitArrival("refresh")
    })
  )
})

describe("the long run", () => {
  it.scoped("day 13: unused for thirteen days, the session still renews", () =>
    Effect.gen(function* () {
      const { control, client, session } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("13 days")
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ logins: 1, refreshes: 1 })
    })
  )

  it.scoped("day 15: the server's refusal ends the session, and the error says that it was idle", () =>
    Effect.gen(function* () {
      const { control, client, session, store } = yield* world()
      yield* session.signIn(asAda)
      yield* TestClock.adjust("15 days")
      const error = yield* Effect.flip(client.get("/services"))
      expect(error).toMatchObject({ _tag: "SessionExpired", reason: "Idle", retryable: false })
      expect(yield* store.read(session.key)).toEqual(Option.none())
      expect(yield* session.peek).toMatchObject({ _tag: "SignedOut" })
      // Told once; after that there is simply nobody signed in, and the server is not asked again.
      expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "CredentialRequired", reason: "NotSignedIn" })
      expect((yield* control.counts).refreshesRefused).toBe(1)
    })
  )

  it.scoped("day 91: renewed every day, the chain ends after ninety, and the error says so", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      for (let day = 1; day < 90; day++) {
        yield* TestClock.adjust("1 day")
        yield* session.token
      }
      expect(yield* control.counts).toMatchObject({ logins: 1, refreshes: 89, reusedRefreshTokens: 0 })
      yield* TestClock.adjust("2 days")
      expect(yield* Effect.flip(session.token)).toMatchObject({ _tag: "SessionExpired", reason: "ChainEnded" })
    })
  )

  it.scoped("a credential supplied by the application signs in again by itself when the chain has ended", () =>
    Effect.gen(function* () {
      const { control, client } = yield* world({ credential: asAda })
      yield* client.get("/services")
      yield* TestClock.adjust("15 days")
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* control.counts).toMatchObject({ logins: 2, refreshes: 0, refreshesRefused: 1 })
    })
  )

  it.scoped("the three ends are known beforehand", () =>
    Effect.gen(function* () {
      const { session } = yield* world()
      yield* session.signIn(asAda)
      const hour = Duration.toMillis("1 hour")
      expect(yield* session.peek).toMatchObject({
        _tag: "SignedIn",
        principal: "ada",
        renewable: true,
        stored: true,
        expiresAt: hour,
        idleEndsAt: 14 * 24 * hour,
        chainEndsAt: 90 * 24 * hour
      })
    })
  )
})

describe.each([
  { name: "ten minutes ahead", offset: 600_000 },
  { name: "ten minutes behind", offset: -600_000 }
])("a server whose clock is $name", ({ offset }) => {
  it.scoped.each([{ expiresIn: true }, { expiresIn: false }])(
    "costs no call and no 401 (expires_in sent: $expiresIn)",
    ({ expiresIn }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("20 days")
        const { control, client, session } = yield* world({ dev: { clockOffset: offset, expiresIn } })
        const token = yield* session.signIn(asAda)
        expect(Math.abs((token.expiresAt ?? 0) - token.obtainedAt - 3_600_000)).toBeLessThanOrEqual(1000)
        expect(Math.abs((token.clockDifference ?? 0) - offset)).toBeLessThanOrEqual(1000)
        for (let quarter = 0; quarter < 12; quarter++) {
          yield* client.get("/services")
          yield* TestClock.adjust("15 minutes")
        }
        expect(yield* control.counts).toMatchObject({ logins: 1, unauthorized: 0, reusedRefreshTokens: 0 })
      })
  )
})

describe("an existing access token", () => {
  it.scoped("is used as it is, never renewed, never stored; a 401 is its typed end", () =>
    Effect.gen(function* () {
      const issuing = yield* world()
      const granted = yield* issuing.session.signIn(asAda)
      const { client, control, session, store } = yield* world({
        client: () => issuing.dev.client,
        credential: Credential.accessToken(granted.accessToken)
      })
      expect((yield* client.get("/services")).status).toBe(200)
      expect(yield* store.read(session.key)).toEqual(Option.none())
      expect(yield* session.peek).toMatchObject({ renewable: false, expiresAt: undefined, stored: false })
      yield* issuing.control.expireAccessTokens
      const error = yield* Effect.flip(client.get("/services"))
      expect(error).toMatchObject({ _tag: "SessionExpired", reason: "NotRenewable" })
      expect((yield* issuing.control.counts).refreshes + (yield* control.counts).requests).toBe(0)
    })
  )

  it.scoped("a source that has a newer one by then is believed", () =>
    Effect.gen(function* () {
      const issuing = yield* world()
      let current = yield* issuing.session.signIn(asAda)
      const offer = () => Effect.sync(() => Option.some(Credential.accessToken(current.accessToken)))
      const { client } = yield* world({
        client: () => issuing.dev.client,
        source: { silent: offer, interactive: offer }
      })
      yield* client.get("/services")
      current = yield* issuing.session.renew(current)
      expect((yield* client.get("/services")).status).toBe(200)
    })
  )

  it.scoped("an answer with nothing but an access token is used until a 401", () =>
    Effect.gen(function* () {
      const { client, control, session } = yield* world({ dev: { accessTokenOnly: true } })
      yield* session.signIn(asAda)
      yield* TestClock.adjust("30 minutes")
      expect((yield* client.get("/services")).status).toBe(200)
      yield* control.expireAccessTokens
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({
        _tag: "SessionExpired",
        reason: "NotRenewable"
      })
    })
  )
})
