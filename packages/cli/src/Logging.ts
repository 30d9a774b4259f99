/**
 * Logs go to stderr: one line of logfmt each where they were asked for, and otherwise only warnings, in plain words.
 */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { plainLine } from "./Plain.js"

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
