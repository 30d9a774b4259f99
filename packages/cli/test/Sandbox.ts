/**
 * The program in a home directory of its own, and a watch on everything it prints and stores: no password that was planted
 * and no token that it got may be in it, and JSON is as its schema has it. Only MLS_STORE=file stores tokens in clear.
 *
 * It runs in the process of the tests (`Host.ts`), which takes a fifth of the time; as a process of its own where only a
 * process shows what is tested.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, inject } from "vitest"
import type * as Host from "./Host.js"
import * as JsonOutputs from "./JsonOutputs.js"
import { type Ended, host, OPEN, type Running, spawn, type Stdin, type Watched } from "./Running.js"

export { type Ended, OPEN, type Running }

/** How a program is started. */
export interface Options {
  readonly stdin?: Stdin
  /** The home directory unless given. */
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** The answer of this one is a token, or the published passwords of the dev server. */
  readonly answersSecrets?: boolean | undefined
}

/** The same in this process, where what a terminal is and what becomes of the streams can be said. */
export interface HostOptions extends Options, Pick<Host.Call, "terminal" | "fates"> {}

/** A place to run the program in. */
export interface Sandbox {
  readonly home: string
  readonly state: string
  /** The names of the token files; keys and locks are none. */
  readonly records: Effect.Effect<ReadonlyArray<string>>
  /** Runs it in this process. */
  readonly mls: (args: ReadonlyArray<string>, options?: HostOptions) => Effect.Effect<Ended>
  readonly start: (args: ReadonlyArray<string>, options?: HostOptions) => Effect.Effect<Running, never, Scope.Scope>
  /** Runs it as a process: each test that does says what only a process shows. */
  readonly mlsProcess: (args: ReadonlyArray<string>, options?: Options) => Effect.Effect<Ended>
  readonly startProcess: (args: ReadonlyArray<string>, options?: Options) => Effect.Effect<Running, never, Scope.Scope>
  /** Any command line, where `mls` is the program; for shells and terminals. */
  readonly shell: (script: string, options?: Options) => Effect.Effect<Running, never, Scope.Scope>
  /** Text that must never be printed. */
  readonly plant: (secret: string) => void
}

interface Seen {
  readonly what: string
  readonly text: () => string
}

const SECRETS = /"(?:accessToken|refreshToken)"\s*:\s*"([^"]{8,})"/g

const textsIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  const entries = await Fs.readdir(directory, { withFileTypes: true }).catch(() => [])
  // A named pipe would be waited for.
  const names = entries.filter((entry) => !entry.isFIFO()).map(({ name }) => name)
  return Promise.all(names.map((name) => Fs.readFile(Path.join(directory, name), "utf8").catch(() => "")))
}

const tokensIn = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.flatMap((text) => [...text.matchAll(SECRETS)].map(([, token = ""]) => token))

/** A secret as it may be spelled where it leaks: in a URL, in JSON, in base64. */
const spellings = (secret: string): ReadonlyArray<string> => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ secret }).toString().slice("secret=".length),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString("base64")
]

/** All that the program knows of where it runs: nothing of what is around the tests. */
const environment = (home: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  XDG_CONFIG_HOME: Path.join(home, "config"),
  XDG_STATE_HOME: Path.join(home, "state"),
  TERM: "xterm",
  // The whole suite runs with everything told, since that is where secrets would leak.
  MLS_LOG: "debug"
})

/** What a process has besides. */
const ofProcess = (tap: string): Record<string, string> => ({
  // One for the whole suite: it is of the program, and no home's.
  XDG_CACHE_HOME: Path.join(Path.dirname(inject("mls")), "caches"),
  TZ: "UTC",
  NODE_OPTIONS: `--require ${new URL("sealingTap.cjs", import.meta.url).pathname}`,
  MLS_TEST_TAP: tap
})

/**
 * A new home directory; when the scope closes everything that was printed, and what is on the disk, is searched for
 * secrets, and it is removed.
 */
export const make: Effect.Effect<Sandbox, never, Scope.Scope> = Effect.suspend(() => makeOf(inject("mls")))

const temporary = (prefix: string) =>
  Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), prefix))),
    (directory) => Effect.promise(() => Fs.rm(directory, { recursive: true, force: true }))
  )

