/** Text as wide as a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import { nearest } from "../src/text/nearest.js"
import { wrap } from "../src/text/wrap.js"
import { hasTerminals, session } from "./PseudoTerminal.js"
import * as Servers from "./Servers.js"

describe("wrap", () => {
  it("breaks between words, below where the text of a line begins", () => {
    const lines = [
      "  --header, -H name:value     A header of the request, which may be given more than once.",
      "FAIL  call       the server takes the access token in 3 of 6 calls",
      "                 Do: Tell your administrator: one certificate for all web nodes.",
      "Plain words that go on for longer than a line of sixty columns is."
    ]
    assert.deepStrictEqual(wrap(lines.join("\n"), 60).split("\n"), [
      "  --header, -H name:value     A header of the request, which",
      "                              may be given more than once.",
      "FAIL  call       the server takes the access token in 3 of 6",
      "                 calls",
      "                 Do: Tell your administrator: one",
      "                     certificate for all web nodes.",
      "Plain words that go on for longer than a line of sixty",
      "columns is."
    ])
    assert.deepStrictEqual(wrap(lines[0] ?? "", 40).split("\n"), [
      "  --header, -H name:value     A header",
      "    of the request, which may be given",
      "    more than once."
    ])
  })

  it("leaves what can be copied whole: a word of any length, a command in backquotes", () => {
    const token = "x".repeat(100)
    assert.strictEqual(wrap(`Authorization ${token} end`, 40), `Authorization\n${token}\nend`)
    assert.include(
      wrap("Say it with `mls services delete NAME VERSION` there.", 40),
      "`mls services delete NAME VERSION`"
    )
  })

  it("says the same in every width, and nothing is wider that could be broken", () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/)
    const text = fc.array(fc.tuple(fc.constantFrom(" ", "  ", "\n", "   "), word), { maxLength: 40 })
    fc.assert(
      fc.property(text, fc.integer({ min: 24, max: 90 }), (parts, columns) => {
        const given = parts.flat().join("")
        const wrapped = wrap(given, columns)
        assert.strictEqual(wrapped.replace(/\s+/g, " ").trim(), given.replace(/\s+/g, " ").trim())
        for (const line of wrapped.split("\n")) assert.isAtMost(line.trimEnd().length, columns, given)
      })
    )
  })

  it("does nothing where nobody knows how wide the screen is", () => {
    assert.strictEqual(wrap("a b ".repeat(100), undefined), "a b ".repeat(100))
    assert.strictEqual(wrap("a b ".repeat(100), 0), "a b ".repeat(100))
  })

  it.scopedLive.runIf(hasTerminals)(
    "at a terminal no word is cut: help, answers and errors, at 80 and at 40 columns",
    () =>
      Effect.gen(function* () {
        const place = yield* Servers.makeSignedIn()
        const lines = [
          ["--help"],
          ["api", "--help"],
          ["help", "storage"],
          ["status"],
          ["services", "list"],
          ["doctor"],
          ["api", "no/such", "--silent"]
        ]
        for (const columns of [80, 40]) {
          const running = yield* session(
            place,
            lines.map((args) => ({ args })),
            { columns, env: { MLS_LOG: "info", NO_COLOR: "1" } }
          )
          for (const [at, { screen }] of (yield* running.shown).entries()) {
            for (const row of screen.split("\r\n")) {
              const isWhole = !/\S\s+\S/.test(row.trim().replaceAll(/`[^`]*`/g, "x")) || /^ *(?:Do: )?mls /.test(row)
              assert.isTrue(row.length <= columns || isWhole, `${lines[at]?.join(" ")} at ${columns}: ${row}`)
            }
          }
        }
      })
  )
})

describe("what was meant", () => {
  const names = ["login", "logout", "status", "api", "services", "list", "get"]
  for (const [word, name] of [
    ["logn", "login"],
    ["lgoin", "login"],
    ["Login", "login"],
    ["lst", "list"],
    ["stauts", "status"],
    ["ap", "api"],
    ["x", undefined],
    ["hunter2", undefined],
    ["login-to-something-else-entirely-and-more", undefined]
  ] as const) {
    it(`by ${word}: ${name ?? "nothing of these"}`, () => {
      assert.strictEqual(nearest(word, names), name)
    })
  }

  it.scopedLive("is said where a command does not exist, and what was typed is not: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.make()
      for (const [args, advice] of [
        [["logn"], "Did you mean `mls login`?"],
        [["services", "lst"], "Did you mean `mls services list`?"],
        [["profile", "ues", "lab"], "Did you mean `mls profile use`?"]
      ] as const) {
        const { code, stderr } = yield* mls(args)
        assert.strictEqual(code, 2)
        assert.include(stderr, advice)
      }
      const other = yield* mls(["services", "hunter2hunter2"])
      assert.strictEqual(other.code, 2)
      assert.notMatch(other.stderr, /Did you mean|hunter2/)
    })
  )
})
