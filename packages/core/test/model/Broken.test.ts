/** A check of the check: with a part of the protocol taken out, the exploration finds what comes of it. */
import { describe, expect, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { explore } from "./explorer.js"
import type { Scenario } from "./scenario.js"

/** Finds a shortest schedule that breaks a promise, and prints it. */
const broken = (scenario: Scenario) =>
  Effect.gen(function* () {
    const { violation } = yield* Effect.promise(() => explore(scenario, { shortest: true }))
    const steps = violation?.steps ?? []
    yield* Console.log([`${scenario.title}: ${violation?.what}`, ...steps.map((step) => `  ${step}`)].join("\n"))
    return { what: violation?.what, last: steps.at(-1), length: steps.length }
  })

const asks = [["token"]] as const
const twoAsk = { programs: [asks, asks], because: "expired" } as const
const used = { what: "P2 sent the used ada1.1 again", last: "P2 renews ada1.1 at the server, which refuses" }

describe("the exploration finds the violation", () => {
  it.effect("with the lock taken out of the store", () =>
    Effect.gen(function* () {
      const title = "without the lock"
      expect(yield* broken({ ...twoAsk, title, broken: "no lock" })).toEqual({ ...used, length: 8 })
    })
  )

  it.effect("with the second look, under the lock, taken out", () =>
    Effect.gen(function* () {
      const title = "without reading again under the lock"
      expect(yield* broken({ ...twoAsk, title, broken: "stale read under the lock" })).toEqual({ ...used, length: 11 })
    })
  )

  it.effect("with no look at the store before a server is believed that refuses a new token", () =>
    Effect.gen(function* () {
      const programs = [[["call"]], [["refresh", "refresh"]]] as const
      const title = "without the look after the second 401"
      const found = yield* broken({ title, programs, because: "rejected", broken: "no look after the second 401" })
      expect(found).toMatchObject({
        what: "call of P1 ended with RequestUnauthorized RejectedTwice, and nothing happened for that",
        last: "P1 asks with ada1.2: 401"
      })
    })
  )

  it.effect("with a save that the end of the program interrupts", () =>
    Effect.gen(function* () {
      const title = "with an interruptible save"
      const programs = [[["token"], ["close"]]] as const
      const interrupted = { title, programs, because: "expired", impatient: true } as const
      const found = yield* broken({ ...interrupted, broken: "interruptible save" })
      expect(found.what).toBe("the store is left with the dead ada1.1")
    })
  )

  it.effect("with a write that does not look at what it overwrites", () =>
    Effect.gen(function* () {
      const title = "with an unconditional write"
      const programs = [[["signOut"]], asks] as const
      const found = yield* broken({
        title,
        programs,
        because: "expired",
        impatient: true,
        broken: "unconditional write"
      })
      expect(found.what).toBe("the store holds ada1.2, whose session was ended")
    })
  )
})
