/** As `Broken.test.ts`, of what is taken while the lock is waited for: each rule of it is needed, and the exploration tells. */
import { Token } from "@mlserver-auth/core"
import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Memory from "../../src/internal/session/memory.js"
import * as TokenModule from "../../src/Token.js"
import * as Waiting from "../../src/internal/session/waiting.js"
import { explore } from "./explorer.js"
import type { Scenario } from "./scenario.js"

const isLooking = FiberRef.unsafeMake(false)
const looks = (): boolean =>
  Option.match(Fiber.getCurrentFiber(), { onNone: () => false, onSome: (fiber) => fiber.getFiberRef(isLooking) })

/** From here on `looks` tells whether it is asked by who waits. */
const marked = () => {
  const { alone } = Waiting
  vi.spyOn(Waiting, "alone").mockImplementation((deps, section, look) =>
    alone(deps, section, Effect.locally(look, isLooking, true))
  )
}

const found = (scenario: Omit<Scenario, "title" | "hearing">) =>
  Effect.map(
    Effect.promise(() => explore({ ...scenario, title: "broken", hearing: true }, { shortest: true })),
    ({ violation }) => ({ what: violation?.what, last: violation?.steps.at(-1) })
  )

const asks = [["token"]] as const
const renews = [["renew"]] as const

describe("the exploration finds the violation, where who waits", () => {
  afterEach(() => vi.restoreAllMocks())

  it.effect("takes the very token that was rejected", () =>
    Effect.gen(function* () {
      marked()
      const { satisfies } = Memory
      vi.spyOn(Memory, "satisfies").mockImplementation((token, request) => looks() || satisfies(token, request))
      expect(yield* found({ programs: [renews, renews], because: "rejected" })).toEqual({
        what: "P1 handed out ada1.1 to who had it rejected",
        last: "P1 reads ada1.1"
      })
    })
  )

  it.effect("takes one that has ended", () =>
    Effect.gen(function* () {
      marked()
      const { mustRenew } = Token
      vi.spyOn(TokenModule, "mustRenew").mockImplementation(
        (token, now, windows) => !looks() && mustRenew(token, now, windows)
      )
      expect(yield* found({ programs: [asks, asks], because: "expired" })).toEqual({
        what: "P1 handed out ada1.1, which has ended",
        last: "P1 reads ada1.1"
      })
    })
  )

  it.effect("takes an older one than it has, from a store that went back", () =>
    Effect.gen(function* () {
      marked()
      const { isAhead } = Memory.SessionMemory.prototype
      vi.spyOn(Memory.SessionMemory.prototype, "isAhead").mockImplementation(function (
        this: Memory.SessionMemory,
        saved
      ) {
        return !looks() && isAhead.call(this, saved)
      })
      const faults = { restored: 1, revoked: 1 }
      expect(yield* found({ programs: [[["renew", "call"]]], because: "rejected", faults })).toEqual({
        what: "P1 handed out ada1.1 after a newer one",
        last: "P1 reads ada1.1"
      })
    })
  )
})
