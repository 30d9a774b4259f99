import {
  Credential,
  CredentialSource,
  LeasedTokenStore,
  MlServerIssuer,
  ServerEndpoint,
  Sessions,
  TokenIssuer,
  TokenStore
} from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as MemoryEngine from "./support/memoryEngine.js"

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

/** Two programs with sessions of the same users, each with what it has of the store. */
const two = (stores: readonly [TokenStore.Service, TokenStore.Service], options: Partial<Sessions.Options> = {}) =>
  Effect.gen(function* () {
    const dev = yield* DevServer.makeInProcess()
    const endpoint = yield* ServerEndpoint.make(dev.url)
    const of = (store: TokenStore.Service) =>
      Effect.provideServiceEffect(
        Sessions.make({ endpoint, source: () => CredentialSource.none, ...options }),
        TokenIssuer.TokenIssuer,
        MlServerIssuer.make({ endpoint })
      ).pipe(
        Effect.provideService(HttpClient.HttpClient, dev.client),
        Effect.provideService(TokenStore.TokenStore, store)
      )
    const [here, there] = [yield* of(stores[0]), yield* of(stores[1])]
    yield* (yield* here.get(username)).session.signIn(credential)
    const other = (yield* there.get(username)).session
    yield* other.token
    return { here: (yield* here.get(username)).session, other, there, control: dev.control }
  })

const onEngine = Effect.suspend(() => {
  const shared = MemoryEngine.place()
  const options = { keys: [Redacted.make(new Uint8Array(32))] }
  const store = LeasedTokenStore.make(MemoryEngine.connect(shared).engine, options)
  return Effect.all([store, store])
})

const soon = (holds: () => boolean) => Effect.repeat(Effect.sleep("2 millis"), { until: holds })

describe("sessions of many principals follow what other programs do", () => {
  it.scopedLive("a sign-out there ends the session here at once, and asks the server nothing", () =>
    Effect.gen(function* () {
      const { here, other } = yield* two(yield* onEngine)
      assert.isDefined(other.tokenIfFresh())
      yield* here.signOut
      yield* soon(() => other.tokenIfFresh() === undefined)
      assert.strictEqual((yield* other.peek)._tag, "SignedOut")
    })
  )

  it.scopedLive("a renewal there is taken over here", () =>
    Effect.gen(function* () {
      const { control, here, other } = yield* two(yield* onEngine)
      yield* here.renew(yield* here.token)
      yield* soon(() => other.tokenIfFresh()?.generation === 2)
      assert.strictEqual((yield* control.counts).refreshes, 1)
    })
  )

  it.scoped("a session that was let go is not followed, and one that is asked for again is", () =>
    Effect.gen(function* () {
      const [one, other] = yield* onEngine
      const followed = new Set<string>()
      const counting: TokenStore.Service = {
        ...other,
        follow: (changed) =>
          Effect.map(other.follow?.(changed) ?? Effect.dieMessage("no follow"), (following) => ({
            add: (key) => Effect.tap(following.add(key), () => followed.add(key.principal)),
            remove: (key) => Effect.tap(following.remove(key), () => followed.delete(key.principal))
          }))
      }
      const { here, there } = yield* two([one, counting], { idleTimeToLive: "20 minutes" })
      assert.deepStrictEqual([...followed], [username])
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(followed.size, 0)
      const { session } = yield* there.get(username)
      assert.deepStrictEqual([...followed], [username])
      yield* session.token
      assert.isDefined(session.tokenIfFresh())
      yield* here.signOut
      yield* Effect.repeat(Effect.yieldNow(), { until: () => session.tokenIfFresh() === undefined })
    })
  )

  it.scoped("in a store that only watches too, if that is wanted, until a session is let go", () =>
    Effect.gen(function* () {
      const [one, { follow: _, ...other }] = yield* onEngine
      const watched = new Set<string>()
      const counting: TokenStore.Service = {
        ...other,
        watch: (key) =>
          Effect.zipRight(
            Effect.acquireRelease(
              Effect.sync(() => watched.add(key.principal)),
              () => Effect.sync(() => watched.delete(key.principal))
            ),
            other.watch(key)
          )
      }
      const options = { watchStore: true, idleTimeToLive: "20 minutes" } as const
      const { here, other: followed } = yield* two([one, counting], options)
      yield* here.signOut
      yield* Effect.repeat(Effect.yieldNow(), { until: () => followed.tokenIfFresh() === undefined })
      assert.deepStrictEqual([...watched], [username])
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual(watched.size, 0)
    })
  )

  it.scopedLive("not where that is not wanted", () =>
    Effect.gen(function* () {
      const stores = yield* onEngine
      const { here, other } = yield* two(stores, { watchStore: false })
      const signals = yield* stores[1].watch(other.key)
      yield* Queue.takeAll(signals)
      yield* here.signOut
      yield* Queue.take(signals)
      yield* Effect.sleep("50 millis")
      assert.isDefined(other.tokenIfFresh())
    })
  )
})
