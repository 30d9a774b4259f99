/**
 * The program: which command a line is for, and how one run of it ends. A command's module is loaded when it is named,
 * since most of a start is loading.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type CommandName, type Given, isCommand, isGroup, namesAfter } from "./cli/table/commandTable.js"
import { ExitCode } from "./cli/exitCode.js"
import * as Invocation from "./cli/invocation.js"
import * as Output from "./cli/output.js"
import { parse } from "./cli/table/parse.js"
import type * as Problem from "./cli/problem.js"
import { unknownCommand } from "./cli/usage.js"
import { VERSION } from "./cli/version.js"
import { json as toJson } from "./text/sanitize.js"

type Run<N extends CommandName> = (
  given: Given<N>
) => Effect.Effect<void, Problem.Failure, Invocation.Invocation | Output.Output>

const RUN: { readonly [N in CommandName]?: () => Promise<Run<N>> } = {
  login: async () => (await import("./commands/login.js")).run,
  logout: async () => (await import("./commands/logout.js")).run,
  status: async () => (await import("./commands/status.js")).run,
  whoami: async () => (await import("./commands/status.js")).run,
  token: async () => (await import("./commands/token.js")).run,
  refresh: async () => (await import("./commands/refresh.js")).run,
  api: async () => (await import("./commands/api.js")).run,
  "services list": async () => (await import("./commands/services/services.js")).list,
  "services get": async () => (await import("./commands/services/services.js")).get,
  "services swagger": async () => (await import("./commands/services/services.js")).swagger,
  "services consume": async () => (await import("./commands/services/services.js")).consume,
  "services types": async () => (await import("./commands/services/services.js")).types,
  "services publish": async () => (await import("./commands/services/change.js")).publish,
  "services update": async () => (await import("./commands/services/change.js")).update,
  "services delete": async () => (await import("./commands/services/change.js")).remove,
  "services batch": async () => (await import("./commands/services/batch.js")).batch,
  "profile list": async () => (await import("./commands/profile/profile.js")).list,
  "profile show": async () => (await import("./commands/profile/profile.js")).show,
  "profile use": async () => (await import("./commands/profile/profile.js")).use,
  "profile add": async () => (await import("./commands/profile/profile.js")).add,
  "profile rename": async () => (await import("./commands/profile/profile.js")).rename,
  "profile edit": async () => (await import("./commands/profile/edit.js")).run,
  "profile remove": async () => (await import("./commands/profile/profile.js")).remove,
  "profile export": async () => (await import("./commands/profile/profile.js")).toStdout,
  "profile import": async () => (await import("./commands/profile/import.js")).run,
  "config show": async () => (await import("./commands/config.js")).show,
  doctor: async () => (await import("./commands/doctor.js")).run,
  "dev-server": async () => (await import("./commands/devServer.js")).run,
  completions: async () => (await import("./commands/completions.js")).run
}

const beforeDashes = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  return end === -1 ? args : args.slice(0, end)
}

const asksForHelp = (args: ReadonlyArray<string>): boolean =>
  beforeDashes(args).some((argument) => argument === "--help" || argument === "-h")

/** The command that a line names, or what is wrong with its words; what was typed is not repeated. */
const commandOf = (args: ReadonlyArray<string>) => {
  const [first = "", inner] = args
  if (!isCommand(first)) return unknownCommand(first, namesAfter(""), "")
  if (!isGroup(first) || inner === undefined || inner === "--help" || inner === "-h") return first
  const words = `${first} ${inner}`
  return isCommand(words) ? words : unknownCommand(inner, namesAfter(`${first} `), `${first} `)
}

/** The spelling that other programs have for it. */
const spelled = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [name, shell] = args[0]?.split("=", 2) ?? []
  return name === "--completions" ? ["completions", ...(shell === undefined ? [] : [shell]), ...args.slice(1)] : args
}

const help = Effect.promise(() => import("./cli/help/commandHelp.js"))

const command = <N extends CommandName>(name: N, args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const given = yield* parse(name, args)
    const load = RUN[name] as (() => Promise<Run<N>>) | undefined
    if (load === undefined) return yield* Effect.dieMessage("a command without a module")
    const run = yield* Effect.promise(load)
    yield* Invocation.run(given, run(given))
  })

const run = (typed: ReadonlyArray<string>): Effect.Effect<void, Problem.Failure, Output.Output> =>
  Effect.gen(function* () {
    const output = yield* Output.Output
    const args = spelled(typed)
    const [first = "--help"] = args
    if (first === "--help" || first === "-h") return yield* output.answerText((yield* help).helpText())
    if (first === "--version") return yield* output.answer(VERSION)
    const name = commandOf(args)
    if (typeof name !== "string") return yield* name
    if (name === "help") {
      const Help = yield* Effect.promise(() => import("./commands/help.js"))
      return yield* Help.help(args.slice(1))
    }
    if (asksForHelp(args) || isGroup(name)) return yield* output.answerText((yield* help).commandHelp(name))
    yield* command(name, args.slice(name.split(" ").length))
  })

/** Advice that is to be pasted as it is. */
const IS_COMMAND = /^(?:mls|printf|echo|\$env:\w+ \|) /

const report = ({ fix, message }: Problem.Problem, output: Output.Service): Effect.Effect<void> =>
  Effect.zipRight(
    output.marked("✗", message),
    Effect.forEach(
      fix,
      (line, at) => {
        const text = `${at === 0 ? "  Do: " : "      "}${line}`
        return IS_COMMAND.test(line) ? output.noticeWhole(text) : output.notice(text)
      },
      { discard: true }
    )
  )

/**
 * Runs a command line and tells how it ended; the answer is the exit code. An interruption stays one: the sender of the
 * signal knows which it was.
 */
export const mls = (args: ReadonlyArray<string>): Effect.Effect<number> =>
  Effect.gen(function* () {
    const output = yield* Output.Output
    const exit = yield* Effect.exit(run(args))
    if (Exit.isSuccess(exit)) return ExitCode.ok
    // Most runs fail in no way, and need no words for it.
    const [Problems, { completed }] = yield* Effect.promise(() =>
      Promise.all([import("./cli/problem.js"), import("./cli/sameCommand.js")])
    )
    const problem = Problems.fromCause(exit.cause)
    if (problem === undefined) return yield* Effect.interrupt
    yield* Effect.logDebug(faultOf(exit.cause)).pipe(Invocation.verbosely(args.some(isVerbose)))
    if (problem.exit === ExitCode.sigint) return problem.exit
    const whole = { ...problem, fix: completed(problem.fix, args) }
    yield* wantsJson(args) ? output.noticeWhole(toJson(Problems.toJson(whole))) : report(whole, output)
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
