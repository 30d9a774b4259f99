/**
 * Runs the program as the process: signals interrupt it, its finalizers run, and it ends with the exit code that was
 * promised. `runMain` of `@effect/platform` knows only 0 and 1, and 0 for an interruption.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { isatty } from "node:tty"
import { ExitCode, signals } from "./exitCode.js"

/** The standard streams that are terminals; one that is none any more was hung up: its window was closed. */
const terminals = [0, 1, 2].filter(isatty)

/**
 * Node 20 aborts at its exit, with a core dump, where it cannot set back a terminal that is gone (nodejs/node#51519).
 * Ended by the signal of such a terminal it does not try, and a shell reads 129.
 */
const quit = (code: number): void => {
  // Node waits at its exit for what a disk does not answer. The next signal is the system's then, which waits for nothing.
  for (const signal of Object.keys(signals)) process.removeAllListeners(signal)
  if (terminals.every(isatty)) process.exit(code)
  process.kill(process.pid, "SIGHUP")
}

/** Ends when what was written to a stream has left the process: a pipe may still be full of it. */
const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve()
    stream.once("error", () => resolve())
    stream.write("", () => resolve())
  })

/** How long a reader who has stopped reading holds up a program that was told to end, in milliseconds. */
const DRAIN_TIMEOUT = 500

const leave = async (code: number, isSignalled: boolean): Promise<void> => {
  const empty = Promise.all([drained(process.stdout), drained(process.stderr)])
  await (isSignalled ? Promise.race([empty, new Promise((resolve) => setTimeout(resolve, DRAIN_TIMEOUT))]) : empty)
  quit(code)
}

/** Node's own report of such a fault prints the error with all it carries. */
const crash = (error: unknown): void => {
  process.stderr.write(`✗ A fault of mls itself (${error instanceof Error ? error.name : typeof error})\n`)
  quit(ExitCode.fault)
}

let meantToEnd = false

/** From here on a signal is how the program is meant to end, and the exit code is 0: for a server in the foreground. */
export const exitCleanlyOnSignal: Effect.Effect<void> = Effect.sync(() => {
  meantToEnd = true
})

/**
 * Runs an effect that yields its exit code. The first SIGINT, SIGTERM or SIGHUP interrupts it and lets a renewal that
 * is under way finish; the second ends the process at once.
 */
export const runMain = (program: Effect.Effect<number>): void => {
  let signalled: number | undefined
  process.on("uncaughtException", crash)
  const fiber = Effect.runFork(program)
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => {
      if (signalled !== undefined) quit(code)
      signalled = code
      Effect.runFork(Fiber.interruptFork(fiber))
    })
  }
  fiber.addObserver((exit) => {
    const ended = meantToEnd ? ExitCode.ok : (signalled ?? ExitCode.sigint)
    void leave(Exit.isSuccess(exit) ? exit.value : ended, signalled !== undefined)
  })
}
