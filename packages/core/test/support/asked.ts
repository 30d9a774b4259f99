/** Programs of a test as real processes that do what they are asked: how one is started, and what one does with what it is asked. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"

export type Answer = ReadonlyArray<string>

export interface Program<Task> {
  readonly pid: number
  readonly ask: (task: Task) => Effect.Effect<Answer>
  /** Asks for something that no answer is awaited of. */
  readonly tell: (task: Task) => Effect.Effect<void>
  /** Returns when the process is gone. */
  readonly kill: Effect.Effect<void>
  /** Returns when the process has ended by itself. */
  readonly ended: Effect.Effect<void>
  readonly signal: (signal: "SIGSTOP" | "SIGCONT") => Effect.Effect<void>
}

/** A program of a module that `answers`; it is gone after the scope. */
export const started = <Task extends object>(
  module: string,
  ...args: ReadonlyArray<string>
): Effect.Effect<Program<Task>, never, Scope.Scope> =>
  Effect.map(Effect.acquireRelease(begun(module, args), killed), of)

/** Other runtimes that have Node's modules run programs too: `.ci/run` names one, with what it wants before the name of a program. */
const [execPath = process.execPath, ...execArgv] = (process.env["MLS_TEST_RUNTIME"] ?? process.execPath).split(" ")

const begun = (module: string, args: ReadonlyArray<string>): Effect.Effect<ChildProcess> =>
  Effect.promise(async () => {
    const child = fork(module, args, { execArgv, execPath, stdio: ["ignore", "pipe", "pipe", "ipc"] })
    // As what the test itself prints: shown where it fails.
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => Effect.runSync(Effect.log(text.trimEnd())))
    }
    await once(child, "message")
    return child
  })

const killed = (child: ChildProcess): Effect.Effect<void> =>
  Effect.promise(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, "exit")
    child.kill("SIGKILL")
    await exit
  })

const of = <Task extends object>(child: ChildProcess): Program<Task> => ({
  pid: child.pid ?? 0,
  ask: (task) =>
    Effect.promise(async () => {
      const answered = once(child, "message") as Promise<[Answer]>
      child.send(task)
      return (await answered)[0]
    }),
  tell: (task) => Effect.sync(() => void child.send(task)),
  kill: killed(child),
  ended: Effect.promise(async () => void (child.exitCode === null && (await once(child, "exit")))),
  signal: (signal) => Effect.sync(() => void child.kill(signal))
})

/** In the program itself: does each task, in the order in which they come and all at once. What fails is an answer too. */
export const answers = <Task>(
  act: (task: Task, reply: (answer: Answer) => void) => Effect.Effect<unknown, unknown>
): void => {
  const reply = (answer: Answer) => void process.send?.(answer)
  process.on("message", (task: Task) => {
    const failed = (why: string) => Effect.sync(() => reply([`failed: ${why}`]))
    Effect.runFork(Effect.catchAllCause(act(task, reply), (cause) => failed(cause.toString())))
  })
  reply(["ready"])
}
