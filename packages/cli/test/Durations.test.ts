import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { duration } from "../src/cli/usage.js"
import * as Durations from "../src/text/duration.js"

describe("lengths of time", () => {
  it.each([
    ["30", 30_000],
    ["0.5s", 500],
    ["500ms", 500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    [" 2D ", 172_800_000]
  ])("read %s as milliseconds", (text, millis) => assert.strictEqual(Durations.parse(text), millis))

  it.each(["", "soon", "-5s", "5 m", "5y", "m", "1e3s", "5m!"])("refuse %j", (text) =>
    assert.isUndefined(Durations.parse(text))
  )

  it.effect("of nothing, and longer than timers reach, are refused without being repeated", () =>
    Effect.gen(function* () {
      for (const text of ["0", "0s", "25d", "hunter2"]) {
        const error = yield* Effect.flip(duration("--timeout", text))
        assert.include(error.message, "--timeout")
        assert.notInclude(error.message, "hunter2")
      }
    })
  )

  it.each([
    [0, "0 s"],
    [89_000, "89 s"],
    [3_540_000, "59 min"],
    [3 * 3_600_000, "3 h"],
    [14 * 86_400_000, "14 days"]
  ])("are told in one word: %d", (millis, words) => assert.strictEqual(Durations.words(millis), words))
})
