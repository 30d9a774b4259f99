import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { quoted } from "../src/SameCommand.js"
import { commands, place, type Row, rows, words } from "./CommandRows.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const TRACE = /^\s+at .*\d+:\d+|node:internal|\bUnhandled|\bfault of mls/m

/** Runs a row's line in a shell; a command that waits for somebody fails the test by its name. */
const ran = ({ shell }: Sandbox.Sandbox, row: Row, script: string, options: Sandbox.Options = {}) =>
  Effect.gen(function* () {
    const { ended } = yield* shell(script, { ...options, env: { ...row.env, ...options.env }, answersSecrets: true })
    const told = yield* Effect.timeoutFail(ended, { duration: "20 seconds", onTimeout: () => new Error(script) })
    assert.notMatch(told.stderr, TRACE, script)
    return told
  }).pipe(Effect.scoped)

const line = (row: Row, args: ReadonlyArray<string>) => `mls ${words(row, args).map(quoted).join(" ")}`

/** A way to run a command, and what must hold then. */
interface Way {
  readonly name: string
  readonly options?: Sandbox.Options
  readonly script: (line: string, row: Row) => string
  readonly check: (ended: Sandbox.Ended, row: Row) => void
  readonly skips?: (row: Row) => boolean
}

const hasFull = existsSync("/dev/full")

const isEmpty = (text: string) => text === ""

const WORKING: ReadonlyArray<Way> = [
  {
    name: "stdin at its end",
    script: (line) => `${line} </dev/null`,
    check: ({ code, stdout, stderr }, { tells }) => {
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(isEmpty(stdout), tells === "notice", stdout)
      assert.notMatch(stdout, /[^\P{Cc}\n]/u)
    }
  },
  {
    name: "--json, with stdin and stderr closed",
    script: (line, row) => `${line}${row.isText === true ? "" : " --json"} <&- 2>&-`,
    check: ({ code, stdout }, row) => {
      assert.strictEqual(code, 0)
      if (row.isText !== true) Sandbox.jsonOf(stdout)
    }
  },
  {
    name: "a full disk, or a closed stdout where nothing goes there",
    skips: () => !hasFull,
    script: (line, { tells }) => `${line} ${tells === "answer" ? ">/dev/full" : ">&-"}`,
    check: ({ code, stderr }, { tells }) => {
      assert.strictEqual(code, tells === "answer" ? 3 : 0, stderr)
      if (tells === "answer") assert.match(stderr, /✗ .*ENOSPC.*\n {2}Do: /)
    }
  },
  {
    name: "a reader who has left, and a stdin that never ends",
    options: { stdin: Sandbox.OPEN },
    script: (line) => `{ ${line}; echo "exit=$?" >&2; } | true`,
    check: ({ stderr }) => assert.match(stderr, /^exit=0$/m)
  }
]

const FAILING: ReadonlyArray<Way> = [
  {
    name: "--json, stdin at its end",
    script: (line, row) => `${line}${row.isText === true ? "" : " --json"} </dev/null`,
    check: ({ code, stderr, stdout }, row) => {
      assert.strictEqual(code, row.exit, stderr)
      if (row.answersFailure === undefined) assert.strictEqual(stdout, "")
      else Sandbox.jsonOf(stdout)
      if (row.isText === true) return
      const { error } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as { readonly error: object }
      assert.propertyVal(error, "exit", row.exit)
    }
  },
  {
    name: "a full disk and a closed stdin",
    skips: ({ answersFailure }) => !hasFull || answersFailure === "always",
    script: (line) => `${line} <&- >/dev/full`,
    check: ({ code, stderr }, { exit }) => {
      assert.strictEqual(code, exit, stderr)
      assert.match(stderr, /✗ .*\n {2}Do: /)
    }
  },
  {
    name: "a reader who has left",
    options: { stdin: Sandbox.OPEN },
    script: (line) => `exec 3>&2; { ${line} 2>&1; echo "exit=$?" >&3; } | true`,
    check: ({ stderr }, { exit }) => assert.match(stderr, new RegExp(`^exit=${exit}$`, "m"))
  }
]

