/**
 * Random stories of one session against the server's state machine: log-in, calls, renewals, revocations, time, lost
 * answers, interruption, sign-out. Whatever happens, promises 1, 2, 3 and 10 of docs/architecture.md hold.
 */
import { describe, expect, it } from "@effect/vitest"
import { Credential, type Token } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { sized } from "./support/size.js"
import { ada, world } from "./support/world.js"

const asAda = Credential.usernamePassword(ada)

type Step =
  | { readonly do: "signIn" | "signOut" | "expire" | "revokeAccess" | "revokeSession" | "renewStale" }
  | { readonly do: "call"; readonly fibers: number; readonly leaving: number }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "fail"; readonly status: number }
  | { readonly do: "lose" }
  | { readonly do: "leaveDuringSignOut" }

const just = (name: "signIn" | "signOut" | "expire" | "revokeAccess" | "revokeSession" | "renewStale") =>
  FastCheck.constant<Step>({ do: name })

const calm = FastCheck.oneof(
  { weight: 2, arbitrary: just("signIn") },
  { weight: 1, arbitrary: just("signOut") },
  { weight: 3, arbitrary: just("expire") },
  { weight: 3, arbitrary: just("revokeAccess") },
  { weight: 2, arbitrary: just("renewStale") },
  { weight: 1, arbitrary: FastCheck.constant<Step>({ do: "leaveDuringSignOut" }) },
  {
    weight: 8,
    arbitrary: FastCheck.record({
      do: FastCheck.constant("call" as const),
      fibers: FastCheck.integer({ min: 1, max: 12 }),
      leaving: FastCheck.integer({ min: 0, max: 12 })
    })
  },
  {
    weight: 4,
    arbitrary: FastCheck.record({
      do: FastCheck.constant("wait" as const),
      minutes: FastCheck.oneof(FastCheck.integer({ min: 1, max: 70 }), FastCheck.integer({ min: 1, max: 22_000 }))
    })
  },
  {
    weight: 2,
    arbitrary: FastCheck.record({
      do: FastCheck.constant("fail" as const),
      status: FastCheck.constantFrom(429, 500, 503)
    })
  }
)
const stormy = FastCheck.oneof(
  { weight: 12, arbitrary: calm },
  { weight: 1, arbitrary: just("revokeSession") },
  { weight: 1, arbitrary: FastCheck.constant<Step>({ do: "lose" }) }
)
const stories = (step: FastCheck.Arbitrary<Step>) => FastCheck.array(step, { minLength: 5, maxLength: 40 })

/** What must be true of the session, from what was done to it. */
interface Expected {
  signedIn: boolean
  /** The server may refuse the refresh token: it was revoked, unused for too long, or its renewal's answer was lost. */
  mayEnd: boolean
  /** An answer may yet be lost: such a plan outlives a log-in. */
  losing: boolean
  /** A failure is planned that a renewal may meet. */
  failures: number
  usedAt: number
  startedAt: number
  now: number
}

const DAY = 24 * 60

/** Plays a story; `lossless` stories contain nothing after which a used refresh token may be seen. */
const play = (steps: ReadonlyArray<Step>, lossless: boolean) =>
  Effect.gen(function* () {
    const { client, control, session, store } = yield* world()
    const so: Expected = { signedIn: false, mayEnd: false, losing: false, failures: 0, usedAt: 0, startedAt: 0, now: 0 }
    let stale: Token.Token | undefined

    const ended = (error: { readonly _tag: string }) =>
      error._tag === "SessionExpired" || error._tag === "CredentialRequired"
    const judge = (error: { readonly _tag: string; readonly retryable?: boolean }, wasSignedIn = so.signedIn) => {
      if (!wasSignedIn) return expect(error._tag).toBe("CredentialRequired")
      if (ended(error)) {
        // Promise 3: only proof logs out.
        expect({ ended: true, mayEnd: so.mayEnd }).toEqual({ ended: true, mayEnd: true })
        so.signedIn = false
        return
      }
      expect({ retryable: error.retryable, planned: so.failures > 0 || so.mayEnd }).toEqual({
        retryable: true,
        planned: true
      })
    }

    const call = (fibers: number, leaving: number) =>
      Effect.gen(function* () {
        const before = yield* control.counts
        const wasSignedIn = so.signedIn
        const started = yield* Effect.forEach(Array.from({ length: fibers }), () =>
          Effect.fork(Effect.either(client.get("/services")))
        )
        yield* Effect.yieldNow()
        const [gone, staying] = [
          started.slice(0, Math.min(leaving, fibers - 1)),
          started.slice(Math.min(leaving, fibers - 1))
        ]
        yield* Fiber.interruptAll(gone)
        const results = yield* Effect.forEach(staying, Fiber.join)
        for (const result of results) {
          if (Either.isLeft(result)) judge(result.left, wasSignedIn)
          else expect({ status: result.right.status, wasSignedIn }).toEqual({ status: 200, wasSignedIn: true })
        }
        const after = yield* control.counts
        // Promise 1: however many met the dead token, the issuer saw one renewal.
        expect(after.refreshes - before.refreshes).toBeLessThanOrEqual(1)
        if (so.failures === 0) so.usedAt = so.now
      })

    const step = (each: Step) =>
      Effect.gen(function* () {
        switch (each.do) {
          case "signIn":
            stale = yield* session.signIn(asAda)
            Object.assign(so, { signedIn: true, mayEnd: so.losing, usedAt: so.now, startedAt: so.now })
            return
          case "signOut":
            yield* session.signOut
            so.signedIn = false
            // Promise 10, and nothing left behind.
            return expect(yield* store.read(session.key)).toEqual(Option.none())
          case "leaveDuringSignOut": {
            const renewing = yield* Effect.fork(Effect.either(client.get("/services")))
            yield* session.signOut
            yield* Fiber.interrupt(renewing)
            so.signedIn = false
            return expect(yield* store.read(session.key)).toEqual(Option.none())
          }
          case "expire":
            return yield* control.expireAccessTokens
          case "revokeAccess":
            return yield* control.revokeAccessTokens()
          case "revokeSession":
            so.mayEnd = true
            return yield* control.revokeSessions()
          case "renewStale":
            if (stale === undefined || !so.signedIn) return
            return yield* Effect.match(session.renew(stale), {
              onFailure: (error) => judge(error),
              onSuccess: () => undefined
            })
          case "wait":
            yield* TestClock.adjust(`${each.minutes} minutes`)
            so.now += each.minutes
            so.mayEnd = so.mayEnd || so.now - so.usedAt >= 13 * DAY || so.now - so.startedAt >= 89 * DAY
            return
          case "fail":
            so.failures++
            return yield* control.failNext({ on: "refresh", times: 1, status: each.status, retryAfter: 1 })
          case "lose":
            so.mayEnd = true
            so.losing = true
            return yield* control.dropNext({ on: "refresh", times: 1 })
          case "call":
            return yield* call(each.fibers, each.leaving)
        }
      })

    for (const each of steps) {
      yield* step(each)
      if (lossless) expect((yield* control.counts).reusedRefreshTokens).toBe(0)
    }
  })

describe("whatever happens to a session", () => {
  it.scoped.prop(
    "the server never sees a used refresh token, one renewal serves all, only proof logs out",
    [stories(calm)],
    ([steps]) => play(steps, true),
    { fastCheck: { numRuns: sized(20, 60) } }
  )

  it.scoped.prop(
    "revoked sessions and lost answers end it by proof and nothing else",
    [stories(stormy)],
    ([steps]) => play(steps, false),
    { fastCheck: { numRuns: sized(20, 60) } }
  )
})
