import assert from "node:assert/strict"
import { test } from "node:test"
import { lacking, stepsIn } from "./steps.mjs"

const fence = "```"
const block = (language, ...lines) => [fence + language, ...lines, fence, ""].join("\n")

test("takes the commands, the files and what is printed, in their order", () => {
  const page = [block("sh", "one"), "words\n", block("text", "said", "more"), block("js", "// a.mjs", "run()")].join(
    "\n"
  )
  assert.deepEqual(stepsIn(page), [
    { line: 2, code: "one\n", shows: ["said", "more"] },
    { line: 13, code: "// a.mjs\nrun()\n", file: "a.mjs", shows: [] }
  ])
})

test("a block that is no step is a mistake", () => {
  assert.throws(() => stepsIn(block("js", "run()")), /line 2: a block that is no step: js/)
})

test("tells lines that were not printed, or not in this order", () => {
  assert.deepEqual(lacking("a\nb  \nc\n", ["a", "b"]), [])
  assert.deepEqual(lacking("a\nb\n", ["b", "a", "d"]), ["a", "d"])
})
