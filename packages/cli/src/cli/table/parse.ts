/**
 * A command line by the table of flags. `parseArgs` of Node takes it apart; what it means, and what is said of a mistake, is
 * decided here: an argument may be a secret in the wrong place (`--password hunter2`), so nothing of it is repeated but
 * the names of flags.
 */
import * as Either from "effect/Either"
import { parseArgs } from "node:util"
import { nearest } from "../../text/nearest.js"
import { type Argument, type Command, type CommandName, COMMANDS, type Given } from "./commandTable.js"
import type { Flag } from "./flag.js"
import { type FlagKey, FLAGS, nameOf } from "./flags.js"
import { usage, type UsageError } from "../usage.js"

const HIDDEN = "(not repeated here: it may be a secret)"

/** The name of a flag, as opposed to something that merely begins with a dash. */
const FLAG_NAME = /^(--[a-z]{2,}(-[a-z]+)*|-[a-zA-Z])$/

/** An argument as it may be repeated to the person: the name of a flag, never its value. */
export const repeatable = (argument: string): string => {
  const [name = "", value] = argument.split("=", 2)
  if (!FLAG_NAME.test(name)) return HIDDEN
  return value === undefined ? `\`${name}\`` : `\`${name}=…\``
}

const SECRET = /^--?(password|pass|passwd|pwd|token|access-token)\b/i

const unknownFlag = (argument: string, command: CommandName): UsageError => {
  const names = COMMANDS[command].flags.map((key) => `--${nameOf(key)}`)
  const meant = argument.startsWith("--") ? nearest(argument.replace(/=.*$/s, ""), names) : undefined
  const isSecret = SECRET.test(argument)
  return usage(
    repeatable(argument) === HIDDEN ? `Unknown argument ${HIDDEN}` : `${repeatable(argument)} is unknown here`,
    ...(isSecret
      ? [
          "A secret must not be an argument, because other programs can read it: use `--password-stdin` or `--token-stdin`."
        ]
      : meant === undefined
        ? []
        : [`Did you mean \`${meant}\`?`]),
    `mls ${command} --help`
  )
}

const twice = (key: FlagKey, command: CommandName): UsageError =>
  usage(`\`--${nameOf(key)}\` is given twice`, `mls ${command} --help`)

type Value = string | number | boolean

/** The value of a flag, or what is wrong with it. */
const valueOf = (key: FlagKey, value: string | undefined, command: CommandName): Either.Either<Value, UsageError> => {
  const flag: Flag = FLAGS[key]
  const wrong = (what: string) => Either.left(usage(`\`--${nameOf(key)}\` ${what}`, `mls ${command} --help`))
  if (flag.kind === "boolean") return value === undefined ? Either.right(true) : wrong("takes no value")
  if (value === undefined) return wrong("needs a value")
  if (flag.kind === "choice" && !flag.choices.includes(value)) return wrong(`is none of ${flag.choices.join(", ")}`)
  if (flag.kind !== "integer") return Either.right(value)
  return /^\d{1,9}$/.test(value) ? Either.right(Number(value)) : wrong("wants a whole number")
}

/** What a flag comes to that is not given. */
const absent = (key: FlagKey): unknown => {
  const flag: Flag = FLAGS[key]
  if ("repeated" in flag) return []
  return "default" in flag ? flag.default : flag.kind === "boolean" ? false : undefined
}

const flagsOf = (command: CommandName) => {
  const entries = COMMANDS[command].flags.map((key: FlagKey) => {
    const { kind, short }: Flag = FLAGS[key]
    const type = kind === "boolean" ? ("boolean" as const) : ("string" as const)
    return [nameOf(key), { key, option: { type, ...(short === undefined ? {} : { short }) } }] as const
  })
  return new Map(entries)
}

const tokensOf = (command: CommandName, args: ReadonlyArray<string>) => {
  const flags = flagsOf(command)
  const options = Object.fromEntries(Array.from(flags, ([name, { option }]) => [name, option]))
  // Not strict: the messages of `parseArgs` repeat what was typed.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  return { flags, tokens }
}

/**
 * A value that looks like a flag is the next flag, and this one has none; `--flag=-value` says that it is meant. Nothing at
 * all comes of a variable that is not set, and is no value.
 */
const isValue = (value: string, isInline: boolean): boolean =>
  value !== "" && (isInline || value === "-" || !value.startsWith("-"))

const positionals = (
  command: CommandName,
  values: ReadonlyArray<string>
): Either.Either<Record<string, unknown>, UsageError> => {
  const given: Record<string, unknown> = {}
  const rest = [...values]
  const { arguments: args }: Command = COMMANDS[command]
  for (const [name, argument] of Object.entries<Argument>(args)) {
    const { choices, label, most, optional, repeated } = argument
    const taken = rest.splice(0, repeated === true ? (most ?? rest.length) : 1)
    if (taken.length === 0 && optional !== true)
      return Either.left(usage(`${label} is missing`, `mls ${command} --help`))
    if (choices !== undefined && taken.some((value) => !choices.includes(value))) {
      return Either.left(usage(`${label} is none of ${choices.join(", ")}`, `mls ${command} --help`))
    }
    given[name] = repeated === true ? taken : taken[0]
  }
  return rest.length > 0
    ? Either.left(usage(`Unknown argument ${HIDDEN}`, `mls ${command} --help`))
    : Either.right(given)
}

/** What was typed after the words of a command. */
export const parse = <N extends CommandName>(
  command: N,
  args: ReadonlyArray<string>
): Either.Either<Given<N>, UsageError> =>
  Either.gen(function* () {
    const { flags, tokens } = tokensOf(command, args)
    const given: Record<string, unknown> = Object.fromEntries(
      Array.from(flags.values(), ({ key }) => [key, absent(key)])
    )
    const words: Array<string> = []
    const seen = new Set<FlagKey>()
    for (const token of tokens) {
      if (token.kind === "positional") words.push(token.value)
      if (token.kind !== "option") continue
      const known = flags.get(token.name)
      if (known === undefined) return yield* Either.left(unknownFlag(args[token.index] ?? "", command))
      const { key } = known
      const isGiven = token.value !== undefined && (isValue(token.value, token.inlineValue) || "repeated" in FLAGS[key])
      const value = yield* valueOf(key, isGiven ? token.value : undefined, command)
      const former = given[key]
      if (Array.isArray(former)) given[key] = [...(former as ReadonlyArray<Value>), value]
      else if (seen.has(key)) return yield* Either.left(twice(key, command))
      else given[key] = value
      seen.add(key)
    }
    return { ...given, ...(yield* positionals(command, words)) } as Given<N>
  })
