/** What `mls --help` and `mls COMMAND --help` say. */
import { type CommandName, COMMANDS, commands, isCommand, namesAfter, usageOf } from "../table/commandTable.js"
import { describe, type Parameter } from "./parameters.js"
import { topics } from "./topics.js"

const COLUMN = 30

const definition = (term: string, text: string): string =>
  term.length < COLUMN - 3 ? `  ${term.padEnd(COLUMN - 2)}${text}` : `  ${term}\n${" ".repeat(COLUMN)}${text}`

const firstSentence = (text: string): string => text.replace(/(?<=\.) .*$/, "")

/** What `mls --help` says. */
export const helpText = (): string =>
  [
    "mls: sign in to Microsoft Machine Learning Server and call it",
    "",
    "Usage",
    ...namesAfter("").flatMap((name) =>
      isCommand(name)
        ? [definition(`mls ${usageOf(name).replace(/ \[options\]$/, "")}`, firstSentence(COMMANDS[name].help))]
        : []
    ),
    "",
    "Try it",
    "  mls dev-server              prints the two lines to paste next",
    "  mls dev-server --azure      the same with a stand-in for Azure Active Directory",
    "",
    "In the cloud",
    "  mls login URL --tenant ID --clientid ID --resource ID       shows a code to enter on another device",
    "  mls login URL --context context.json                        the same settings in the format of the Python client",
    "  mls login URL … --method aad-password --user NAME           a password; does not work with multi-factor sign-in",
    "",
    "Every command has --help, --json (answers and errors as JSON) and -v (print what happens, without secrets).",
    `mls help TOPIC explains a topic: ${[...topics.keys()].join(", ")}.`,
    "mls help --json has every command, exit code and variable, for programs."
  ].join("\n")

/** What `mls help` says. */
export const overview = (): string =>
  [
    "Help on what holds for every command",
    "",
    ...Array.from(topics, ([name, text]) => definition(`mls help ${name}`, text.slice(0, text.indexOf("\n")))),
    "",
    definition("mls help COMMAND", "The same as mls COMMAND --help"),
    definition("mls help --json", "Every command, exit code and variable, for programs"),
    definition("mls --help", "All commands")
  ].join("\n")

const flag = ({ aliases, choices, description, name, repeated, value }: Parameter): string => {
  const typed = [[...aliases, name].join(", "), value ?? choices.join(" | ")].filter((part) => part !== "").join(" ")
  return definition(repeated ? `${typed}...` : typed, description)
}

const block = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines]

/** One line for each argument and flag of a command; of a command of commands, their usage lines. */
export const commandHelp = (name: CommandName): string => {
  const { arguments: args, description, options } = describe(name)
  const inside = commands.filter(([other]) => other.startsWith(`${name} `)).map(([other]) => `  mls ${usageOf(other)}`)
  return [
    "Usage",
    `  mls ${usageOf(name)}`,
    ...block("Description", [`  ${description}`]),
    ...block(
      "Arguments",
      args.map((argument) => definition(`<${argument.name}>`, argument.description))
    ),
    ...block("Options", options.map(flag)),
    ...block("Commands", inside)
  ].join("\n")
}
