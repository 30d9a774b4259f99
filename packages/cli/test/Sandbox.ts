/**
 * The program as a process of its own, with a home directory of its own, and a watch on everything it prints and stores:
 * no password that was planted and no token that it got may be in it, and JSON is as its schema has it. Only
 * MLS_STORE=file stores tokens in clear.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { assert, inject } from "vitest"
import * as JsonOutputs from "./JsonOutputs.js"

/** How a process ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that runs. */
export interface Running {
  readonly ended: Effect.Effect<Ended>
  /** Returns as soon as this was printed, on either stream. */
  readonly awaitPrinted: (text: string) => Effect.Effect<void>
  /** The same with a pattern, whose first group is returned. */
  readonly awaitFound: (pattern: RegExp) => Effect.Effect<string>
  readonly type: (keys: string) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
}

/** A pipe that never ends, to type into. */
export const OPEN: unique symbol = Symbol("open")

/** How a process is started. */
export interface Options {
  /** Piped in and ended; or a pipe that never ends. Otherwise stdin is /dev/null. */
  readonly stdin?: string | Uint8Array | typeof OPEN | undefined
  /** The home directory unless given. */
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** The answer of this one is a token, or the published passwords of the dev server. */
  readonly answersSecrets?: boolean | undefined
}

/** A place to run the program in. */
export interface Sandbox {
  readonly home: string
  readonly state: string
  /** The names of the token files; keys and locks are none. */
  readonly records: Effect.Effect<ReadonlyArray<string>>
  readonly start: (args: ReadonlyArray<string>, options?: Options) => Effect.Effect<Running, never, Scope.Scope>
  /** Any command line, where `mls` is the program; for shells and terminals. */
  readonly shell: (script: string, options?: Options) => Effect.Effect<Running, never, Scope.Scope>
  readonly mls: (args: ReadonlyArray<string>, options?: Options) => Effect.Effect<Ended>
  /** Text that must never be printed. */
  readonly plant: (secret: string) => void
}

interface Seen {
  readonly what: string
  readonly text: () => string
}

const SECRETS = /"(?:accessToken|refreshToken)"\s*:\s*"([^"]{8,})"/g

const textsIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  const names = await Fs.readdir(directory).catch(() => [])
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

const environment = (home: string, tap: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  XDG_CONFIG_HOME: Path.join(home, "config"),
  XDG_STATE_HOME: Path.join(home, "state"),
  TZ: "UTC",
  TERM: "xterm",
  NODE_OPTIONS: `--import ${new URL("sealingTap.mjs", import.meta.url).href}`,
  MLS_TEST_TAP: tap,
  // The whole suite runs with everything told, since that is where secrets would leak.
  MLS_LOG: "debug"
})

const collect = (stream: NodeJS.ReadableStream, changed: () => void) => {
  const chunks: Array<Buffer> = []
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    changed()
  })
  return () => Buffer.concat(chunks).toString("utf8")
}

const feed = (child: ChildProcess.ChildProcess, stdin: Options["stdin"]): void => {
  child.stdin?.on("error", () => undefined)
  if (stdin !== OPEN) child.stdin?.end(stdin)
}

const spawn = (command: string, args: ReadonlyArray<string>, env: Record<string, string>, options: Options) =>
  Effect.gen(function* () {
    const piped = options.stdin === undefined ? ("ignore" as const) : ("pipe" as const)
    const child = ChildProcess.spawn(command, args, {
      cwd: options.cwd ?? env["HOME"],
      env: { ...env, ...options.env },
      stdio: [piped, "pipe", "pipe"]
    })
    const end = yield* Deferred.make<Ended>()
    const waiting = new Set<() => void>()
    const changed = () => waiting.forEach((look) => look())
    const stdout = collect(child.stdout as NodeJS.ReadableStream, changed)
    const stderr = collect(child.stderr as NodeJS.ReadableStream, changed)
    child.on("close", (code) => {
      Deferred.unsafeDone(end, Effect.succeed({ code, stdout: stdout(), stderr: stderr() }))
    })
    feed(child, options.stdin)
    yield* Effect.addFinalizer(() => Effect.sync(() => void child.kill("SIGKILL")))
    const awaited = (find: (text: string) => string | undefined) =>
      Effect.async<string>((resume) => {
        const look = () => {
          const found = find(stdout()) ?? find(stderr())
          if (found === undefined) return
          waiting.delete(look)
          resume(Effect.succeed(found))
        }
        waiting.add(look)
        look()
      })
    const running: Running = {
      ended: Deferred.await(end),
      awaitPrinted: (text) => Effect.asVoid(awaited((printed) => (printed.includes(text) ? text : undefined))),
      awaitFound: (pattern) => awaited((printed) => pattern.exec(printed)?.[1]),
      type: (keys) => Effect.sync(() => void child.stdin?.write(keys)),
      signal: (signal) => Effect.sync(() => void child.kill(signal))
    }
    return { running, stdout, stderr }
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
    // Also what those printed whose end nobody waited for.
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        Effect.sync(() => printed.forEach((look) => look())),
        search
      )
    )
    const watched = (
      command: string,
      args: ReadonlyArray<string>,
      options: Options,
      checked: (ended: Ended) => void
    ): Effect.Effect<Running, never, Scope.Scope> =>
      Effect.map(spawn(command, args, environment(home, tap), options), ({ running, stderr, stdout }) => {
        const what = args.slice(1).join(" ")
        inClear ||= options.env?.["MLS_STORE"] === "file"
        seen.push({ what: `stderr of ${what}`, text: stderr })
        printed.push(() => checked({ code: null, stdout: stdout(), stderr: stderr() }))
        if (options.answersSecrets !== true) seen.push({ what: `stdout of ${what}`, text: stdout })
        return { ...running, ended: Effect.tap(running.ended, (ended) => Effect.sync(() => checked(ended))) }
      })
    const start = (args: ReadonlyArray<string>, options: Options = {}) =>
      watched(process.execPath, [entry, ...args], options, (ended) => JsonOutputs.note(JsonOutputs.check(args, ended)))
    return {
      home,
      state,
      records: Effect.promise(async () =>
        (await Fs.readdir(state).catch(() => [])).filter((name) => /^[\da-f]{64}\.json$/.test(name))
      ),
      start,
      shell: (script, options = {}) =>
        watched(
          "/bin/sh",
          ["-c", `mls() { "$NODE" "$MLS" "$@"; }\n${script}`],
          { ...options, env: { NODE: process.execPath, MLS: entry, ...options.env } },
          ({ stdout }) => JsonOutputs.checkShell(script, stdout)
        ),
      // Tokens are learnt after each process: the next one may replace them.
      mls: (args, options) =>
        Effect.scoped(Effect.flatMap(start(args, options), ({ ended }) => ended)).pipe(Effect.zipLeft(search)),
      plant
    }
  })

/** One line of JSON, and nothing else. */
export const jsonOf = (text: string): unknown => {
  assert.match(text, /^\{.*\}\n$/, "not one JSON object on one line")
  return JSON.parse(text) as unknown
}
