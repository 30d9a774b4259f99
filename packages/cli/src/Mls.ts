/**
 * The tree of commands, and how one run of it ends.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import { isValidationError, type ValidationError } from "@effect/cli/ValidationError"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { DEVICE_CODE, METHOD } from "./AuthAdvice.js"
import { Commands } from "./CommandTree.js"
import { ExitCode } from "./ExitCode.js"
import { commandHelp, helpText } from "./HelpText.js"
import * as KnownCommands from "./KnownCommands.js"
import { USAGES } from "./KnownCommands.js"
import * as Logging from "./Logging.js"
import * as Output from "./Output.js"
import { colourless, json as toJson } from "./Plain.js"
import { isName } from "./ProfileName.js"
import * as Problem from "./Problem.js"
import { withMethod } from "./SameCommand.js"
import * as Terminal from "./Terminal.js"
import * as Usage from "./Usage.js"
import { VERSION } from "./Version.js"

const parsed = (name: KnownCommands.Name) =>
  Effect.map(KnownCommands.load(name), (command) =>
    Command.run(KnownCommands.rootOf(command), { name: "mls", version: VERSION })
  )

/** The parser's own console: help is an answer; what it says of errors is said here, without repeating secrets. */
const console = (output: Output.Service) =>
  Effect.map(Effect.console, (inherited): Console.Console => {
    const text = (line: unknown) => (output.colours ? String(line) : colourless(String(line)))
    return Object.assign(Object.create(inherited) as Console.Console, {
      log: (line: unknown) => Effect.ignore(output.write(`${text(line).trimEnd()}\n`)),
      error: () => Effect.void
    })
  })

const cliConfig = CliConfig.make({ isCaseSensitive: true, showBuiltIns: false })

const Environment = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Terminal.layer,
  // Case matters: `-h` is help, `-H` a header; `-f` and `-F` differ too.
  CliConfig.layer(cliConfig)
)

const beforeDashes = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  return end === -1 ? args : args.slice(0, end)
}

const asksForHelp = (args: ReadonlyArray<string>): boolean =>
  beforeDashes(args).some((argument) => argument === "--help" || argument === "-h")

/** What a command says of itself; of one that has commands of its own, their usage lines. */
const helpOf = (name: KnownCommands.Name, inner: string | undefined): Effect.Effect<string> =>
  Effect.map(KnownCommands.load(name), (command) => {
    const within = inner === undefined ? Option.none() : HashMap.get(KnownCommands.inside(command), inner)
    const path = Option.isNone(within) ? name : `${name} ${inner}`
    const usages = Object.entries(USAGES).flatMap(([of, usage]) => (of.startsWith(`${path} `) ? [usage] : []))
    const descriptor = Option.getOrElse(within, () => KnownCommands.alone(command, name))
    return commandHelp(USAGES[path] ?? path, CommandDescriptor.getHelp(descriptor, cliConfig), usages)
  })

/** What the words name, and nothing after them: `api`, `profile list`. */
const ofWords = (words: ReadonlyArray<string>): Effect.Effect<string | undefined> => {
  const [name = "", inner] = words
  return KnownCommands.isName(name) && words.join(" ") in USAGES ? helpOf(name, inner) : Effect.succeed(undefined)
}

/** A command of commands says which there are when it is called alone. */
const isBareGroup = (args: ReadonlyArray<string>): boolean =>
  args.length === 1 && `${args[0]} COMMAND` === USAGES[args[0] ?? ""]

/** A word that names no command, and the command that may have been meant; what was typed is not repeated. */
const unknownIn = ([first = "", inner]: ReadonlyArray<string>): Usage.UsageError | undefined => {
  if (!KnownCommands.isName(first)) return Usage.unknownCommand(first, KnownCommands.namesIn(""), "")
  const names = KnownCommands.namesIn(`${first} `)
  return names.length === 0 || inner === undefined || inner.startsWith("-") || names.includes(inner)
    ? undefined
    : Usage.unknownCommand(inner, names, `${first} `)
}

/** The spelling that other programs have for it. */
const spelled = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [name, shell] = args[0]?.split("=", 2) ?? []
  return name === "--completions" ? ["completions", ...(shell === undefined ? [] : [shell]), ...args.slice(1)] : args
}

/** Options that the parser has in every command: what they do is done here in other ways, or not at all. */
const OF_THE_PARSER = /^--(?:completions|log-level|wizard)(?:=|$)/

