/** Programs that share a store, as real processes. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { bundled } from "./bundled.js"
import type { Answer, Task } from "./sharingProgram.js"

export interface Program {
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

/** Starts programs of one bundle; each is gone after the scope. */
export const starter: Effect.Effect<Effect.Effect<Program, never, Scope.Scope>, never, Scope.Scope> = Effect.map(
  bundled("../test/sharingProgram", true),
  (module) => Effect.map(Effect.acquireRelease(started(module), killed), programOf)
)

const started = (module: string): Effect.Effect<ChildProcess> =>
  Effect.promise(async () => {
    const child = fork(module, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
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

const programOf = (child: ChildProcess): Program => ({
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

/** The access token in the one record of a directory has come to its end, as far as its holder knows. */
export const expire = (directory: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const name = (await Fs.readdir(directory)).find((each) => each.endsWith(".json")) ?? "no record"
    const path = Path.join(directory, name)
    const record = JSON.parse(await Fs.readFile(path, "utf8")) as { readonly token: object }
    await Fs.writeFile(path, JSON.stringify({ ...record, token: { ...record.token, expiresAt: 1 } }))
  })
