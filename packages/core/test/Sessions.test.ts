import { describe, expect, it } from "@effect/vitest"
import {
  Credential,
  CredentialSource,
  ServerEndpoint,
  Sessions,
  TokenStore,
  MlServerIssuer,
  TokenIssuer
} from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"

const names = Array.from({ length: 200 }, (_, at) => `user${at}`)
const accounts = Accounts.directory({
  users: names.map((username) => ({ username, password: `password of ${username}` }))
})

const many = (options: Partial<Sessions.Options> = {}) =>
  Effect.gen(function* () {
    const dev = yield* DevServer.makeInProcess({ tokenFormat: "opaque", accounts })
    const endpoint = yield* ServerEndpoint.make(dev.url)
    const store = yield* TokenStore.makeMemory
    const source = (username: string) =>
      CredentialSource.fromCredential(Credential.usernamePassword({ username, password: `password of ${username}` }))
    const sessions = yield* Effect.provideServiceEffect(
      Sessions.make({ endpoint, source, ...options }),
      TokenIssuer.TokenIssuer,
      MlServerIssuer.make({ endpoint })
    ).pipe(
      Effect.provideService(HttpClient.HttpClient, dev.client),
      Effect.provideService(TokenStore.TokenStore, store)
    )
    return { control: dev.control, sessions, store }
  })

describe("sessions of many principals", () => {
  it.scoped("each signs with its own token, however they interleave", () =>
    Effect.gen(function* () {
      const { control, sessions } = yield* many()
      const publish = (name: string) =>
        Effect.gen(function* () {
          const { client } = yield* sessions.get(name)
          const answer = yield* client.get("/services")
          expect(answer.status).toBe(200)
          const token = yield* (yield* sessions.get(name)).session.token
          expect(token.principal).toBe(name)
        })
      yield* Effect.forEach([...names, ...names, ...names], publish, { concurrency: "unbounded" })
      expect(yield* control.counts).toMatchObject({ logins: names.length, loginsRefused: 0 })
    })
  )

  it.scoped("asking twice gives the same session, also at the same moment", () =>
    Effect.gen(function* () {
      const { sessions } = yield* many()
      const got = yield* Effect.forEach(Array.from({ length: 100 }), () => sessions.get("user1"), {
        concurrency: "unbounded"
      })
      expect(new Set(got).size).toBe(1)
      expect(yield* sessions.size).toBe(1)
    })
  )

  it.scoped("one that nobody asks for is let go; its token stays in the store", () =>
    Effect.gen(function* () {
      const { control, sessions } = yield* many({ idleTimeToLive: "20 minutes" })
      const kept = yield* sessions.get("user1")
      yield* kept.session.token
      yield* (yield* sessions.get("user2")).session.token
      yield* TestClock.adjust("15 minutes")
      yield* sessions.get("user2")
      yield* TestClock.adjust("10 minutes")
      expect(yield* sessions.size).toBe(1)
      // Whoever still holds it may go on using it, and the next one finds its token.
      yield* kept.session.token
      const again = yield* sessions.get("user1")
      expect(again).not.toBe(kept)
      yield* again.session.token
      expect((yield* control.counts).logins).toBe(2)
    })
  )

  it.scoped("two sessions of one principal, an old and a new one, still renew once", () =>
    Effect.gen(function* () {
      const { control, sessions } = yield* many({ idleTimeToLive: "20 minutes" })
      const old = yield* sessions.get("user1")
      yield* old.session.token
      yield* TestClock.adjust("3 hours")
      const fresh = yield* sessions.get("user1")
      expect(fresh).not.toBe(old)
      yield* Effect.all([old.client.get("/services"), fresh.client.get("/services")], { concurrency: "unbounded" })
      expect(yield* control.counts).toMatchObject({ logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scoped("signing one out leaves the others", () =>
    Effect.gen(function* () {
      const { sessions } = yield* many()
      const [one, two] = yield* Effect.all([sessions.get("user1"), sessions.get("user2")])
      yield* Effect.all([one.session.token, two.session.token])
      yield* one.session.signOut
      expect(yield* Effect.flip(one.client.get("/services"))).toMatchObject({ reason: "SignedOut" })
      expect((yield* two.client.get("/services")).status).toBe(200)
    })
  )

  it.scoped("nobody has no session", () =>
    Effect.gen(function* () {
      const { sessions } = yield* many()
      expect(yield* Effect.flip(sessions.get(""))).toMatchObject({ _tag: "ConfigurationInvalid", setting: "principal" })
    })
  )
})
