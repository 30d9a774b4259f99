import { describe, expect, it } from "@effect/vitest"
import { Credential } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { settable } from "./support/settable.js"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

describe("a server that could not be had", () => {
  it.scoped("is asked again when its time has come, although the wall clock was set back by two hours meanwhile", () =>
    Effect.gen(function* () {
      const { clock, set } = yield* settable
      yield* set(7_200_000)
      yield* Effect.gen(function* () {
        const { control, session } = yield* world()
        const first = yield* session.signIn(asAda)
        yield* control.failNext({ on: "refresh", status: 503, retryAfter: 60 })
        yield* Effect.flip(session.renew(first))
        yield* set(0)
        yield* TestClock.adjust("59 seconds")
        const left = yield* Effect.flip(session.renew(first))
        expect(left._tag === "RenewalUncertain" ? left.retryAfter : left._tag).toBe(1000)
        yield* TestClock.adjust("1 second")
        expect((yield* session.renew(first)).generation).toBe(2)
      }).pipe(Effect.withClock(clock))
    })
  )

  it.scoped("and that asks for no pause (Retry-After: 0) is not asked in a loop all the same", () =>
    Effect.gen(function* () {
      const { control, session } = yield* world()
      const first = yield* session.signIn(asAda)
      yield* control.failNext({ on: "refresh", status: 503, retryAfter: 0 })
      yield* Effect.flip(session.renew(first))
      yield* TestClock.adjust("999 millis")
      yield* Effect.flip(session.renew(first))
      expect((yield* control.counts).requests).toBe(2)
      yield* TestClock.adjust("1 millis")
      expect((yield* session.renew(first)).generation).toBe(2)
    })
  )
})
