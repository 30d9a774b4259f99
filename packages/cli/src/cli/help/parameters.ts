/** What a command takes, in one shape for flags and arguments: for its help, completions and `mls help --json`. */
import { type Argument, type Command, type CommandName, COMMANDS, usageOf } from "../table/commandTable.js"
import { type Flag, variablesOf } from "../table/flag.js"
import type * as Outputs from "../../outputs/outputs.js"
import { type FlagKey, FLAGS, nameOf } from "../table/flags.js"

/** A command, as programs and the help read it. */
export type Described = Outputs.Of<"help">["commands"][number]

/** A flag or an argument, as programs and the help read it. */
export type Parameter = Described["options"][number]

const ofArgument = ({ choices, help, label, optional, repeated }: Argument): Parameter => ({
  name: label,
  aliases: [],
  type: choices === undefined ? (label === "FILE" ? "file" : "text") : "choice",
  value: null,
  choices: choices ?? [],
  required: optional !== true,
  repeated: repeated === true,
  default: null,
  environment: [],
  description: help
})

const alsoOf = ({ also, env = [] }: Flag): string => {
  const names = [...env, ...(also === undefined ? [] : [also])]
  return names.length === 0 ? "" : ` Also: ${names.join(", ")}.`
}

const ofFlag = (key: FlagKey): Parameter => {
  const flag: Flag = FLAGS[key]
  return {
    name: `--${nameOf(key)}`,
    aliases: flag.short === undefined ? [] : [`-${flag.short}`],
    type: flag.kind,
    value: "value" in flag ? flag.value : null,
    choices: flag.kind === "choice" ? flag.choices : [],
    required: false,
    repeated: "repeated" in flag,
    default: "default" in flag ? flag.default : flag.kind === "boolean" ? false : null,
    environment: variablesOf(flag),
    description: `${flag.help}${alsoOf(flag)}`
  }
}

/** A command with all that it takes. */
export const describe = (name: CommandName): Described => {
  const { arguments: args, flags, help }: Command = COMMANDS[name]
  return {
    command: name,
    usage: `mls ${usageOf(name)}`,
    description: help,
    arguments: Object.values(args).map(ofArgument),
    options: flags.map(ofFlag)
  }
}
