/** What counts as shown, and that nothing is left unshown in the packages that are complete. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { COMPLETE, figures, missing, shownBy, uses } from "./examples.mjs"
import { packages } from "./pages.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))

const make = { module: "Session", name: "make", sort: "function" }

test("a name is used by its module, or by itself where it is imported from here", () => {
  const imported = (names) => `import ${names} from "@mlserver-auth/core/Session"\n`
  assert.ok(uses("const s = Session.make()", make))
  assert.ok(uses(`${imported("{ make, type Options }")}make()`, make))
  for (const not of [
    "make()",
    "Sessions.make()",
    "Session.makeFactory()",
    "// Session.make()",
    imported("{ make }"),
    `import { make } from "elsewhere"\nmake()`,
    `${imported("{ make }")}Other.make()`
  ]) {
    assert.ok(!uses(not, make), not)
  }
})

test("an error is used by its tag, and another value is not", () => {
  const error = { module: "AuthError", name: "SessionExpired", sort: "error" }
  for (const example of [
    'Effect.catchTag("SessionExpired", again)',
    "Effect.catchTags({ SessionExpired: again, Other: never })"
  ]) {
    assert.ok(uses(example, error))
    assert.ok(!uses(example, { ...error, sort: "value" }))
    assert.ok(!uses(example, { ...error, name: "Session" }))
  }
})

const value = (name, example = "", doc = "") => ({ name, sort: "function", doc, example })
const one = {
  name: "One",
  example: "One.first()",
  exported: [value("first"), value("second", "One.second(One.third())"), value("third"), value("fourth")]
}
const two = {
  name: "Two",
  example: "",
  exported: [value("a", "Two.a(Two.b, One.first)"), { ...value("T"), sort: "type" }]
}
const far = { name: "Far", example: "", exported: [value("x"), value("y", "", "A way.\nSee `Near.z`.")] }
const made = {
  name: "Made",
  example: "",
  exported: [value("Thing", "", "Made by `make`."), value("make", "Made.make()")]
}
const near = { name: "Near", example: "", exported: [value("z", "Near.z(Far.x, Far.y)")] }
const modules = [one, two, far, made, near]
const by = (module, at) => {
  const found = shownBy(modules, module, module.exported[at])
  return found && `${found.module.name} ${found.name ?? ""}`.trim()
}

test("a value is shown by its own example, its module's, a sibling's, what makes it, or one that its comment names", () => {
  assert.deepEqual(
    [by(one, 0), by(one, 1), by(one, 2), by(one, 3), by(made, 0), by(far, 0), by(far, 1)],
    ["One", "One second", "One second", undefined, "Made make", undefined, "Near z"]
  )
})

test("what no example shows is missing, types apart", () => {
  assert.deepEqual(missing({ modules }), ["One.fourth", "Far.x"])
  assert.deepEqual(figures({ name: "p", modules }), {
    package: "p",
    names: 11,
    values: 10,
    own: 4,
    shown: 8,
    missing: 2
  })
})

const found = packages(root)

for (const name of COMPLETE) {
  test(`every public value of ${name} is in an example (node scripts/reference-pages.mjs --examples ${name})`, () => {
    assert.deepEqual(missing(found.find((each) => each.name === name)), [])
  })
}
