import { describe, expect, it } from "@effect/vitest"
import { Credential, Token, TokenStore } from "@mlserver-auth/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ada, world } from "./support/world.js"

/** A signed-in session over a store that forgets at once, while another program is in `exclusive`. */
const occupied = Effect.gen(function* () {
  const memory = yield* TokenStore.makeMemory
  const store: TokenStore.Service = {
    ...memory,
    forget: (key) => {
      const found = Effect.runSync(memory.read(key))
      Effect.runSync(memory.remove(key))
      return Option.getOrUndefined(found)
    }
  }
  const one = yield* world({ store })
  const first = yield* one.session.signIn(Credential.usernamePassword(ada))
  const [entered, gate] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  yield* Effect.fork(
    store.exclusive(one.session.key)(Effect.zipRight(Deferred.succeed(entered, undefined), Deferred.await(gate)))
  )
  yield* Deferred.await(entered)
  return { ...one, first, memory, free: Deferred.succeed(gate, undefined) }
})

describe("a store that can forget at once", () => {
  it.scoped("has forgotten, and the server is told, while the sign-out still waits for the lock", () =>
    Effect.gen(function* () {
      const { control, free, memory, session } = yield* occupied
      const leaving = yield* Effect.fork(session.signOut)
      yield* control.awaitArrival("revoke")
      expect(leaving.unsafePoll()).toBeNull()
      expect(yield* memory.read(session.key)).toEqual(Option.none())
      yield* free
      expect(yield* Fiber.join(leaving)).toMatchObject({ wasSignedIn: true, revocation: "Revoked" })
      expect(yield* control.counts).toMatchObject({ revocations: 1 })
    })
  )

  it.scoped("is given another pair by whoever was renewing: that is removed, and revoked too", () =>
    Effect.gen(function* () {
      const { control, first, free, memory, session } = yield* occupied
      const leaving = yield* Effect.fork(session.signOut)
      yield* control.awaitArrival("revoke")
      yield* memory.write(
        session.key,
        Token.next(first, {
          accessToken: Redacted.make("access-second"),
          refreshToken: Redacted.make("refresh-second"),
          obtainedAt: 0,
          expiresAt: 3_600_000,
          clockDifference: undefined
        })
      )
      yield* free
      yield* Fiber.join(leaving)
      yield* control.awaitArrival("revoke", 2)
      expect(yield* memory.read(session.key)).toEqual(Option.none())
    })
  )
})