const run = (typed: ReadonlyArray<string>): Effect.Effect<void, Problem.Failure, Output.Output> =>
  Effect.gen(function* () {
    const output = yield* Output.Output
    const args = spelled(typed)
    const [first = "--help"] = args
    if (first === "--help" || first === "-h") return yield* output.answerText(helpText)
    if (first === "--version") return yield* output.answer(VERSION)
    const unknown = unknownIn(args)
    if (unknown !== undefined || !KnownCommands.isName(first)) return yield* unknown ?? Usage.noCommand
    yield* Usage.refuseOptions(
      beforeDashes(args).filter((argument) => OF_THE_PARSER.test(argument)),
      first
    )
    if (first === "help") {
      const Help = yield* Effect.promise(() => import("./commands/help.js"))
      return yield* Effect.provideService(Help.help(args.slice(1), ofWords), Commands, KnownCommands.declared)
    }
    if (asksForHelp(args) || isBareGroup(args)) return yield* output.answerText(yield* helpOf(first, args[1]))
    return yield* (yield* parsed(first))(["node", "mls", ...args]).pipe(
      Effect.provide(Environment),
      Effect.provideService(Commands, KnownCommands.declared),
      Effect.catchIf(
        (error): error is ValidationError => isValidationError(error),
        (error) => Usage.fromValidation(error, args, first)
      ),
      Console.withConsole(yield* console(output))
    )
  })

/** Advice that is to be pasted as it is. */
const IS_COMMAND = /^(?:mls|printf) /

const report = (problem: Problem.Problem, json: boolean, output: Output.Service): Effect.Effect<void> =>
  json
    ? output.noticeWhole(toJson(Problem.toJson(problem)))
    : Effect.zipRight(
        output.marked("✗", problem.message),
        Effect.forEach(
          problem.fix,
          (line, at) => {
            const text = `${at === 0 ? "  Do: " : "      "}${line}`
            return IS_COMMAND.test(line) ? output.noticeWhole(text) : output.notice(text)
          },
          { discard: true }
        )
      )

/** Advice to sign in by another method, or once more, as the whole command where this was a sign-in already. */
const completed = (problem: Problem.Problem, args: ReadonlyArray<string>): Problem.Problem => ({
  ...problem,
  fix: problem.fix.map((line) => (args[0] === "login" ? whole(line, args) : ofProfile(line, args)))
})

/** A sign-in to the profile that the command named. It is one: other names are refused before anything is advised. */
const ofProfile = (line: string, args: ReadonlyArray<string>): string => {
  const at = args.findIndex((argument) => argument === "-p" || argument === "--profile")
  const name = args.map((argument) => /^--profile=(.*)$/.exec(argument)?.[1]).find((value) => value !== undefined)
  const profile = name ?? (at === -1 ? undefined : args[at + 1])
  const bare = line === "mls login" || line.startsWith(`${DEVICE_CODE} --force`)
  return profile !== undefined && isName(profile) && bare ? line.replace("mls login", `mls login ${profile}`) : line
}

const whole = (line: string, args: ReadonlyArray<string>): string => {
  const method = METHOD.exec(line)?.[1]
  return method === undefined ? line : withMethod(args, method)
}

/**
 * Runs a command line and tells how it ended; the answer is the exit code. An interruption stays one: whoever sent the
 * signal knows which it was.
 */
export const mls = (args: ReadonlyArray<string>): Effect.Effect<number> =>
  Effect.gen(function* () {
    const output = yield* Output.Output
    const exit = yield* Effect.exit(run(args))
    if (Exit.isSuccess(exit)) return ExitCode.ok
    const problem = Problem.fromCause(exit.cause)
    if (problem === undefined) return yield* Effect.interrupt
    yield* Effect.logDebug(faultOf(exit.cause)).pipe(Logging.verbosely(args.some(isVerbose)))
    if (problem.exit !== ExitCode.sigint) yield* report(completed(problem, args), wantsJson(args), output)
    return problem.exit
  }).pipe(Effect.provide(Output.layer))

const isVerbose = (argument: string): boolean => argument === "-v" || argument === "--verbose"

const wantsJson = (args: ReadonlyArray<string>): boolean => beforeDashes(args).includes("--json")

/** The place of a defect, without its message: that may hold anything. */
const faultOf = (cause: Cause.Cause<unknown>): string => {
  const [defect] = Array.from(Cause.defects(cause))
  if (!(defect instanceof Error)) return "command failed"
  const frames = (defect.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line))
  return `command died: ${defect.name} ${frames.slice(0, 8).join(" ")}`
}
