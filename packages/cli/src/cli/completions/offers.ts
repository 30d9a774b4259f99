/** What may come next in a command line, for the completions of shells. No Effect: `mls __complete` answers without the program. */
import { describe, type Parameter } from "../help/parameters.js"
import { topics } from "../help/topics.js"
import { type CommandName, COMMANDS, isCommand, isGroup, namesAfter } from "../table/commandTable.js"

/** A word, and what is said of it where a shell shows that. */
export interface Offer {
  readonly word: string
  readonly description: string
}

/** In the place of words: the shell completes names of files. */
export const FILES = ":files"

/** A description as far as it fits beside an option. */
const brief = (description: string): string =>
  description
    .replace(/ ?Also: .*$/, "")
    .replace(/(?<=\w{2})[.;] .*$/, "")
    .replace(/\.$/, "")

const plain = (words: ReadonlyArray<string>): ReadonlyArray<Offer> => words.map((word) => ({ word, description: "" }))

const HELP: ReadonlyArray<Offer> = ["-h", "--help"].map((word) => ({ word, description: "Tell what there is" }))

/** The commands right below some words: `services ` has `list`, `get`, …. */
const commandsBelow = (before: string): ReadonlyArray<Offer> =>
  namesAfter(before).map((word) => ({
    word,
    description: brief(COMMANDS[`${before}${word}` as CommandName].help)
  }))

/** bash makes words of their own of equals signs, and other shells leave `--method=aad` whole. */
const separated = (words: ReadonlyArray<string>): ReadonlyArray<string> =>
  words
    .flatMap((word) => /^(--[^=]+)=(.*)$/s.exec(word)?.slice(1) ?? [word])
    .flatMap((word, at, all) => (word !== "=" ? [word] : at === all.length - 1 ? [""] : []))

/** What an option takes, or an argument; a free text offers nothing. */
const valuesOf = ({ choices, name, type }: Parameter, profiles: ReadonlyArray<string>): ReadonlyArray<Offer> => [
  ...plain(choices),
  ...plain(name.includes("PROFILE") || name === "--profile" ? profiles : []),
  ...plain(type === "file" ? [FILES] : [])
]

const namesOf = ({ aliases, name }: Parameter): ReadonlyArray<string> => [...aliases, name]

/** What `mls help` tells of: topics, commands, and commands of those. */
const helpOn = (words: ReadonlyArray<string>): ReadonlyArray<Offer> =>
  words.length === 0 ? [...plain([...topics.keys()]), ...commandsBelow("")] : commandsBelow(`${words.join(" ")} `)

const ofCommand = (
  command: CommandName,
  before: ReadonlyArray<string>,
  current: string,
  profiles: ReadonlyArray<string>
): ReadonlyArray<Offer> => {
  const { arguments: args, options } = describe(command)
  const option = options.find((one) => one.type !== "boolean" && namesOf(one).includes(before.at(-1) ?? ""))
  if (option !== undefined) return valuesOf(option, profiles)
  if (!current.startsWith("-")) return args.flatMap((argument) => valuesOf(argument, profiles))
  return options
    .flatMap((one) => namesOf(one).map((word) => ({ word, description: brief(one.description) })))
    .concat(HELP)
}

const all = (before: ReadonlyArray<string>, current: string, profiles: ReadonlyArray<string>): ReadonlyArray<Offer> => {
  const [first, inner = ""] = before
  if (first === undefined) {
    const version = { word: "--version", description: "Tell the version" }
    return current.startsWith("-") ? [...HELP, version] : commandsBelow("")
  }
  if (first === "help") return helpOn(before.slice(1))
  if (!isCommand(first)) return []
  if (!isGroup(first)) return ofCommand(first, before.slice(1), current, profiles)
  const words = `${first} ${inner}`
  return isCommand(words) ? ofCommand(words, before.slice(2), current, profiles) : commandsBelow(`${first} `)
}

/** What may stand in the place of the last of these words, which come after `mls`. */
export const offersFor = (typed: ReadonlyArray<string>, profiles: ReadonlyArray<string>): ReadonlyArray<Offer> => {
  const words = separated(typed)
  const current = words.at(-1) ?? ""
  const offers = all(words.slice(0, -1), current, profiles)
  return offers.filter(({ word }) => word.startsWith(current) || word === FILES)
}
