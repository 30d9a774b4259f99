import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ada, issuer, NOW, pair } from "./support/wire.js"

const HOUR = 3_600_000

describe("clocks that were never set", () => {
  it.effect.each([
    ["a server whose clock is five years back", -5 * 365 * 86_400_000, 0],
    ["a machine whose clock is five years back", 5 * 365 * 86_400_000, 5 * 365 * 86_400_000],
    ["a server whose clock is five years ahead", 5 * 365 * 86_400_000, 0]
  ] as const)("expires_on by %s makes no token good for years", ([, difference, end]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const { issuer: it } = yield* issuer({
        ...pair({ expires_in: undefined, expires_on: (NOW + end + HOUR) / 1000 }),
        headers: { date: new Date(NOW + difference).toUTCString() }
      })
      const token = yield* it.grant(ada)
      expect((token.expiresAt ?? Infinity) - NOW).toBe(HOUR)
    })
  )
})
