/**
 * Runs the program as the process: signals interrupt it, its finalizers run, and it ends with the exit code that was
 * promised. `runMain` of `@effect/platform` knows only 0 and 1, and 0 for an interruption.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { ExitCode, signals } from "./ExitCode.js"

/** Ends when what was written to a stream has left the process: a pipe may still be full of it. */
const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve()
    stream.once("error", () => resolve())
    stream.write("", () => resolve())
  })

/** How long a reader who has stopped reading holds up a program that was told to end, in milliseconds. */
const PATIENCE = 500

const leave = async (code: number, told: boolean): Promise<void> => {
  const empty = Promise.all([drained(process.stdout), drained(process.stderr)])
  await (told ? Promise.race([empty, new Promise((resolve) => setTimeout(resolve, PATIENCE))]) : empty)
  process.exit(code)
}

/** Node's own report of such a fault prints the error with all it carries. */
const crash = (error: unknown): void => {
  process.stderr.write(`✗ A fault of mls itself (${error instanceof Error ? error.name : typeof error})\n`)
  process.exit(ExitCode.fault)
}

let meantToEnd = false

/** From here on a signal is how the program is meant to end, and the exit code is 0: for a server in the foreground. */
export const endsWhenTold: Effect.Effect<void> = Effect.sync(() => {
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
      if (signalled !== undefined) process.exit(code)
      signalled = code
      Effect.runFork(Fiber.interruptFork(fiber))
    })
  }
  fiber.addObserver((exit) => {
    const ended = meantToEnd ? ExitCode.ok : (signalled ?? ExitCode.sigint)
    void leave(Exit.isSuccess(exit) ? exit.value : ended, signalled !== undefined)
  })
}
