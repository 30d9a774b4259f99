/** What a server may put on a person's screen. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { json, plain } from "../src/text/sanitize.js"
import { prettyJson } from "../src/text/json.js"
import { hasTerminals, session } from "./PseudoTerminal.js"
import * as Servers from "./Servers.js"

/** C1 controls that terminals obey, DEL, and what turns the direction of text. */
const HOSTILE = "\u009b2J\u009d0;owned\u0085\u007f\u202e\u2066\u200f\u061c"
const FORBIDDEN = /[^\P{Cc}\t\r\n]|\p{Bidi_Control}/u

describe("text of a server", () => {
  it("is left without what a terminal obeys, and otherwise as it is", () => {
    assert.strictEqual(plain(`a${HOSTILE}\tü 漢\n🔑`), "a2J0;owned\tü 漢\n🔑")
  })

  it("as JSON has it escaped, and means the same", () => {
    const value = { [HOSTILE]: [HOSTILE, "\u001b[31m", "ü"] }
    assert.notMatch(json(value), FORBIDDEN)
    assert.deepStrictEqual(JSON.parse(json(value)), value)
  })

  it("that is JSON is laid out without a change to any value", () => {
    const text = '{"a":[],"b" : {},"n":[1.0,12345678901234567890,-0,1e400],"s":"a, {\\"b\\"} [c]:\\\\"}'
    assert.strictEqual(
      prettyJson(text),
      [
        "{",
        '  "a": [],',
        '  "b": {},',
        '  "n": [',
        "    1.0,",
        "    12345678901234567890,",
        "    -0,",
        "    1e400",
        "  ],",
        '  "s": "a, {\\"b\\"} [c]:\\\\"',
        "}"
      ].join("\n")
    )
    for (const other of ["", "no JSON {", '{"a":1}}', "[1,]"]) assert.strictEqual(prettyJson(other), other)
    assert.deepStrictEqual(JSON.parse(prettyJson(JSON.stringify({ a: [{ b: [[]] }] }))), { a: [{ b: [[]] }] })
  })

  it.scopedLive.runIf(hasTerminals)("moves nothing on a screen, in whatever form it is asked for", () =>
    Effect.gen(function* () {
      const place = yield* Servers.makeSignedIn()
      const service = [{ name: `x${HOSTILE}`, version: "1", versionPublishedBy: HOSTILE, description: HOSTILE }]
      const answer = {
        on: "api",
        body: JSON.stringify(service),
        headers: { "content-type": "application/json", "x-odd": "a\u009b2Jb" }
      } as const
      const lines = [
        ["api", "x"],
        ["api", "x", "-i"],
        ["api", "x", "--json"],
        ["api", "x", "--field", "0"],
        ["services", "list"],
        ["services", "list", "--json"],
        ["services", "get", "x"],
        ["services", "get", "x", "--json"],
        ["services", "get", "x", "--field", "service"]
      ]
      yield* place.control.answerNext({ ...answer, times: lines.length })
      const env = { NO_COLOR: "1", MLS_LOG: "info" }
      const running = yield* session(
        place,
        lines.map((args) => ({ args })),
        { env }
      )
      const shown = yield* running.shown
      assert.deepStrictEqual(
        shown.map(({ code }) => code),
        lines.map(() => 0)
      )
      for (const [at, { screen }] of shown.entries()) assert.notMatch(screen, FORBIDDEN, lines[at]?.join(" "))
      assert.include(shown[0]?.screen, '[\r\n  {\r\n    "name": "x')
    })
  )
})
