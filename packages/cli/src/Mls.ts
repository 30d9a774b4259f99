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
import { api } from "./commands/api.js"
import { config } from "./commands/config.js"
import { devServer } from "./commands/devServer.js"
import { completions } from "./commands/completions.js"
import * as Help from "./commands/help.js"
import { doctor } from "./commands/doctor.js"
import { login } from "./commands/login.js"
import { logout } from "./commands/logout.js"
import { profile } from "./commands/profile.js"
import { refresh } from "./commands/refresh.js"
import { services } from "./commands/services.js"
import { status, whoami } from "./commands/status.js"
import { token } from "./commands/token.js"
import * as CommandTree from "./CommandTree.js"
import { ExitCode } from "./ExitCode.js"
import { commandHelp, helpText } from "./HelpText.js"
import * as Logging from "./Logging.js"
import * as Output from "./Output.js"
import { colourless } from "./Plain.js"
import { isName } from "./ProfileName.js"
import * as Problem from "./Problem.js"
import { withMethod } from "./SameCommand.js"
import * as Terminal from "./Terminal.js"
import * as Usage from "./Usage.js"
import { VERSION } from "./Version.js"

const root = Command.make("mls").pipe(
  Command.withSubcommands([
    login,
    logout,
    status,
    whoami,
    token,
    refresh,
    api,
    services,
    profile,
    config,
    doctor,
    devServer,
    completions,
    Help.command
  ])
)

/** The commands that some commands have; the parser tells of the first level only. */
const INSIDE = new Map([
  ["profile", Command.getSubcommands(profile)],
  ["services", Command.getSubcommands(services)],
  ["config", Command.getSubcommands(config)]
])

/** What comes after the name of each command, in its usage line. */
const USAGES: Readonly<Record<string, string>> = {
  login: "login [PROFILE|URL] [options]",
  logout: "logout [options]",
  status: "status [options]",
  whoami: "whoami [options]",
  token: "token [options]",
  refresh: "refresh [options]",
  api: "api [METHOD] PATH [options]",
  services: "services COMMAND",
  "services list": "services list [NAME] [options]",
  "services get": "services get NAME [VERSION] [options]",
  "services delete": "services delete NAME [VERSION] [options]",
  "services consume": "services consume NAME [VERSION] [options]",
  profile: "profile COMMAND",
  "profile list": "profile list [options]",
  "profile show": "profile show PROFILE [options]",
  "profile use": "profile use PROFILE [options]",
  "profile add": "profile add NAME URL [options]",
  "profile rename": "profile rename PROFILE NEW-NAME [options]",
  "profile edit": "profile edit PROFILE [options]",
  "profile remove": "profile remove PROFILE [options]",
  "profile export": "profile export [PROFILE] [options]",
  "profile import": "profile import [FILE] [options]",
  config: "config COMMAND",
  "config show": "config show [--origin] [options]",
  doctor: "doctor [PROFILE] [options]",
  "dev-server": "dev-server [options]",
  completions: "completions SHELL",
  help: "help [TOPIC|COMMAND] [options]"
}

const parsed = Command.run(root, { name: "mls", version: VERSION })

/** The parser's own console: help is an answer; what it says of errors is said here, without repeating secrets. */
const console = (output: Output.Service) =>
  Effect.map(Effect.console, (inherited): Console.Console => {
    const text = (line: unknown) => (output.colours ? String(line) : colourless(String(line)))
    return Object.assign(Object.create(inherited) as Console.Console, {
      log: (line: unknown) => Effect.ignore(output.answer(text(line).trimEnd())),
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

/** Every command as it was declared. */
const declared = Effect.sync(() => CommandTree.declared(Command.getSubcommands(root), INSIDE, USAGES))

/** What a command says of itself; of one that has commands of its own, their usage lines. */
const helpOf = (name: string, inner: string | undefined): string | undefined => {
  const command = Option.getOrUndefined(HashMap.get(Command.getSubcommands(root), name))
  if (command === undefined) return undefined
  const inside = INSIDE.get(name) ?? HashMap.empty()
  const chosen = inner === undefined ? undefined : Option.getOrUndefined(HashMap.get(inside, inner))
  const path = chosen === undefined ? name : `${name} ${inner}`
  const usages = Object.entries(USAGES).flatMap(([of, usage]) => (of.startsWith(`${path} `) ? [usage] : []))
  return commandHelp(USAGES[path] ?? path, CommandDescriptor.getHelp(chosen ?? command, cliConfig), usages)
}

/** What the words name, and nothing after them: `api`, `profile list`. */
const ofWords = (words: ReadonlyArray<string>): string | undefined => {
  const [name = "", inner, ...more] = words
  const isCommand = words.join(" ") in USAGES && more.length === 0
  return isCommand ? helpOf(name, inner) : undefined
}

/** A command of commands says which there are when it is called alone. */
const isBareGroup = (args: ReadonlyArray<string>): boolean =>
  args.length === 1 && `${args[0]} COMMAND` === USAGES[args[0] ?? ""]

/** The spelling that other programs have for it. */
const spelled = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [name, shell] = args[0]?.split("=", 2) ?? []
  return name === "--completions" ? ["completions", ...(shell === undefined ? [] : [shell]), ...args.slice(1)] : args
}

const run = (typed: ReadonlyArray<string>): Effect.Effect<void, Problem.Failure | Output.ReaderGone, Output.Output> =>
  Effect.gen(function* () {
    const output = yield* Output.Output
    const args = spelled(typed)
    const [first = "--help"] = args
    if (first === "--help" || first === "-h") return yield* output.answer(helpText)
    if (first === "help") {
      return yield* Effect.provideServiceEffect(Help.help(args.slice(1), ofWords), CommandTree.Commands, declared)
    }
    if (first === "--version") return yield* output.answer(VERSION)
    const help = helpOf(first, args[1])
    if (help === undefined) return yield* Usage.usage("There is no such command", "mls --help")
    if (help !== undefined && (asksForHelp(args) || isBareGroup(args))) return yield* output.answer(help)
    return yield* parsed(["node", "mls", ...args]).pipe(
      Effect.provide(Environment),
      Effect.provideServiceEffect(CommandTree.Commands, declared),
      Effect.catchIf(
        (error): error is ValidationError => isValidationError(error),
        (error) => Usage.fromValidation(error, args, first)
      ),
      Console.withConsole(yield* console(output))
    )
  })

const report = (problem: Problem.Problem, json: boolean, output: Output.Service): Effect.Effect<void> =>
  json
    ? output.notice(JSON.stringify(Problem.toJson(problem)))
    : Effect.zipRight(
        output.marked("✗", problem.message),
        Effect.forEach(problem.fix, (line, at) => output.notice(`${at === 0 ? "  Do: " : "      "}${line}`), {
          discard: true
        })
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
    const exit = yield* Effect.exit(run(args).pipe(Effect.catchTag("ReaderGone", () => Effect.void)))
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
