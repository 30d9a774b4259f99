/** Of this file and its twin the one that a thread runs second has its own clock: `vitest.setup.ts` sees to it. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as Effect from "effect/Effect"

describe("a file of tests", () => {
  it.effect("has a clock of its own, whatever the file before it asked for", () => TestClock.adjust("1 second"))
  it.scoped("has it in a scope too", () => TestClock.adjust("1 second"))
})

layer(Layer.empty, { excludeTestServices: true })("that asks for the machine's clock", (it) => {
  it.effect("has it, and changes `it` for the whole thread", () =>
    Effect.map(Clock.currentTimeMillis, (now) => assert.isAbove(now, 1_700_000_000_000))
  )
})
