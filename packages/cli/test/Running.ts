/** The program while it runs, as a process or in the process of the tests: what it prints, and what is done to it. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import { PassThrough } from "node:stream"
import * as Host from "./Host.js"

/** How it ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs. */
export interface Running {
  readonly ended: Effect.Effect<Ended>
  /** Returns as soon as this was printed, on either stream. */
  readonly awaitPrinted: (text: string) => Effect.Effect<void>
  /** The same with a pattern, whose first group is returned. */
  readonly awaitFound: (pattern: RegExp) => Effect.Effect<string>
  readonly type: (keys: string) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
}

/** The same, and what it has printed so far. */
export interface Watched {
  readonly running: Running
  readonly stdout: () => string
  readonly stderr: () => string
}

/** A pipe that never ends, to type into. */
export const OPEN: unique symbol = Symbol("open")

/** Piped in and ended; or a pipe that never ends. Otherwise stdin is at its end. */
export type Stdin = string | Uint8Array | typeof OPEN | undefined

/** What is done to a program from outside. */
interface Controls {
  readonly type: (keys: string) => void
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Collects what is printed, and wakes who waits for it. */
const makePrinted = () => {
  const chunks = { stdout: new Array<Buffer>(), stderr: new Array<Buffer>() }
  const waiting = new Set<() => void>()
  const add = (stream: "stdout" | "stderr", chunk: Buffer): void => {
    chunks[stream].push(chunk)
    waiting.forEach((look) => look())
  }
  const stdout = () => Buffer.concat(chunks.stdout).toString("utf8")
  const stderr = () => Buffer.concat(chunks.stderr).toString("utf8")
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
  const watched = (end: Deferred.Deferred<Ended>, { signal, type }: Controls): Watched => ({
    stdout,
    stderr,
    running: {
      ended: Deferred.await(end),
      awaitPrinted: (text) => Effect.asVoid(awaited((printed) => (printed.includes(text) ? text : undefined))),
      awaitFound: (pattern) => awaited((printed) => pattern.exec(printed)?.[1]),
      type: (keys) => Effect.sync(() => type(keys)),
      signal: (name) => Effect.sync(() => signal(name))
    }
  })
  return { add, stdout, stderr, watched }
}

/** How a process is started. */
export interface Start {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Stdin
}

/** Starts a process; the end of the scope ends it. */
export const spawn = ({ args, command, cwd, env, stdin }: Start): Effect.Effect<Watched, never, Scope.Scope> =>
  Effect.gen(function* () {
    const piped = stdin === undefined ? ("ignore" as const) : ("pipe" as const)
    const child = ChildProcess.spawn(command, args, { cwd, env, stdio: [piped, "pipe", "pipe"] })
    const end = yield* Deferred.make<Ended>()
    const { add, stderr, stdout, watched } = makePrinted()
    child.stdout?.on("data", (chunk: Buffer) => add("stdout", chunk))
    child.stderr?.on("data", (chunk: Buffer) => add("stderr", chunk))
    child.on("close", (code) => {
      Deferred.unsafeDone(end, Effect.succeed({ code, stdout: stdout(), stderr: stderr() }))
    })
    child.stdin?.on("error", () => undefined)
    if (stdin !== OPEN) child.stdin?.end(stdin)
    yield* Effect.addFinalizer(() => Effect.sync(() => void child.kill("SIGKILL")))
    return watched(end, {
      type: (keys) => void child.stdin?.write(keys),
      signal: (name) => void child.kill(name)
    })
  })

const inputOf = (stdin: Stdin): PassThrough | undefined => {
  if (stdin === undefined) return undefined
  const input = new PassThrough()
  if (stdin !== OPEN) input.end(stdin)
  return input
}

/** Starts the program in this process. The end of the scope tells it to end, and waits until it has. */
export const host = (
  call: Omit<Host.Call, "stdin" | "printed"> & { readonly stdin: Stdin }
): Effect.Effect<Watched, never, Scope.Scope> =>
  Effect.gen(function* () {
    const end = yield* Deferred.make<Ended>()
    const { add, stderr, stdout, watched } = makePrinted()
    const input = inputOf(call.stdin)
    const run = Host.start({ ...call, stdin: input, printed: add })
    void run.code.then((code) => {
      Deferred.unsafeDone(end, Effect.succeed({ code, stdout: stdout(), stderr: stderr() }))
    })
    yield* Effect.addFinalizer(() =>
      Effect.gen(function* () {
        if (!(yield* Deferred.isDone(end))) run.signal("SIGTERM")
        yield* Deferred.await(end)
      })
    )
    return watched(end, { type: (keys) => void input?.write(keys), signal: run.signal })
  })
