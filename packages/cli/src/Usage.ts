/**
 * Command lines that cannot be understood. An argument may be a secret in the wrong place (`--password hunter2`), so
 * what was typed is repeated only where it surely is none.
 */
import type { ValidationError } from "@effect/cli/ValidationError"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { docText } from "./HelpDocText.js"
import { nearest } from "./Nearest.js"

/** The command line is wrong, or something is missing that only a person could give and nobody can be asked. */
export class UsageError extends Data.TaggedError("UsageError")<{
  readonly message: string
  /** What to type instead. */
  readonly fix: ReadonlyArray<string>
}> {}

/** A usage error. */
export const usage = (message: string, ...fix: ReadonlyArray<string>): UsageError => new UsageError({ message, fix })

/** A word that names no command. It is not repeated; `before`: the words before it. */
export const unknownCommand = (word: string, names: ReadonlyArray<string>, before: string): UsageError => {
  const meant = nearest(word, names)
  return usage(
    "There is no such command",
    ...(meant === undefined ? [] : [`Did you mean \`mls ${before}${meant}\`?`]),
    `mls ${before}--help`
  )
}

/** The same where it is not known what was meant. */
export const noCommand = usage("There is no such command", "mls --help")

const HIDDEN = "(not repeated here: it may be a secret)"

/** The name of an option, as opposed to something that merely begins with a dash. */
const OPTION_NAME = /^(--[a-z]{2,}(-[a-z]+)*|-[a-zA-Z])$/

/** An argument as it may be repeated to the person: the name of an option, never its value. */
export const repeatable = (argument: string): string => {
  const [name = "", value] = argument.split("=", 2)
  if (!OPTION_NAME.test(name)) return HIDDEN
  return value === undefined ? `\`${name}\`` : `\`${name}=…\``
}

/** Refuses what looks like an option where a value was expected: the parser takes unknown options for values. */
export const refuseOptions = (values: ReadonlyArray<string>, command: string): Effect.Effect<void, UsageError> => {
  const stray = values.find((value) => value.startsWith("-") && value !== "-")
  return stray === undefined ? Effect.void : Effect.fail(unknownArgument(stray, command))
}

const unknownArgument = (argument: string, command: string): UsageError => {
  const fix = /^--?(password|pass|passwd|pwd|token|access-token)\b/i.test(argument)
    ? ["Secrets are no arguments, where other programs can read them: use `--password-stdin` or `--token-stdin`."]
    : []
  const what = OPTION_NAME.test(argument)
    ? `${repeatable(argument)} is unknown here, or its value is missing`
    : `Unknown argument ${repeatable(argument)}`
  return usage(what, ...fix, `mls ${command} --help`)
}

/** What the parser says, in words that repeat nothing of the command line but names of options. */
export const fromValidation = (error: ValidationError, args: ReadonlyArray<string>, command: string): UsageError => {
  const text = docText(error.error)
  const received = /^Received unknown argument: '(.*)'$/s.exec(text)?.[1]
  if (received !== undefined) return unknownArgument(firstOption(args) ?? received, command)
  if (error._tag === "CommandMismatch") return noCommand
  const safe = args.every((argument) => !text.includes(argument) || OPTION_NAME.test(argument) || argument === command)
  return usage(safe && text !== "" ? text : "The command line cannot be understood", `mls ${command} --help`)
}

/** A stray value mostly belongs to the unknown option before it: `--password hunter2`. */
const firstOption = (args: ReadonlyArray<string>): string | undefined =>
  args.find((argument) => /^--?(password|pass|passwd|pwd|token|access-token)(=|$)/i.test(argument))
