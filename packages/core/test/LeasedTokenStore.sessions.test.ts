/** What sessions make of an engine that refuses. */
import { describe, expect, it } from "@effect/vitest"
import { Credential, LeasedTokenStore, RecordCodec } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as MemoryEngine from "./support/memoryEngine.js"
import { ada, clientOf, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)
const keysOf = (byte: number) => [Redacted.make(new Uint8Array(32).fill(byte))]

const storeOn = (connection: MemoryEngine.Connection, keys: LeasedTokenStore.Options["keys"]) =>
  LeasedTokenStore.make(connection.engine, { keys, timeLimit: "20 seconds" })

describe("a session on an engine", () => {
  it.scoped(
    "whose record was sealed with a key that this program lacks: told so, unrenewed, and replaced by a sign-in",
    () =>
      Effect.gen(function* () {
        const shared = MemoryEngine.place()
        const other = yield* world({ store: yield* storeOn(MemoryEngine.connect(shared), keysOf(1)) })
        yield* other.session.signIn(asAda)
        const { control, session } = yield* clientOf(other.dev, {
          store: yield* storeOn(MemoryEngine.connect(shared), keysOf(2))
        })
        const error = yield* Effect.flip(session.token)
        expect(error).toMatchObject({ _tag: "StoreUnavailable", retryable: false })
        expect(error.message).toMatch(/sealed with a key that was not given[\s\S]*Give that key too/)
        // The one that has the key goes on.
        expect(yield* other.session.token).toBeDefined()
        expect((yield* control.counts).refreshes).toBe(0)
        yield* session.signIn(asAda)
        expect(yield* session.token).toBeDefined()
        expect(yield* session.signOut).toMatchObject({ wasSignedIn: true, revocation: "Revoked" })
        expect(shared.texts.size).toBe(0)
      })
  )

  it.scoped("that takes no writes, as a full one: nothing is sent, and it renews once there is room", () =>
    Effect.gen(function* () {
      const connection = MemoryEngine.connect(MemoryEngine.place())
      const { control, session } = yield* world({ store: yield* storeOn(connection, keysOf(1)) })
      const first = yield* session.signIn(asAda)
      connection.trouble = "refused"
      expect(yield* Effect.flip(session.renew(first))).toMatchObject({ _tag: "StoreUnavailable" })
      expect((yield* control.counts).refreshes).toBe(0)
      connection.trouble = "none"
      expect((yield* session.renew(first)).generation).toBe(2)
    })
  )

  it.scoped("that becomes full while a token is renewed: callers are served, and it is saved once there is room", () =>
    Effect.gen(function* () {
      const shared = MemoryEngine.place()
      const connection = MemoryEngine.connect(shared)
      const store = yield* storeOn(connection, keysOf(1))
      const { control, session } = yield* world({ store, auth: { watchStore: false } })
      const first = yield* session.signIn(asAda)
      const name = yield* RecordCodec.nameOf(session.key)
      const before = shared.texts.get(name)
      const gate = yield* control.hold("refresh", "after")
      const renewing = yield* Effect.fork(session.renew(first))
      yield* gate.awaitWaiting()
      connection.trouble = "refused"
      yield* gate.release
      const second = yield* Fiber.join(renewing)
      expect(second.generation).toBe(2)
      expect(shared.texts.get(name)).toBe(before)
      connection.trouble = "none"
      expect((yield* session.renew(second)).generation).toBe(3)
      expect((yield* control.counts).reusedRefreshTokens).toBe(0)
      expect(shared.texts.get(name)).not.toBe(before)
    })
  )
})
