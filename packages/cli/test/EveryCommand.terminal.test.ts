import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { quoted } from "../src/SameCommand.js"
import { colourless } from "../src/Plain.js"
import { place, type Row, rows, words } from "./CommandRows.js"
import { hasTerminals, session, type Shown } from "./PseudoTerminal.js"
import * as Servers from "./Servers.js"

const variables = ({ env }: Row) => Object.entries(env ?? {}).map(([name, value]) => `${name}=${quoted(value)}`)

/** Everything in the order of the table, at one terminal. */
const played = (all: ReadonlyArray<readonly [Row, ReadonlyArray<string>]>, options: Parameters<typeof session>[2]) =>
  Effect.gen(function* () {
    const sandbox = yield* place
    const lines = all.map(([row, args]) => ({ prefix: variables(row).join(" "), args: words(row, args) }))
    const env = { MLS_LOG: "", ...options?.env }
    const { shown } = yield* session(sandbox, lines, { ...options, env, answersSecrets: true })
    const found = yield* shown
    assert.strictEqual(found.length, all.length)
    return all.map(([row], at) => [row, found[at] as Shown] as const)
  })

/** Without what is different each time: tokens, paths, times; and wherever lines are broken. */
const lasting = (screen: string) =>
  screen
    .replace(/[\w+/=.:-]{20,}|\b[\da-f]{8}\b/g, "…")
    .replace(/\d+/g, "0")
    .replace(/\s+/g, " ")

const CONTROLS = /[^\P{Cc}\r\n]/u

describe.runIf(hasTerminals)("every command, at a terminal", () => {
  it.scopedLive(
    "that works: colours and nothing else for a terminal, none with NO_COLOR; words are the same however wide it is",
    () =>
      Effect.gen(function* () {
        const working = (options: Parameters<typeof session>[2]) =>
          Effect.flatMap(Servers.make(), ({ url }) => {
            const all = rows(url, "mine").filter((row) => row.lasts !== true)
            return played(
              all.map((row) => [row, row.works] as const),
              options
            )
          })
        const [wide, narrow] = yield* Effect.all(
          [working({ columns: 200 }), working({ columns: 40, env: { NO_COLOR: "1" } })],
          { concurrency: 2 }
        )
        for (const [at, [row, { code, restored, screen }]] of narrow.entries()) {
          assert.deepStrictEqual({ code, restored }, { code: 0, restored: true }, `${row.command}: ${screen}`)
          assert.notMatch(screen, CONTROLS, row.command)
          const other = wide[at]?.[1]
          assert.deepInclude(other, { code: 0, restored: true }, row.command)
          const uncoloured = colourless(other?.screen ?? "")
          assert.notMatch(uncoloured, CONTROLS, row.command)
          assert.strictEqual(lasting(screen), lasting(uncoloured), row.command)
        }
        assert.isTrue(wide.some(([, { screen }]) => screen.includes("\u001b[32m✓\u001b[0m")))
      })
  )

  it.scopedLive("that fails: the exit code is the same, and TERM=dumb gets no control sequence", () =>
    Effect.gen(function* () {
      const failing = rows("", "").map((row) => [{ ...row, env: {} }, row.fails] as const)
      for (const [row, { code, restored, screen }] of yield* played(failing, { columns: 40, env: { TERM: "dumb" } })) {
        assert.deepStrictEqual({ code, restored }, { code: row.exit, restored: true }, `${row.command}: ${screen}`)
        assert.notMatch(screen, CONTROLS, row.command)
        assert.match(screen, /✗ .*\r\n/, row.command)
      }
    })
  )
})
