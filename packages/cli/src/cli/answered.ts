/** The answer of a command: as JSON where that was asked for, and in words otherwise. */
import * as Effect from "effect/Effect"
import type * as Outputs from "../outputs/outputs.js"
import { Invocation } from "./invocation.js"
import { Output } from "./output.js"

/** `output`: the schema of the JSON. Words are a line on stdout, or whatever else says it. */
export const answered = <N extends Outputs.Name, E = never, R = never>(
  output: N,
  json: Outputs.Of<N>,
  inWords: string | Effect.Effect<void, E, R>
) =>
  Effect.gen(function* () {
    const { answer, answerJson } = yield* Output
    if ((yield* Invocation).json) return yield* answerJson(output, json)
    yield* typeof inWords === "string" ? answer(inWords) : inWords
  })

/** It is done: as JSON, or in a sentence on stderr. */
export const done = <N extends Outputs.Name>(output: N, json: Outputs.Of<N>, sentence: string) =>
  Effect.flatMap(Output, ({ marked }) => answered(output, json, marked("✓", sentence)))
