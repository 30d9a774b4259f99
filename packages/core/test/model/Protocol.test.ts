/**
 * Every order of the steps of a few programs that share a store and a server, over the real sessions. See docs/model.md.
 * `MLS_MODEL=large` explores wider scopes, for minutes.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { explore } from "./explorer.js"
import type { Scenario } from "./scenario.js"
import { large, small } from "./scopes.js"

const isLarge = process.env["MLS_MODEL"] === "large"
const HOUR = 3_600_000

/** States, schedules that they stand for, runs, ends, longest schedule: the columns of docs/model.md. */
const row = (scenario: Scenario, { ends, longest, runs, schedules, states }: ReturnType<typeof explore>): string =>
  `| ${scenario.title} | ${states} | ${schedules} | ${runs} | ${ends} | ${longest} |`

describe("in every order of steps the renewal protocol keeps its promises", () => {
  for (const scenario of isLarge ? [...small, ...large] : small) {
    it.effect(
      scenario.title,
      () =>
        Effect.gen(function* () {
          const explored = yield* Effect.sync(() => explore(scenario))
          yield* Console.log(row(scenario, explored))
          expect(explored.violation).toBeUndefined()
          expect(explored.isCut).toBe(false)
          expect(explored.ends).toBeGreaterThan(0)
        }),
      isLarge ? HOUR : 60_000
    )
  }
})

describe("what the exploration leaves out", () => {
  const unpruned: ReadonlyArray<Omit<Scenario, "because">> = [
    { title: "two programs", programs: [[["token"]], [["token"]]], faults: { lost: 1 } },
    { title: "a sign-out and a sign-in in one program", programs: [[["signOut"], ["signInAsOlga"]]] }
  ]
  for (const each of unpruned) {
    it.effect(`orders that lead to a state seen before are no loss: ${each.title}`, () =>
      Effect.gen(function* () {
        const scenario: Scenario = { ...each, because: "expired" }
        const pruned = yield* Effect.sync(() => explore(scenario))
        const whole = yield* Effect.sync(() => explore(scenario, { everything: true }))
        expect(whole).toMatchObject({ states: pruned.states, ends: pruned.ends, violation: undefined })
        // Counted over the states on one side, run one by one on the other.
        expect(whole.runs).toBe(pruned.schedules)
      })
    )
  }
})
