/** Every `mls` command line that a page shows, against what `mls COMMAND --help` says. */
import { blocksOf, spansOf } from "./markdown.mjs"
import { bare, commandsIn, typedIn } from "./shell.mjs"

const SCRIPTS = new Set(["sh", "bash", "shell", "zsh"])

const mlsIn = (code, line, options) =>
  commandsIn(code, options)
    .map(bare)
    .filter(([name]) => name === "mls")
    .map((words) => ({ words: words.slice(1), line }))

/** In blocks each logical line by itself, so that a problem has a line. */
const linesOf = ({ code, line }) =>
  code
    .replaceAll("\\\n", "\u0000")
    .split("\n")
    .map((text, at, all) => ({
      text: text.replaceAll("\u0000", "  "),
      line: line + at + all.slice(0, at).join("").split("\u0000").length - 1
    }))

/** The `mls` command lines of a page: `{ words, line }`, `mls` itself left out. */
export const shownIn = (text) => [
  ...blocksOf(text)
    .filter(({ language }) => SCRIPTS.has(language))
    .flatMap((block) => linesOf(block).flatMap((each) => mlsIn(each.text, each.line))),
  ...blocksOf(text)
    .filter(({ language }) => language === "console")
    .flatMap((block) =>
      linesOf({ ...block, code: typedIn(block.code) }).flatMap((each) => mlsIn(each.text, each.line))
    ),
  ...spansOf(text)
    .filter(({ code }) => /^mls( |$)/.test(code))
    .flatMap(({ code, line }) => mlsIn(code, line, { alternatives: true }))
]

/** Stands for something: `URL`, `[METHOD]`, `…`, `$HOST`. */
const isPlaceholder = (word) => /^[^a-z]*$|[…$<>]/.test(word)

const option = /^ {2}(?:(-\w), )?(--[a-z][a-z-]*)(?: (\S.*?))?(?: {2,}.*)?$/

/** What a command understands, from its help. */
export const grammarOf = (help) => {
  const usage = (/^Usage\n {2}mls (.*)$/m.exec(help)?.[1] ?? "").split(" ").slice(1)
  const places = usage.filter((word) => word !== "[options]")
  const options = new Map()
  for (const line of help.split("\n")) {
    const [found, short, long, value] = option.exec(line) ?? []
    if (found === undefined) continue
    const choices = value?.includes(" | ") === true ? value.split(" | ") : undefined
    for (const name of [short, long])
      if (name !== undefined) options.set(name, { takesValue: value !== undefined, choices })
  }
  for (const name of ["--help", "-h"]) options.set(name, { takesValue: false })
  return { options, least: places.filter((word) => !word.startsWith("[")).length, most: places.length }
}

/** What is wrong with the words after `mls COMMAND`, if anything. */
export const problemOf = (grammar, words) => {
  let places = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    if (word === "--") return undefined
    if (!word.startsWith("-") || word === "-") {
      places += word === "…" ? 0 : 1
      continue
    }
    const [name, given] = word.split(/=(.*)/s)
    const known = grammar.options.get(name)
    if (known === undefined) return `${name} is unknown`
    if (!known.takesValue) {
      if (given !== undefined) return `${name} takes no value`
      continue
    }
    const value = given ?? words[++at]
    // In prose an option may be named without its value.
    if (value === undefined) continue
    if (
      known.choices !== undefined &&
      !isPlaceholder(value) &&
      !value.split("|").every((each) => known.choices.includes(each))
    ) {
      return `${name} is one of ${known.choices.join(", ")}, not ${value}`
    }
  }
  return places > grammar.most ? `${places} arguments, where at most ${grammar.most} may be` : undefined
}

const BY_ITSELF = new Set(["help", "--help", "-h", "--version", "--completions"])

/** What is wrong with the command lines on pages. `helpOf` gives a command's help, or `undefined` where there is no such. */
export const check = async (pages, helpOf) => {
  const shown = pages.flatMap(({ file, text }) => shownIn(text).map((each) => ({ file, ...each })))
  const names = new Set(shown.map(({ words: [name] }) => name))
  const grammars = new Map()
  for (const name of names) {
    if (name === undefined || BY_ITSELF.has(name) || isPlaceholder(name)) continue
    const help = await helpOf(name)
    grammars.set(name, help === undefined ? undefined : grammarOf(help))
  }
  const problems = shown.flatMap(({ file, line, words: [name, ...rest] }) => {
    if (!grammars.has(name)) return []
    const grammar = grammars.get(name)
    const problem = grammar === undefined ? "there is no such command" : problemOf(grammar, rest)
    return problem === undefined ? [] : [{ file, line, problem: `mls ${name}: ${problem}` }]
  })
  return { shown: shown.length, problems }
}