/** The same with another program: a copy that has packages beside it. */
export const makeOf = (entry: string): Effect.Effect<Sandbox, never, Scope.Scope> =>
  Effect.gen(function* () {
    const home = yield* temporary("mls-home-")
    const tap = Path.join(yield* temporary("mls-tap-"), "sealed")
    const state = Path.join(home, "state", "mls")
    let inClear = false
    const secrets = new Set<string>()
    const seen: Array<Seen> = []
    const plant = (secret: string) => spellings(secret).forEach((spelling) => secrets.add(spelling))
    const search = Effect.gen(function* () {
      const stored = yield* Effect.promise(async () => [
        ...(await textsIn(state)),
        ...(await textsIn(Path.join(home, "config", "mls")))
      ])
      const sealed = yield* Effect.promise(() => textsIn(Path.dirname(tap)))
      for (const token of tokensIn([...stored, ...sealed])) plant(token)
      for (const secret of secrets) {
        for (const { text, what } of seen) assert(!text().includes(secret), `${what} shows a secret`)
        for (const text of inClear ? [] : stored) assert(!text.includes(secret), "a file holds a secret in clear")
      }
    })
    const printed: Array<() => void> = []
    const sealed = (text: string) => tokensIn([text]).forEach(plant)
    // Also what those printed whose end nobody waited for.
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        Effect.sync(() => printed.forEach((look) => look())),
        search
      )
    )
    const watched = (
      what: string,
      started: Effect.Effect<Watched, never, Scope.Scope>,
      options: Options,
      checked: (ended: Ended) => void
    ): Effect.Effect<Running, never, Scope.Scope> =>
      Effect.map(started, ({ running, stderr, stdout }) => {
        inClear ||= options.env?.["MLS_STORE"] === "file"
        seen.push({ what: `stderr of ${what}`, text: stderr })
        printed.push(() => checked({ code: null, stdout: stdout(), stderr: stderr() }))
        if (options.answersSecrets !== true) seen.push({ what: `stdout of ${what}`, text: stdout })
        return { ...running, ended: Effect.tap(running.ended, (ended) => Effect.sync(() => checked(ended))) }
      })
    const base = environment(home)
    const spawned = (command: string, args: ReadonlyArray<string>, options: Options) => {
      const env = { ...base, ...ofProcess(tap), ...options.env }
      return spawn({ command, args, cwd: options.cwd ?? home, env, stdin: options.stdin })
    }
    const note = (args: ReadonlyArray<string>) => (ended: Ended) => JsonOutputs.note(JsonOutputs.check(args, ended))
    const startProcess = (args: ReadonlyArray<string>, options: Options = {}) =>
      watched(args.join(" "), spawned(process.execPath, [entry, ...args], options), options, note(args))
    const start = (args: ReadonlyArray<string>, options: HostOptions = {}) => {
      const { cwd = home, env, fates, stdin, terminal } = options
      const started = host({ entry, args, cwd, env: { ...base, ...env }, fates, stdin, terminal, sealed })
      return watched(args.join(" "), started, options, note(args))
    }
    // Tokens are learnt after each run: the next one may replace them.
    const toEnd = (started: Effect.Effect<Running, never, Scope.Scope>) =>
      Effect.scoped(Effect.flatMap(started, ({ ended }) => ended)).pipe(Effect.zipLeft(search))
    return {
      home,
      state,
      records: Effect.promise(async () =>
        (await Fs.readdir(state).catch(() => [])).filter((name) => /^[\da-f]{64}\.json$/.test(name))
      ),
      mls: (args, options) => toEnd(start(args, options)),
      start,
      mlsProcess: (args, options) => toEnd(startProcess(args, options)),
      startProcess,
      shell: (script, options = {}) => {
        const env = { NODE: process.execPath, MLS: entry, ...options.env }
        const line = `mls() { "$NODE" "$MLS" "$@"; }\n${script}`
        const started = spawned("/bin/sh", ["-c", line], { ...options, env })
        return watched(script, started, options, ({ stdout }) => JsonOutputs.checkShell(script, stdout))
      },
      plant
    }
  })

/** One line of JSON, and nothing else. */
export const jsonOf = (text: string): unknown => {
  assert.match(text, /^\{.*\}\n$/, "not one JSON object on one line")
  return JSON.parse(text) as unknown
}
