/**
 * How a command was called: whether a person can be asked, how it answers, how long it may wait.
 */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { isatty } from "node:tty"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { plainLine } from "../text/sanitize.js"
import { duration, type UsageError } from "./usage.js"

/** An environment variable; an empty one counts as not set. Never trimmed: it may be a password. */
export const variable = (name: string): Effect.Effect<string | undefined> =>
  Effect.sync(() => {
    const value = process.env[name]
    return value === "" ? undefined : value
  })

/** Set to anything but `0` and `false`. */
const flag = (name: string): Effect.Effect<boolean> =>
  Effect.map(variable(name), (value) => value !== undefined && !["0", "false"].includes(value.toLowerCase()))

/** How a command was called. */
export interface Service {
  readonly json: boolean
  /** Whether a person can be asked: a terminal on stdin and stderr, and nothing that says no. */
  readonly interactive: boolean
  /** What says that there is no person: `--no-input`, `MLS_NO_INPUT` or `CI`. */
  readonly silenced: string | undefined
  /** How long a call may take; each part of the way has a default of its own where this is absent. */
  readonly timeout: Duration.Duration | undefined
  /** What must have worked for the command to have: done at its end, in whichever way its sessions renewed meanwhile. */
  readonly afterwards: Array<Effect.Effect<void, StoreUnavailable>>
}

/** How a command was called. */
export class Invocation extends Context.Tag("@mlserver-auth/cli/Invocation")<Invocation, Service>() {}

/** What every command may be given. */
interface Given {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly noInput?: boolean
  readonly timeout?: string | undefined
}

const silencer = (noInput: boolean) =>
  Effect.gen(function* () {
    if (noInput) return "--no-input"
    return (yield* flag("MLS_NO_INPUT")) ? "MLS_NO_INPUT" : (yield* flag("CI")) ? "CI" : undefined
  })

/** Logs go to stderr: one line of logfmt each where they were asked for, and otherwise only warnings, in plain words. */
const print = (line: string): void => void process.stderr.write(`${plainLine(line)}\n`)

const quiet = Logger.make(({ logLevel, message }) => {
  if (LogLevel.lessThan(logLevel, LogLevel.Warning)) return
  print(`! ${Array.isArray(message) ? message.join(" ") : String(message)}`)
})

const detailed = Logger.map(Logger.logfmtLogger, print)

/** Whether everything is told, as the environment has it. */
const asked = (): boolean => /^(debug|trace|all)$/i.test(process.env["MLS_LOG"] ?? "")

/** Runs an effect with the logger that was asked for. */
export const verbosely =
  (verbose: boolean) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const everything = verbose || asked()
      return effect.pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, everything ? detailed : quiet)),
        Logger.withMinimumLogLevel(everything ? LogLevel.Debug : LogLevel.Warning),
        // The runtime's own line has the error with its stack, and a defect may hold anything.
        Effect.withUnhandledErrorLogLevel(Option.none())
      )
    })

/** Runs a command as it was called: provides `Invocation`, and the log level that was asked for. */
export const run = <A, E, R>(
  given: Given,
  command: Effect.Effect<A, E, R>
): Effect.Effect<A, E | UsageError | StoreUnavailable, Exclude<R, Invocation>> =>
  Effect.gen(function* () {
    const timeout = given.timeout ?? (yield* variable("MLS_TIMEOUT"))
    const silenced = yield* silencer(given.noInput === true)
    const afterwards: Service["afterwards"] = []
    const invocation: Service = {
      afterwards,
      json: given.json === true,
      interactive: silenced === undefined && isatty(0) && isatty(2),
      silenced,
      timeout:
        timeout === undefined
          ? undefined
          : yield* duration(given.timeout === undefined ? "MLS_TIMEOUT" : "--timeout", timeout)
    }
    const answer = yield* Effect.provideService(command, Invocation, invocation)
    yield* Effect.all(afterwards, { discard: true })
    return answer
  }).pipe(verbosely(given.verbose === true))
