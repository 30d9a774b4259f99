/** Explorations as tests. */
import { expect, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Explored, explore } from "./explorer.js"
import type { Scenario } from "./scenario.js"

export const isLarge = process.env["MLS_MODEL"] === "large"

/** No limit on slow machines: an exploration that goes round in circles finds that out itself. */
export const NO_LIMIT = 3_600_000

/** States, schedules that they stand for, runs, ends, longest schedule: the columns of docs/design/model.md. */
const row = (scenario: Scenario, { ends, longest, runs, schedules, states }: Explored): string =>
  `| ${scenario.title} | ${states} | ${schedules} | ${runs} | ${ends} | ${longest} |`

/** A test for each scope. */
export const explored = (scenarios: ReadonlyArray<Scenario>): void => {
  for (const scenario of scenarios) {
    it.effect(
      scenario.title,
      () =>
        Effect.gen(function* () {
          const explored = yield* Effect.promise(() => explore(scenario))
          yield* Console.log(row(scenario, explored))
          expect(explored.violation).toBeUndefined()
          expect(explored.isCut).toBe(false)
          expect(explored.ends).toBeGreaterThan(0)
        }),
      NO_LIMIT
    )
  }
}
