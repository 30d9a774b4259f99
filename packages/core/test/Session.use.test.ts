import { describe, expect, it } from "@effect/vitest"
import { Credential, type CredentialSource } from "@mlserver-auth/core"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { ada, olga, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

describe("watching and looking", () => {
  it.scoped("peek and the synchronous header use no network", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      expect(yield* session.peek).toMatchObject({ _tag: "SignedOut" })
      expect(session.authorizationIfFresh()).toBeUndefined()
      const token = yield* session.signIn(asAda)
      const header = session.authorizationIfFresh()
      expect(header === undefined ? "" : Redacted.value(header)).toBe(`Bearer ${Redacted.value(token.accessToken)}`)
      expect(yield* session.authorization).toBe(header)
      yield* TestClock.adjust("58 minutes")
      expect(session.authorizationIfFresh()).toBeUndefined()
      expect((yield* control.counts).requests).toBe(1)
    })
  )

  it.scoped("changes tells the state now and each one after it", () =>
    Effect.gen(function* () {
      const { session } = yield* world()
      const seen = yield* Effect.fork(Stream.runCollect(Stream.take(session.changes, 4)))
      yield* Effect.yieldNow()
      const token = yield* session.signIn(asAda)
      yield* session.renew(token)
      yield* session.signOut
      const states = Chunk.toReadonlyArray(yield* Fiber.join(seen))
      expect(states.map((state) => (state._tag === "SignedIn" ? state.generation : state._tag))).toEqual([
        "SignedOut",
        1,
        2,
        "SignedOut"
      ])
    })
  )

  it.scoped("watch calls with the state now and each one after it, whatever a listener does, until it is ended", () =>
    Effect.gen(function* () {
      const { session } = yield* world()
      const seen: Array<number | string> = []
      let inside = true
      const stop = session.watch((state) => {
        seen.push(inside ? "inside" : state._tag === "SignedIn" ? state.generation : state._tag)
        // Used here, it must find the session in one piece.
        void Effect.runPromise(session.peek)
      })
      inside = false
      const token = yield* session.signIn(asAda)
      yield* session.renew(token)
      yield* session.signOut
      yield* Effect.promise(() => Promise.resolve())
      stop()
      yield* session.signIn(asAda)
      yield* Effect.promise(() => Promise.resolve())
      expect(seen).toEqual(["SignedOut", 1, 2, "SignedOut"])
    })
  )
})

describe("signing in", () => {
  it.scoped("nothing but signIn asks a person", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const source: CredentialSource.Service = {
        silent: () => Effect.succeedNone,
        interactive: () => Effect.sync(() => (asked.push("person"), Option.some(asAda)))
      }
      const { client, session } = yield* world({ source })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ _tag: "CredentialRequired" })
      expect(asked).toEqual([])
      yield* session.signIn()
      expect(asked).toEqual(["person"])
      expect((yield* client.get("/services")).status).toBe(200)
    })
  )

  it.scoped("a refused credential of the application is not sent a second time", () =>
    Effect.gen(function* () {
      const wrong = Credential.usernamePassword({ username: "ada", password: "wrong" })
      const { client, control } = yield* world({ credential: wrong })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "InvalidCredentials" })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ reason: "AlreadyRejected" })
      expect((yield* control.counts).loginsRefused).toBe(1)
    })
  )

  it.scoped("a failed sign-in leaves the session that was there", () =>
    Effect.gen(function* () {
      const { client, session } = yield* world()
      yield* session.signIn(asAda)
      yield* Effect.flip(session.signIn(Credential.usernamePassword({ username: "ada", password: "wrong" })))
      expect((yield* client.get("/services")).status).toBe(200)
    })
  )

  it.scoped("a sign-in replaces the session before it, which is revoked at the server", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      yield* session.signIn(asAda)
      const token = yield* session.signIn(Credential.usernamePassword(olga))
      yield* control.awaitArrival("revoke")
      expect((yield* session.token).accessToken).toBe(token.accessToken)
      expect(yield* session.peek).toMatchObject({ principal: "olga" })
    })
  )

  it.scoped("a session that is kept for one user signs nobody else in by itself either", () =>
    Effect.gen(function* () {
      const { client, control } = yield* world({
        auth: { principal: "ada" },
        credential: Credential.usernamePassword(olga)
      })
      expect(yield* Effect.flip(client.get("/services"))).toMatchObject({ setting: "username" })
      expect((yield* control.counts).requests).toBe(0)
    })
  )

  it.scoped("a session that is kept for one user refuses another's credential before sending it", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world({ auth: { principal: "ada" } })
      expect(yield* Effect.flip(session.signIn(Credential.usernamePassword(olga)))).toMatchObject({
        _tag: "ConfigurationInvalid",
        setting: "username"
      })
      expect((yield* control.counts).requests).toBe(0)
    })
  )
})
