/**
 * Completions for shells, from the tree of commands. The parser's own know neither commands of commands nor values, and
 * offer its options that are none of this program's. The scripts start no program: names of profiles are read from the
 * settings by the shell itself.
 */
import type { Command, Parameter } from "./CommandTree.js"

/** What may come next. */
export interface Offer {
  readonly words: ReadonlyArray<Word>
  /** Names of profiles too. */
  readonly profiles: boolean
  /** Names of files too. */
  readonly files: boolean
}

/** A word, with what is said of it where a shell shows that. */
export interface Word {
  readonly word: string
  readonly description: string
}

/** A place in a command line: after these commands. */
export interface Place {
  /** ` profile use`; empty after `mls` itself. */
  readonly path: string
  readonly argument: Offer
  readonly options: ReadonlyArray<Parameter>
}

/** Where profiles are, to all shells: their names are all that is called so in the file, and never anything odd. */
export const PROFILE_NAMES = String.raw`grep -o '"name": *"[A-Za-z0-9._-]*"' "$config/config.json" 2>/dev/null | cut -d '"' -f 4`

/** A description as far as it fits beside an option. */
export const brief = (description: string): string =>
  description
    .replace(/ ?Also: .*$/, "")
    .replace(/(?<=\w{2})[.;] .*$/, "")
    .replace(/\.$/, "")

const flag = (name: string, aliases: ReadonlyArray<string>, description: string): Parameter => ({
  name,
  aliases,
  description,
  type: "boolean",
  value: null,
  choices: [],
  required: false,
  repeated: false,
  default: false,
  environment: []
})

const HELP = flag("--help", ["-h"], "Tell what there is.")
const VERSION = flag("--version", [], "Tell the version.")

const plainWords = (words: ReadonlyArray<string>): ReadonlyArray<Word> =>
  words.map((word) => ({ word, description: "" }))

/** What an option takes, or an argument; a free text offers nothing. */
export const offerOf = ({ choices, name, type }: Parameter): Offer => ({
  words: plainWords(choices),
  profiles: name === "--profile" || name.includes("PROFILE"),
  files: type === "file"
})

/** The commands right below one. */
const below = (commands: ReadonlyArray<Command>, path: string): ReadonlyArray<Word> =>
  commands.flatMap(({ command, description }) => {
    const at = ` ${command}`
    const isBelow = at.startsWith(`${path} `) && !at.slice(path.length + 1).includes(" ")
    return isBelow ? [{ word: at.slice(path.length + 1), description: brief(description) }] : []
  })

const of = (words: ReadonlyArray<Word>): Offer => ({ words, profiles: false, files: false })

/** `mls help` takes what it can tell of: topics, commands, and commands of those. */
const helpPlaces = (commands: ReadonlyArray<Command>, topics: ReadonlyArray<string>): ReadonlyArray<Place> =>
  ["", ...commands.map(({ command }) => ` ${command}`)].flatMap((path) => {
    const words = [...(path === "" ? plainWords(topics) : []), ...below(commands, path)]
    return words.length === 0 ? [] : [{ path: ` help${path}`, argument: of(words), options: [] }]
  })

/** Every place that a command line can be at. */
export const placesOf = (commands: ReadonlyArray<Command>, topics: ReadonlyArray<string>): ReadonlyArray<Place> => [
  { path: "", argument: of(below(commands, "")), options: [HELP, VERSION] },
  ...commands.flatMap(({ arguments: args, command, options }) => {
    const path = ` ${command}`
    const offers = args.map(offerOf)
    const argument = {
      words: [...below(commands, path), ...offers.flatMap(({ words }) => words)],
      profiles: offers.some(({ profiles }) => profiles),
      files: offers.some(({ files }) => files)
    }
    return command === "help" ? [] : [{ path, argument, options: [...options, HELP] }]
  }),
  ...helpPlaces(commands, topics)
]

/** The names of an option, the short one first. */
export const namesOf = ({ aliases, name }: Parameter): ReadonlyArray<string> => [...aliases, name]

/** Text between single quotes of a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
