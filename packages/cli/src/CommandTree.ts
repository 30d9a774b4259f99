/**
 * What the parser knows of every command, as data: for completions, and for programs. The parser's public account of a
 * command is its help document; types, defaults and repetition are sentences of its own there.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import type { HelpDoc } from "@effect/cli/HelpDoc"
import * as Context from "effect/Context"
import * as HashMap from "effect/HashMap"
import * as CommandDefaults from "./CommandDefaults.js"
import { docText, spanText } from "./HelpDocText.js"

/** A command as it was declared. */
export interface Declared {
  /** Its words: `profile list`. */
  readonly command: string
  /** How it is typed: `profile list [options]`. */
  readonly usage: string
  readonly descriptor: CommandDescriptor.Command<unknown>
}

/** Every command of the program, for the commands that tell of commands. */
export class Commands extends Context.Tag("@mlserver-auth/cli/Commands")<Commands, ReadonlyArray<Declared>>() {}

type Descriptors = HashMap.HashMap<string, CommandDescriptor.Command<unknown>>

/** Commands, and those that some of them have, in the order of their usage lines. */
export const declared = (
  commands: Descriptors,
  inside: ReadonlyMap<string, Descriptors>,
  usages: Readonly<Record<string, string>>
): ReadonlyArray<Declared> => {
  const entries = (found: Descriptors, above: string) =>
    HashMap.toEntries(found).map(([name, descriptor]) => {
      const command = `${above}${name}`
      return { command, usage: usages[command] ?? command, descriptor }
    })
  const order = Object.keys(usages)
  return [...entries(commands, ""), ...Array.from(inside, ([name, found]) => entries(found, `${name} `)).flat()].sort(
    (a, b) => order.indexOf(a.command) - order.indexOf(b.command)
  )
}

/** What a value is. */
export type Type = "boolean" | "choice" | "file" | "integer" | "text"

/** An argument, or an option. */
export interface Parameter {
  /** `--profile`; of an argument what stands for it: `NAME`. */
  readonly name: string
  /** Other names of an option: `-p`. */
  readonly aliases: ReadonlyArray<string>
  readonly type: Type
  /** What stands for the value of an option: `duration`. */
  readonly value: string | null
  /** What may be given, where that is a choice. */
  readonly choices: ReadonlyArray<string>
  readonly required: boolean
  readonly repeated: boolean
  readonly default: CommandDefaults.Default | null
  /** Variables that stand in for it. */
  readonly environment: ReadonlyArray<string>
  readonly description: string
}

/** A command. */
export interface Command {
  readonly command: string
  readonly usage: string
  readonly description: string
  readonly arguments: ReadonlyArray<Parameter>
  readonly options: ReadonlyArray<Parameter>
}

interface Section {
  readonly title: string
  readonly texts: Array<string>
  readonly definitions: Array<readonly [term: string, sentences: ReadonlyArray<string>]>
}

const sentencesOf = (doc: HelpDoc): ReadonlyArray<string> =>
  doc._tag === "Sequence"
    ? [...sentencesOf(doc.left), ...sentencesOf(doc.right)]
    : [docText(doc).trim()].filter((text) => text !== "")

const collect = (doc: HelpDoc, sections: Array<Section>): void => {
  const section = sections.at(-1)
  if (doc._tag === "Sequence") {
    collect(doc.left, sections)
    collect(doc.right, sections)
  } else if (doc._tag === "Header") sections.push({ title: docText(doc), texts: [], definitions: [] })
  else if (doc._tag === "Paragraph") section?.texts.push(docText(doc))
  else if (doc._tag === "DescriptionList") {
    for (const [term, text] of doc.definitions) section?.definitions.push([spanText(term), sentencesOf(text)])
  }
}

const CHOICES = /^One of the following: (.*)$/
const OPTIONAL = /^This (?:setting|option|argument) is optional\./
const REPEATED = /^This (?:option|argument) (?:may|must) be repeated/

/** The parser's sentence on a value, which comes first. */
const typeOf = (sentence: string, value: string): Type => {
  if (CHOICES.test(sentence)) return "choice"
  if (sentence.startsWith("A true or false")) return "boolean"
  if (sentence.startsWith("An integer")) return "integer"
  return value === "file" ? "file" : "text"
}

/** `-p, --profile name`, `--method a | b`, `<NAME>`: without what the parser says of repetition. */
const TERM = /^\(?(?:<(?<place>.+)>|(?:(?<short>-\w), )?(?<name>--[\w-]+)(?: (?<value>.+?))?)\)?(?:\.{3}| \d+ - \d+)?$/

/** `Also: MLS_NO_INPUT, CI.` at the end of a description. */
const variablesOf = (description: string): ReadonlyArray<string> =>
  /\bAlso: (.*)\.$/.exec(description)?.[1]?.match(/\b[A-Z][A-Z_]+\b/g) ?? []

type Defaults = ReturnType<typeof CommandDefaults.of>

const parameterOf =
  (defaults: Defaults) =>
  ([term, sentences]: Section["definitions"][number]): Parameter => {
    const { name, place, short, value } = TERM.exec(term)?.groups ?? {}
    const [first = "", ...more] = sentences
    const type = typeOf(first, (value ?? place ?? "").toLowerCase())
    const optional = more.find((sentence) => OPTIONAL.test(sentence))
    const repeated = more.find((sentence) => REPEATED.test(sentence))
    const description = more.filter((sentence) => sentence !== optional && sentence !== repeated).join(" ")
    return {
      name: name ?? place ?? term,
      aliases: short === undefined ? [] : [short],
      type,
      value: type === "choice" ? null : (value ?? null),
      choices: CHOICES.exec(first)?.[1]?.split(", ") ?? [],
      required: optional === undefined && type !== "boolean" && repeated?.includes("zero or more") !== true,
      repeated: repeated !== undefined,
      default: (name === undefined ? undefined : defaults.get(name)) ?? null,
      environment: variablesOf(description),
      description
    }
  }

/** Without the parser's own options: this program has its own ways to those. */
const config = CliConfig.make({ showBuiltIns: false })

/** What is known of a command. */
export const of = ({ command, descriptor, usage }: Declared): Command => {
  const sections: Array<Section> = []
  collect(CommandDescriptor.getHelp(descriptor, config), sections)
  const parameter = parameterOf(CommandDefaults.of(descriptor))
  const within = (title: string) => sections.find((section) => section.title === title)
  return {
    command,
    usage: `mls ${usage}`,
    description: within("DESCRIPTION")?.texts.join(" ") ?? "",
    arguments: within("ARGUMENTS")?.definitions.map(parameter) ?? [],
    options: within("OPTIONS")?.definitions.map(parameter) ?? []
  }
}
