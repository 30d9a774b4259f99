/** Limits of time where a caller cannot be interrupted: `acquireRelease(session.signIn(…), () => session.signOut)` is one twice. */
import {
  AuthHttpClient,
  Credential,
  CredentialSource,
  LeasedTokenStore,
  TimeLimit,
  TokenKey,
  TokenStore
} from "@mlserver-auth/core"
import { describe, expect, it } from "@effect/vitest"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as MemoryEngine from "./support/memoryEngine.js"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

/** Lets every fiber that can run do so; no time passes. */
const settle = Effect.repeatN(Effect.yieldNow(), 200)

/** What an effect ends with after so much time where it cannot be interrupted, as a finalizer; fails where it has not ended by then. */
const after = <A, E>(time: Duration.DurationInput, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDaemon(Effect.uninterruptible(effect))
    yield* settle
    yield* TestClock.adjust(time)
    yield* settle
    expect(fiber.unsafePoll()).not.toBeNull()
    return yield* Fiber.join(fiber)
  })

/** As a program that is in the section of a key and does not leave it. */
const occupied = (store: TokenStore.Service, key: TokenKey.TokenKey) =>
  Effect.gen(function* () {
    const entered = yield* Deferred.make<void>()
    const inside = Effect.zipRight(Deferred.succeed(entered, undefined), Effect.never)
    yield* Effect.forkScoped(store.exclusive(key)(inside))
    yield* Deferred.await(entered)
  })

describe("where its caller cannot be interrupted", () => {
  it.scoped("a sign-out waits five seconds for the section of its key, and goes on without it", () =>
    Effect.gen(function* () {
      const { session, store } = yield* world()
      yield* session.signIn(asAda)
      yield* occupied(store, session.key)
      expect(yield* after("5 seconds", session.signOut)).toMatchObject({ revocation: "Revoked" })
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("a sign-out at a server that is silent ends after the time of the issuer", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      yield* control.stallNext({ on: "revoke" })
      expect(yield* after("30 seconds", session.signOut)).toMatchObject({ revocation: "Unreachable" })
    })
  )

  it.scoped("a sign-in at a server that is silent fails after the time of the issuer", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* control.stallNext({ on: "login" })
      const error = yield* after("30 seconds", Effect.flip(session.signIn(asAda)))
      expect(error).toMatchObject({ _tag: "ServerUnavailable", reason: "Timeout" })
    })
  )

  it.scoped("a sign-in takes the first answer of a prompt that waits for several", () =>
    Effect.gen(function* () {
      const answered = Effect.delay(Effect.succeedSome(asAda), "1 second")
      const source = { ...CredentialSource.none, interactive: () => Effect.raceFirst(Effect.never, answered) }
      const { session } = yield* world({ source })
      expect(yield* after("1 second", session.signIn())).toMatchObject({ generation: 1 })
    })
  )

  it.scoped("a request does not wait for a body that the 401 leaves behind and that never ends", () =>
    Effect.gen(function* () {
      const { endpoint, session } = yield* world()
      yield* session.signIn(asAda)
      const endless = () => new Response(new ReadableStream(), { status: 401 })
      const bare = HttpClient.make((request) => Effect.sync(() => HttpClientResponse.fromWeb(request, endless())))
      const client = yield* AuthHttpClient.make(bare, session, endpoint)
      expect(yield* after("4 seconds", Effect.flip(client.get("/services")))).toMatchObject({ reason: "RejectedTwice" })
    })
  )

  it.effect("a limit ends what it limits, and an interruption does not", () =>
    Effect.gen(function* () {
      const limited = TimeLimit.timeoutFail({ duration: "1 second", onTimeout: () => "late" })(Effect.never)
      const ended = yield* Deferred.make<string>()
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.intoDeferred(Effect.flip(limited), ended)))
      yield* settle
      yield* Effect.fork(Fiber.interrupt(fiber))
      yield* settle
      expect(fiber.unsafePoll()).toBeNull()
      yield* TestClock.adjust("1 second")
      expect(yield* Deferred.await(ended)).toBe("late")
      expect(yield* after("1 second", TimeLimit.timeoutOption("1 second")(Effect.never))).toEqual(Option.none())
    })
  )
})

describe("a store on an engine that is silent, where its caller cannot be interrupted", () => {
  const keys = [Redacted.make(new Uint8Array(32).fill(1))]
  const key = TokenKey.make({ issuer: "https://a.test" })
  /** The times of engines are the machine's. */
  const soon = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.flatMap(Effect.forkDaemon(Effect.uninterruptible(effect)), (fiber) =>
      Effect.timeout(Fiber.join(fiber), "60 seconds")
    )
  const silent = Effect.gen(function* () {
    const connection = MemoryEngine.connect(MemoryEngine.place())
    const store = yield* LeasedTokenStore.make(connection.engine, { keys, timeLimit: "10 minutes" })
    return { connection, store }
  })

  it.scopedLive("a watch begins without it", () =>
    Effect.gen(function* () {
      const { connection, store } = yield* silent
      connection.trouble = "silent"
      yield* soon(Effect.scoped(store.watch(key)))
    })
  )

  it.scopedLive("a section ends without it", () =>
    Effect.gen(function* () {
      const { connection, store } = yield* silent
      yield* soon(store.exclusive(key)(Effect.sync(() => void (connection.trouble = "silent"))))
    })
  )
})

describe("a sign-in that is interrupted", () => {
  it.scoped("while it waits for the section of its key ends at once, and its pair is revoked", () =>
    Effect.gen(function* () {
      const { control, session, store } = yield* world()
      yield* occupied(store, session.key)
      const signingIn = yield* Effect.fork(session.signIn(asAda))
      yield* control.awaitArrival("login")
      yield* settle
      expect(Exit.isInterrupted(yield* Fiber.interrupt(signingIn))).toBe(true)
      yield* control.awaitArrival("revoke")
      expect(yield* store.read(session.key)).toEqual(Option.none())
    })
  )

  it.scoped("once its pair is saved has signed in", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const saved = yield* Deferred.make<void>()
      // Gives the section back, and does not come to an end.
      const slow: TokenStore.Service["exclusive"] = (key) => (effect) =>
        Effect.tap(memory.exclusive(key)(effect), () =>
          Effect.zipRight(Deferred.succeed(saved, undefined), Effect.never)
        )
      const { control, session } = yield* world({ store: { ...memory, exclusive: slow } })
      const signingIn = yield* Effect.fork(session.signIn(asAda))
      yield* Deferred.await(saved)
      yield* Fiber.interrupt(signingIn)
      yield* settle
      expect(yield* session.peek).toMatchObject({ _tag: "SignedIn" })
      expect(yield* control.counts).toMatchObject({ logins: 1, revocations: 0 })
    })
  )
})
