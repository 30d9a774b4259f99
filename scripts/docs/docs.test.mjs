/** What the generated pages are made with: doc comments are found whole, and a page that is not up to date is told. */
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { exportsOf, firstSentence, moduleDoc } from "./docComments.mjs"
import { outdated } from "./generated.mjs"

const source = `/**
 * About the module, in
 * two lines.
 *
 * And more.
 */
import * as Effect from "effect/Effect"

/** Not exported. */
const hidden = 1

/**
 * What it makes. And details.
 *
 * @example
 * make(1)
 */
export const make = (options: { readonly a?: string }): number => 1

/** An error. */
export class Failed extends Schema.TaggedError<Failed>()("Failed", {}) {}
/** A service. */
export class Store extends Context.Tag("Store")<Store, Service>() {}
/** A layer. */
export const layer: Layer.Layer<Store> = Layer.empty
/** The schema. */
export const Kind = Schema.Literal("a")
/** The type of it. */
export type Kind = typeof Kind.Type
export interface Bare {}
`

test("finds what is exported, with its comment", () => {
  assert.deepEqual(
    exportsOf(source).map(({ doc, name, sort }) => [name, sort, doc]),
    [
      ["make", "function", "What it makes. And details."],
      ["Failed", "error", "An error."],
      ["Store", "service", "A service."],
      ["layer", "layer", "A layer."],
      ["Kind", "value", "The schema."],
      ["Bare", "type", ""]
    ]
  )
})

test("finds the comment of the module, and none where there is none", () => {
  assert.equal(moduleDoc(source), "About the module, in\ntwo lines.\n\nAnd more.")
  assert.equal(moduleDoc('import "x"\n/** Of something. */\nexport const x = 1\n'), "")
})

test("takes the first sentence, where a full stop inside of a name ends none", () => {
  assert.equal(
    firstSentence("See `a. b` of RFC 6749 5.2, once\na day. More."),
    "See `a. b` of RFC 6749 5.2, once a day."
  )
  assert.equal(firstSentence("Does it:\n\n- one. two"), "Does it:")
  assert.equal(firstSentence("No end"), "No end")
})

test("a page that is missing or differs is out of date, one that is the same is not", () => {
  const root = mkdtempSync(join(tmpdir(), "generated-"))
  try {
    writeFileSync(join(root, "same.md"), "a\n")
    writeFileSync(join(root, "other.md"), "b\n")
    const wanted = { "same.md": "a\n", "other.md": "a\n", "none.md": "a\n" }
    assert.deepEqual(outdated(wanted, root), ["other.md", "none.md"])
    assert.equal(readFileSync(join(root, "other.md"), "utf8"), "b\n")
  } finally {
    rmSync(root, { recursive: true })
  }
})
