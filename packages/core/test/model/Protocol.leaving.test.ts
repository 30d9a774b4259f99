/** As `Protocol.test.ts`, of what another worker can explore meanwhile; and whether the exploration leaves out too much. */
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { all } from "../support/size.js"
import { explore } from "./explorer.js"
import { explored, NO_LIMIT } from "./exploring.js"
import type { Scenario } from "./scenario.js"
import { leaving } from "./scopes.js"

describe("in every order of steps in which a session ends or is followed", () => {
  explored(leaving)
})

describe("what the exploration leaves out", () => {
  const unpruned: ReadonlyArray<Omit<Scenario, "because">> = [
    ...(all ? [{ title: "two programs", programs: [[["token"]], [["token"]]], faults: { lost: 1 } } as const] : []),
    { title: "a sign-out and a sign-in in one program", programs: [[["signOut"], ["signInAsOlga"]]] }
  ]
  for (const each of unpruned) {
    it.effect(
      `orders that lead to a state seen before are no loss: ${each.title}`,
      () =>
        Effect.gen(function* () {
          const scenario: Scenario = { ...each, because: "expired" }
          const pruned = yield* Effect.promise(() => explore(scenario))
          const whole = yield* Effect.promise(() => explore(scenario, { everything: true }))
          expect(whole).toMatchObject({ states: pruned.states, ends: pruned.ends, violation: undefined })
          // Counted over the states on one side, run one by one on the other.
          expect(whole.runs).toBe(pruned.schedules)
        }),
      NO_LIMIT
    )
  }
})
