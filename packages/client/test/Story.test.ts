import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import type { State } from "../src/index.js"
import { users } from "../src/index.js"
import { client, failure } from "./support/serving.js"

const { password, username } = Accounts.ada
const credential = { username, password }

describe("a client", () => {
  it.scopedLive("200 calls meet a revoked token: one renewal serves them all, no refresh token is used twice", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const { fetch } = yield* client({ server: server.url, credential })
      assert.strictEqual((yield* Effect.promise(() => fetch("/services"))).status, 200)
      yield* server.control.revokeAccessTokens()
      const statuses = yield* Effect.promise(() =>
        Promise.all(Array.from({ length: 200 }, () => fetch("/services").then(({ status }) => status)))
      )
      assert.deepStrictEqual(
        statuses,
        Array.from({ length: 200 }, () => 200)
      )
      assert.deepInclude(yield* server.control.counts, { logins: 1, refreshes: 1, reusedRefreshTokens: 0 })
    })
  )

  it.scopedLive("signs in with what is given, tells its state, signs out, and is told of each", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const one = yield* client({ server: server.url })
      const states: Array<State["_tag"]> = []
      const watched: Array<State["_tag"]> = []
      const stop = one.watch(({ _tag }) => watched.push(_tag))
      const read = (async () => {
        for await (const { _tag } of one.states()) states.push(_tag)
      })()
      const signedIn = yield* Effect.promise(() => one.signIn(credential))
      assert.deepInclude(signedIn, { _tag: "SignedIn", principal: username, generation: 1, stored: true })
      assert.match(yield* Effect.promise(() => one.authorization()), /^Bearer \S+$/)
      const { error, revocation, wasSignedIn } = yield* Effect.promise(() => one.signOut())
      assert.deepStrictEqual([wasSignedIn, revocation, error], [true, "Revoked", undefined])
      assert.strictEqual((yield* Effect.promise(() => one.state()))._tag, "SignedOut")
      stop()
      yield* Effect.promise(() => one.close())
      yield* Effect.promise(() => read)
      assert.deepStrictEqual(states, ["SignedOut", "SignedIn", "SignedOut"])
      assert.deepStrictEqual(watched, states)
    })
  )

  it.scopedLive("what was closed says so, and ends the states that are being read", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const one = yield* client({ server: server.url, credential })
      yield* Effect.promise(() => one.fetch("/services"))
      yield* Effect.promise(() => one[Symbol.asyncDispose]())
      for (const call of [one.fetch("/services"), one.authorization(), one.state(), one.signIn(credential)]) {
        const error = yield* failure(call)
        assert.deepInclude(error, { code: "ConfigurationInvalid", retryable: false })
        assert.include(error.message, "client: it was closed")
      }
      const iterator = one.states()[Symbol.asyncIterator]()
      assert.strictEqual((yield* Effect.promise(() => iterator.next())).done, true)
      yield* Effect.promise(() => one.close())
    })
  )

  it.scopedLive("a sign-in that is under way when the client is closed was cancelled", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const gate = yield* server.control.hold("login")
      const one = yield* client({ server: server.url })
      const signedIn = one.signIn(credential)
      const error = failure(signedIn)
      yield* gate.awaitWaiting()
      yield* Effect.promise(() => one.close())
      assert.deepInclude(yield* error, { code: "CredentialRequired", reason: "Cancelled" })
    })
  )

  it.scopedLive("an existing access token is used as it is", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const first = yield* client({ server: server.url, credential })
      const header = yield* Effect.promise(() => first.authorization())
      const accessToken = header.replace("Bearer ", "")
      const second = yield* client({ server: server.url, credential: { accessToken } })
      assert.strictEqual((yield* Effect.promise(() => second.fetch("/services"))).status, 200)
      yield* server.control.revokeAccessTokens()
      const error = yield* failure(second.fetch("/services"))
      assert.deepInclude(error, { code: "SessionExpired", reason: "NotRenewable" })
    })
  )
})

describe("the clients of many users", () => {
  it.scopedLive("each has a session of its own, however often it is asked for", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const everybody = yield* Effect.acquireRelease(
        Effect.promise(() => users({ server: server.url })),
        (all) => Effect.promise(() => all.close())
      )
      yield* Effect.promise(() => everybody.of(username).signIn(credential))
      const { olga } = Accounts
      yield* Effect.promise(() =>
        everybody.of(olga.username).signIn({ username: olga.username, password: olga.password })
      )
      const ada = yield* Effect.promise(() => everybody.of(username).authorization())
      assert.notStrictEqual(yield* Effect.promise(() => everybody.of(olga.username).authorization()), ada)
      assert.strictEqual(yield* Effect.promise(() => everybody.of(username).authorization()), ada)
      const answers = yield* Effect.promise(() =>
        Promise.all([username, olga.username].map((name) => everybody.of(name).fetch("/services")))
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200]
      )
      assert.deepInclude(yield* failure(everybody.of("eve").fetch("/services")), { code: "CredentialRequired" })
      assert.throws(() => everybody.of(""), /principal: empty/)
      assert.deepInclude(yield* failure(everybody.of(username).signIn({ username: "olga", password: "x" })), {
        code: "ConfigurationInvalid"
      })
      assert.strictEqual((yield* server.control.counts).logins, 2)
    })
  )

  it.scopedLive("a program that has their passwords signs them in by itself", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      const vault = (name: string) => Promise.resolve(name === username ? credential : undefined)
      const everybody = yield* Effect.acquireRelease(
        Effect.promise(() => users({ server: server.url, credential: vault })),
        (all) => Effect.promise(() => all.close())
      )
      assert.strictEqual((yield* Effect.promise(() => everybody.of(username).fetch("/services"))).status, 200)
      assert.deepInclude(yield* failure(everybody.of("eve").fetch("/services")), { code: "CredentialRequired" })
    })
  )
})
