/** The page of errors: nothing is missing on it, and what documents say elsewhere agrees with it. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { test } from "node:test"
import * as Catalogue from "./catalogue.mjs"
import { page } from "./page.mjs"

const errors = new Map(Object.entries(await import("@mlserver-auth/core/AuthError")))
const text = await page()
const sectionOf = (tag) => text.split(`\n## ${tag}\n`)[1]?.split("\n## ")[0] ?? ""

test("every error of the library has a section, with every reason there is", () => {
  const tags = [...Catalogue.sources().matchAll(/^export class (\w+)/gm)].map(([, tag]) => tag)
  assert.equal(tags.length, 10)
  for (const tag of tags) {
    const section = sectionOf(tag)
    assert.notEqual(section, "", tag)
    for (const reason of errors.get(tag).fields.reason?.literals ?? []) {
      assert.match(section, new RegExp(`^\\| \`${reason}\` \\|`, "m"), `${tag} ${reason}`)
    }
  }
})

test("every failure of the program has a row", async () => {
  const own = sectionOf("Of `mls` alone")
  for (const { code } of await Catalogue.ofProgram())
    assert.ok(own.includes(`| <a id="${code.toLowerCase()}"></a>\`${code}\` |`), code)
})

test("the exit codes are those of the program's README", async () => {
  const readme = Catalogue.read("packages/cli/README.md").split("\n## Exit codes\n")[1].split("\n## ")[0]
  const there = [...readme.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) => codes.split(", ").map(Number))
  assert.deepEqual(
    (await Catalogue.exitCodes()).flatMap(({ codes }) => codes),
    there
  )
})

test("the program's README names every code, and none that is not here", async () => {
  const [named] = /`code` is the tag[\s\S]*?\n\n/.exec(Catalogue.read("packages/cli/README.md"))
  const there = [...named.matchAll(/`([A-Z]\w+)`/g)].map(([, code]) => code)
  const [library, program] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  const here = [...library.map(({ tag }) => tag), ...program.map(({ code }) => code)]
  assert.deepEqual(new Set(there), new Set(here))
})

test("each row says what happened and what to do, in words", () => {
  for (const line of text.split("\n").filter((each) => each.startsWith("| `"))) {
    const [, , happened, fix] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    assert.notEqual(happened, "", line)
    assert.notEqual(fix, "", line)
    assert.doesNotMatch(line, /undefined|\[object|NaN/)
  }
})

test("a new field that nobody gave a sample for is told, not guessed", () => {
  class Odd {
    static _tag = "Odd"
    static fields = { _tag: {}, shape: { ast: { _tag: "StringKeyword" } } }
  }
  assert.throws(() => Catalogue.maker(Odd)({}), /^Error: Odd: no sample for shape$/)
})

test("every code is an anchor of the page, for messages that link to it", async () => {
  const anchors = new Set(
    [...text.matchAll(/^## (\w+)$|<a id="(\w+)">/gm)].map(([, tag, id]) => id ?? tag.toLowerCase())
  )
  const [library, program] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  for (const code of [...library.map(({ tag }) => tag), ...program.map((each) => each.code)]) {
    assert.ok(anchors.has(code.toLowerCase()), code)
  }
})

test("the topic of the program's help has every code, with every exit code that it can have", async () => {
  const { topics } = await Catalogue.fromCli("cli/help/topics.js")
  const told = new Map(
    [...topics.get("errors").matchAll(/^ {2}([A-Z]\w+) +(\d[\d, ]*\d|\d)(?= )/gm)].map(([, code, exits]) => [
      code,
      exits.split(", ").map(Number)
    ])
  )
  const [library, program] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  assert.deepEqual(new Set(told.keys()), new Set([...library, ...program].map(({ code, tag }) => tag ?? code)))
  for (const { cases, tag } of library)
    for (const { exit } of cases) assert.ok(told.get(tag).includes(exit), `${tag} ${exit}`)
  for (const { code, exit } of program) assert.ok(told.get(code).includes(exit), `${code} ${exit}`)
})
