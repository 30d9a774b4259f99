import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { quoted } from "../src/text/shellQuote.js"
import { place, type Row, rows, words } from "./CommandRows.js"
import { hasTerminals, session } from "./PseudoTerminal.js"
import type { HostOptions } from "./Sandbox.js"
import * as Servers from "./Servers.js"

/** Without the colours of ECMA-48. */
const colourless = (text: string): string =>
  text.replace(new RegExp(`${String.fromCodePoint(0x1b)}\\[[0-9;]*m`, "g"), "")

/** Without what is different each time: tokens, paths, times; and wherever lines are broken. */
const lasting = (screen: string) =>
  screen
    .replace(/[\w+/=.:-]{20,}|\b[\da-f]{8}\b/g, "…")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ")

const CONTROLS = /[^\P{Cc}\r\n]/u

/** Everything in the order of the table, at what the program takes for a terminal. */
const played = (all: ReadonlyArray<readonly [Row, ReadonlyArray<string>]>, options: HostOptions) =>
  Effect.gen(function* () {
    const { mls } = yield* place
    return yield* Effect.forEach(all, ([row, args]) => {
      const env = { MLS_LOG: "", ...row.env, ...options.env }
      const ended = mls(words(row, args), { ...options, env, answersSecrets: true })
      return Effect.map(ended, ({ code, stderr, stdout }) => ({ row, code, screen: `${stdout}${stderr}` }))
    })
  })

const working = (url: string) =>
  rows(url, "mine").flatMap((row) => (row.lasts === true ? [] : [[row, row.works] as const]))

describe("every command, at a terminal", () => {
  it.scopedLive("that works: the same words at each width, and no control sequence with NO_COLOR", () =>
    Effect.gen(function* () {
      const shown = (options: HostOptions) => Effect.flatMap(Servers.make(), ({ url }) => played(working(url), options))
      const wide = yield* shown({ terminal: 200 })
      const narrow = yield* shown({ terminal: 40, env: { NO_COLOR: "1" } })
      for (const [at, { code, row, screen }] of narrow.entries()) {
        assert.strictEqual(code, 0, `${row.command}: ${screen}`)
        assert.notMatch(screen, CONTROLS, row.command)
        assert.propertyVal(wide[at], "code", 0, row.command)
        const uncoloured = colourless(wide[at]?.screen ?? "")
        assert.notMatch(uncoloured, CONTROLS, row.command)
        assert.strictEqual(lasting(screen), lasting(uncoloured), row.command)
      }
      assert.isTrue(wide.some(({ screen }) => screen.includes("\u001b[32m✓\u001b[0m")))
    })
  )

  it.scopedLive("that fails: the exit code is the same, and TERM=dumb gets no control sequence", () =>
    Effect.gen(function* () {
      const failing = rows("", "").map((row) => [{ ...row, env: {} }, row.fails] as const)
      for (const { code, row, screen } of yield* played(failing, { terminal: 40, env: { TERM: "dumb" } })) {
        assert.strictEqual(code, row.exit, `${row.command}: ${screen}`)
        assert.notMatch(screen, CONTROLS, row.command)
        assert.match(screen, /✗ .*\n/, row.command)
      }
    })
  )
})

// A process: the terminal is the system's, and whether it is left as it was only its settings say.
describe.runIf(hasTerminals)("every command, at a terminal of the system", () => {
  it.scopedLive("shows colours and nothing else, and leaves the terminal as it was", () =>
    Effect.gen(function* () {
      const { url } = yield* Servers.make()
      // At a desk the first third: each builds on those before it.
      const every = working(url)
      const all = process.env["MLS_TEST_ALL"] === "1" ? every : every.slice(0, Math.ceil(every.length / 3))
      const variables = ({ env }: Row) => Object.entries(env ?? {}).map(([name, value]) => `${name}=${quoted(value)}`)
      const lines = all.map(([row, args]) => ({ prefix: variables(row).join(" "), args: words(row, args) }))
      const options = { columns: 40, env: { MLS_LOG: "" }, answersSecrets: true }
      const { shown } = yield* session(yield* place, lines, options)
      const found = yield* shown
      assert.strictEqual(found.length, all.length)
      for (const [at, { code, restored, screen }] of found.entries()) {
        const what = `${all[at]?.[0].command}: ${screen}`
        assert.deepStrictEqual({ code, restored }, { code: 0, restored: true }, what)
        assert.notMatch(colourless(screen), CONTROLS, what)
      }
      assert.isTrue(found.some(({ screen }) => screen.includes("\u001b[32m✓\u001b[0m")))
    })
  )
})
