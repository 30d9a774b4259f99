import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { quoted } from "../src/text/shellQuote.js"
import { commands, place, type Row, rows, words } from "./CommandRows.js"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const TRACE = /^\s+at .*\d+:\d+|node:internal|\bUnhandled|\bfault of mls/m

/** A command that waits for somebody fails the test by its name. */
const named = <A>(ended: Effect.Effect<A>, what: string) =>
  Effect.timeoutFail(ended, { duration: "8 minutes", onTimeout: () => new Error(`still running: ${what}`) })

const line = (row: Row, args: ReadonlyArray<string>) =>
  `mls ${words(row, args)
    .map((word) => quoted(word))
    .join(" ")}`

/** A way to run a command, in this process and as one, and what must hold then. */
interface Way {
  readonly name: string
  readonly options?: (row: Row) => Sandbox.HostOptions
  readonly json?: true
  readonly script: (line: string, row: Row) => string
  readonly check: (ended: Sandbox.Ended, row: Row) => void
  readonly skips?: (row: Row) => boolean
}

const hasFull = existsSync("/dev/full")

const isEmpty = (text: string) => text === ""

const json = ({ isText }: Row) => (isText === true ? [] : ["--json"])

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
    json: true,
    options: () => ({ fates: { stderr: "closed" } }),
    script: (line) => `${line} <&- 2>&-`,
    check: ({ code, stdout }, row) => {
      assert.strictEqual(code, 0)
      if (row.isText !== true) Sandbox.jsonOf(stdout)
    }
  },
  {
    name: "a full disk, or a closed stdout where nothing goes there",
    options: ({ tells }) => ({ fates: { stdout: tells === "answer" ? "full" : "closed" } }),
    script: (line, { tells }) => `${line} ${tells === "answer" ? ">/dev/full" : ">&-"}`,
    check: ({ code, stderr }, { tells }) => {
      assert.strictEqual(code, tells === "answer" ? 3 : 0, stderr)
      if (tells === "answer") assert.match(stderr, /✗ .*ENOSPC.*\n {2}Do: /)
    }
  },
  {
    name: "a reader who has left, and a stdin that never ends",
    options: () => ({ fates: { stdout: "gone" }, stdin: Sandbox.OPEN }),
    script: (line) => `{ ${line}; echo "exit=$?" >&2; } | true`,
    check: ({ code, stderr }) => assert.strictEqual(codeOf(stderr) ?? code, 0, stderr)
  }
]

const FAILING: ReadonlyArray<Way> = [
  {
    name: "--json, stdin at its end",
    json: true,
    script: (line) => `${line} </dev/null`,
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
    skips: ({ answersFailure }) => answersFailure === "always",
    options: () => ({ fates: { stdout: "full" } }),
    script: (line) => `${line} <&- >/dev/full`,
    check: ({ code, stderr }, { exit }) => {
      assert.strictEqual(code, exit, stderr)
      assert.match(stderr, /✗ .*\n {2}Do: /)
    }
  },
  {
    name: "a reader who has left",
    options: () => ({ fates: { stdout: "gone", stderr: "gone" }, stdin: Sandbox.OPEN }),
    script: (line) => `exec 3>&2; { ${line} 2>&1; echo "exit=$?" >&3; } | true`,
    check: ({ code, stderr }, { exit }) => assert.strictEqual(codeOf(stderr) ?? code, exit, stderr)
  }
]

/** What a shell told of a command that was not the last of its pipe. */
const codeOf = (stderr: string): number | undefined => {
  const told = /^exit=(\d+)$/m.exec(stderr)?.[1]
  return told === undefined ? undefined : Number(told)
}

type Arguments = (row: Row) => ReadonlyArray<string>

const works: Arguments = (row) => row.works
const fails: Arguments = (row) => row.fails

/** Runs a row in one way, in this process. */
const hosted = ({ mls }: Sandbox.Sandbox, way: Way, row: Row, args: Arguments) =>
  Effect.gen(function* () {
    const options = way.options?.(row) ?? {}
    const call = [...words(row, args(row)), ...(way.json === undefined ? [] : json(row))]
    const what = `${call.join(" ")}: ${way.name}`
    const ended = yield* named(mls(call, { ...options, env: row.env, answersSecrets: true }), what)
    assert.notMatch(ended.stderr, TRACE, what)
    way.check(ended, row)
  })

/** The same in a shell, as a process. */
const shelled = ({ shell }: Sandbox.Sandbox, way: Way, row: Row, args: Arguments) =>
  Effect.gen(function* () {
    const call = line(row, [...args(row), ...(way.json === undefined ? [] : json(row))])
    const script = way.script(call, row)
    const running = yield* shell(script, { env: row.env, stdin: way.options?.(row).stdin, answersSecrets: true })
    const ended = yield* named(running.ended, script)
    assert.notMatch(ended.stderr, TRACE, script)
    way.check(ended, row)
  }).pipe(Effect.scoped)

/** At a desk the first two ways in this process, and three commands of each way as processes. */
const isAll = process.env["MLS_TEST_ALL"] === "1"

/** Each row with a way of its own, so that each way meets several: what a process shows is the same for all commands. */
const dealt = (ways: ReadonlyArray<Way>, all: ReadonlyArray<Row>) =>
  all.slice(0, isAll ? all.length : 3 * ways.length).flatMap((row, at) => {
    const usable = ways.filter(({ options, skips }) => {
      const isFull = options?.(row).fates?.stdout === "full"
      return skips?.(row) !== true && (hasFull || !isFull)
    })
    const way = usable[at % usable.length]
    return way === undefined ? [] : [{ way, row }]
  })

/** Nothing of the environment, in which the row would work. */
const bare = (row: Row): Row => ({ ...row, env: {} })

const isLeftOut = (at: number) => at > 1 && !isAll

describe("every command, without a terminal", () => {
  it.scopedLive("has a row in the table", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const known = new Set(rows("", "").map(({ command }) => command))
      for (const command of yield* commands(mls)) assert.isTrue(known.has(command), `no row for mls ${command}`)
    })
  )

  for (const [at, way] of WORKING.entries()) {
    it.scopedLive.skipIf(isLeftOut(at))(`that works: stdout is the answer only, with ${way.name}`, () =>
      Effect.gen(function* () {
        const { url } = yield* Servers.make()
        const sandbox = yield* place
        for (const row of rows(url, "mine")) {
          if (row.lasts !== true) yield* hosted(sandbox, way, row, works)
        }
      })
    )
  }

  for (const [at, way] of FAILING.entries()) {
    it.scopedLive.skipIf(isLeftOut(at))(
      `that fails: stdout is empty, and the exit code is the same, with ${way.name}`,
      () =>
        Effect.gen(function* () {
          const sandbox = yield* Sandbox.make
          for (const row of rows("", "")) {
            if (way.skips?.(row) !== true) yield* hosted(sandbox, way, bare(row), fails)
          }
        })
    )
  }
})

describe("every command as a process, each in one of these ways", () => {
  it.scopedLive("that works", () =>
    Effect.gen(function* () {
      const { url } = yield* Servers.make()
      const sandbox = yield* place
      const all = rows(url, "mine").filter(({ lasts }) => lasts !== true)
      for (const { row, way } of dealt(WORKING, all)) yield* shelled(sandbox, way, row, works)
    })
  )

  it.scopedLive("that fails", () =>
    Effect.gen(function* () {
      const sandbox = yield* Sandbox.make
      const all = dealt(FAILING, rows("", "").map(bare))
      yield* Effect.forEach(all, ({ row, way }) => shelled(sandbox, way, row, fails), { concurrency: 3 })
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