describe("every command, without a terminal", () => {
  it.scopedLive("has a row in the table", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const known = new Set(rows("", "").map(({ command }) => command))
      for (const command of yield* commands(mls)) assert.isTrue(known.has(command), `no row for mls ${command}`)
    })
  )

  it.scopedLive(
    "that works: stdout is the answer only, whatever becomes of stdin, stdout and stderr",
    () =>
      Effect.gen(function* () {
        const { url } = yield* Servers.make()
        yield* Effect.forEach(
          WORKING,
          ({ check, options, script, skips }, at) =>
            Effect.gen(function* () {
              const sandbox = yield* place
              for (const row of rows(url, `service${at}`)) {
                const text = script(line(row, row.works), row)
                if (row.lasts !== true && skips?.(row) !== true) check(yield* ran(sandbox, row, text, options), row)
              }
            }),
          { concurrency: 3 }
        )
      }),
    120_000
  )

  it.scopedLive("that fails: stdout is empty, and the exit code is the same whoever listens", () =>
    Effect.gen(function* () {
      const sandbox = yield* Sandbox.make
      const all = FAILING.flatMap((way) => rows("", "").map((row) => [way, row] as const))
      yield* Effect.forEach(
        all.filter(([{ skips }, row]) => skips?.(row) !== true),
        ([{ check, options, script }, row]) =>
          Effect.map(ran(sandbox, { ...row, env: {} }, script(line(row, row.fails), row), options), (ended) =>
            check(ended, row)
          ),
        { concurrency: 3 }
      )
    })
  )
})

describe("a reader who has enough", () => {
  it.scopedLive("gets the first line, and the exit code of the command stays what it is", () =>
    Effect.gen(function* () {
      const { shell } = yield* Servers.makeSignedIn()
      for (const [args, reader, read, exit] of [
        ["help errors", "head -1", /^\S.*\n$/, 0],
        ["services list", "head -1", /^NAME .*\n$/, 0],
        ["doctor nobody", "head -1", /^ok .*\n$/, 3],
        ["--version", "true", /^$/, 0],
        ["api none", "head -1", /^\{.*\n?$/, 6],
        ["api none", "true", /^$/, 6],
        ["api none --json", "true", /^$/, 6]
      ] as const) {
        const piped = yield* shell(`{ mls ${args}; echo "exit=$?" >&2; } | ${reader}`)
        const { stderr, stdout } = yield* piped.ended
        assert.match(stdout, read)
        assert.match(stderr, new RegExp(`^exit=${exit}$`, "m"), args)
      }
    })
  )

  it.scopedLive("may be nobody at all: stdout or stderr is closed or full", () =>
    Effect.gen(function* () {
      const { shell } = yield* Servers.makeSignedIn()
      const script = ["status >&-", "api services --json >&-", "help errors >&- 2>&- <&-"]
        .concat(hasFull ? ["api none 2>/dev/full", "doctor nobody 2>&-", "--version >/dev/full"] : [])
        .map((line) => `mls ${line}; echo "exit=$?"`)
      const { stdout } = yield* (yield* shell(script.join("\n"))).ended
      const codes = [...stdout.matchAll(/^.*exit=(\d+)$/gm)].map(([, code]) => code)
      assert.deepStrictEqual(codes.join(), hasFull ? "0,0,0,6,3,3" : "0,0,0")
    })
  )

  it.scopedLive("does not end the dev server", () =>
    Effect.gen(function* () {
      const { shell } = yield* Sandbox.make
      const program = `echo "pid=$$" >&2; exec "$NODE" "$MLS" dev-server --port 0 --json`
      const piped = yield* shell(`{ sh -c '${program}'; echo "exit=$?" >&2; } | head -1`, { answersSecrets: true })
      const url = yield* piped.awaitFound(/"url":"([^"]+)"/)
      const pid = Number(yield* piped.awaitFound(/^pid=(\d+)$/m))
      assert.strictEqual(yield* Effect.promise(() => fetch(`${url}/services`).then(({ status }) => status)), 401)
      process.kill(pid, "SIGTERM")
      assert.match((yield* piped.ended).stderr, /^exit=0$/m)
    })
  )
})
