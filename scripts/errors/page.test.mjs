/** The page of errors: nothing is missing on it, and what documents say elsewhere agrees with it. Wants `tsc -b` before. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import * as Catalogue from "./catalogue.mjs"
import { anchorsOf } from "../links/markdown.mjs"
import { page, topic } from "./page.mjs"

const errors = new Map(Object.entries(await import("@mlserver-auth/core/AuthError")))
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
const text = await page()
const sectionOf = (tag) => text.split(`\n## ${tag}\n`)[1]?.split("\n## ")[0] ?? ""

test("every error of the library has a section, with every reason there is", () => {
  const tags = [...read("packages/core/src/AuthError.ts").matchAll(/^export class (\w+)/gm)].map(([, tag]) => tag)
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
  const readme = read("packages/cli/README.md").split("\n## Exit codes\n")[1].split("\n## ")[0]
  const there = [...readme.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) => codes.split(", ").map(Number))
  assert.deepEqual(
    (await Catalogue.exitCodes()).map(({ code }) => code),
    there
  )
})

test("the program's README names every code, and none that is not here", async () => {
  const [named] = /`code` is the tag[\s\S]*?\n\n/.exec(read("packages/cli/README.md"))
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
  const anchors = anchorsOf(text)
  const [library, program] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  for (const code of [...library.map(({ tag }) => tag), ...program.map((each) => each.code)]) {
    assert.ok(anchors.has(code.toLowerCase()), code)
  }
})

test("the topic of the program's help has every code, and fits a terminal of a hundred columns", async () => {
  const lines = (await topic()).split("\n")
  assert.deepEqual(
    lines.filter((line) => line.length > 100),
    []
  )
  const [library, program] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  for (const { cases, tag } of library) {
    const head = lines.find((line) => line.startsWith(`${tag} (exit `))
    for (const { exit } of cases) assert.match(head ?? "", new RegExp(` ${exit}[,;)]`), tag)
  }
  for (const { code } of program)
    assert.ok(
      lines.some((line) => line.startsWith(`  ${code} `)),
      code
    )
})
