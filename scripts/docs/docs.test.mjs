/** What the generated pages are made with: doc comments are found whole, and a page that is not up to date is told. */
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { declarationsOf } from "./declarations.mjs"
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
/** Of either. */
export type Event = A | B
/**
 * Constructors.
 *
 * @example
 * Event.A()
 */
export const Event = Data.taggedEnum<Event>()
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
      ["Bare", "type", ""],
      ["Event", "value", "Of either."]
    ]
  )
})

test("what is a type and a value has the example of either", () => {
  assert.equal(exportsOf(source).find(({ name }) => name === "Event").example, "Event.A()")
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

test("finds each name's signature: with the type of its hidden base, and both where a value and a type share a name", () => {
  const found = declarationsOf(`/** About. */
import * as Context from "effect/Context";
/** Options. */
export interface Options {
    /** How long. */
    readonly limit?: number;
}
declare const Store_base: Context.TagClass<Store, "Store", {
    readonly a: 1;
}>;
/** export const notThis */
export declare class Store extends Store_base {
}
export declare const Kind: Schema.Literal<["a"]>;
export type Kind = typeof Kind.Type;
interface Hidden {
}
declare const Failed_base: new <A = {}>(args: A) => import("effect/Cause").YieldableError & {
    readonly _tag: "Failed";
} & Readonly<A>;
export declare class Failed extends Failed_base<{
    readonly fix: string;
}> {
}
export {};
//# sourceMappingURL=Store.d.ts.map`)
  assert.deepEqual(Object.fromEntries(found), {
    Options: "interface Options {\n  /** How long. */\n  readonly limit?: number;\n}",
    Store: 'class Store extends Context.TagClass<Store, "Store", {\n  readonly a: 1;\n}> {}',
    Kind: 'const Kind: Schema.Literal<["a"]>;\ntype Kind = typeof Kind.Type;',
    Hidden: "interface Hidden {}",
    Failed: 'class Failed extends Data.TaggedError("Failed")<{\n  readonly fix: string;\n}> {}'
  })
})

test("finds the example of a comment, and none where there is none", () => {
  const [shown, bare] = exportsOf(`/**
 * Makes.
 *
 * @example
 * const a = make()
 *
 * a.b()
 * @since 1.0.0
 */
export declare const make: () => A
/** Bare. */
export declare const bare: A
`)
  assert.deepEqual([shown.doc, shown.example], ["Makes.", "const a = make()\n\na.b()"])
  assert.equal(bare.example, "")
})
