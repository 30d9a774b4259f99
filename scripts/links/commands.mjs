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

/** The commands that a command has, from its help; none where it is one to run. */
const commandsOf = (help) => {
  const [, list = ""] = help.split("\nCommands\n")
  return new Set([...list.matchAll(/^ {2}mls \S+ (\S+)/gm)].map(([, name]) => name))
}

/** What a command understands, from its help. `path` is the command, as words. */
export const grammarOf = (help, path) => {
  const usage = (/^Usage\n {2}mls (.*)$/m.exec(help)?.[1] ?? "").split(" ").slice(path.length)
  const places = usage.filter((word) => !/^\[(options\]|-)/.test(word))
  const options = new Map()
  for (const line of help.split("\n")) {
    const [found, short, long, value] = option.exec(line) ?? []
    if (found === undefined) continue
    const choices = value?.includes(" | ") === true ? value.split(" | ") : undefined
    for (const name of [short, long])
      if (name !== undefined) options.set(name, { takesValue: value !== undefined, choices })
  }
  for (const name of ["--help", "-h"]) options.set(name, { takesValue: false })
  return { options, most: places.length }
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

/** The command that words begin with: its path and its help; a problem where there is none; nothing where it is open which. */
const commandOf = async (words, helpOf) => {
  const path = []
  for (;;) {
    const word = words[path.length]
    if (word === undefined || isPlaceholder(word) || word.startsWith("-")) return {}
    path.push(word)
    const help = await helpOf(path)
    if (help === undefined) return { problem: "there is no such command" }
    const inside = commandsOf(help)
    if (inside.size === 0) return { path, help }
    const next = words[path.length]
    // In prose a choice: `mls profile list|show`.
    if (next?.includes("|") === true) return {}
    if (next !== undefined && !isPlaceholder(next) && !next.startsWith("-") && !inside.has(next)) {
      return { problem: `there is no such command: ${next}` }
    }
  }
}

/** What is wrong with the command lines on pages. `helpOf` gives a command's help, or `undefined` where there is no such. */
export const check = async (pages, helpOf) => {
  const known = new Map()
  const remembered = async (path) => {
    const key = path.join(" ")
    if (!known.has(key)) known.set(key, await helpOf(path))
    return known.get(key)
  }
  const shown = pages.flatMap(({ file, text }) => shownIn(text).map((each) => ({ file, ...each })))
  const problems = []
  for (const { file, line, words } of shown) {
    if (BY_ITSELF.has(words[0])) continue
    const { help, path, problem } = await commandOf(words, remembered)
    const found = help === undefined ? problem : problemOf(grammarOf(help, path), words.slice(path.length))
    if (found !== undefined)
      problems.push({ file, line, problem: `mls ${(path ?? words.slice(0, 1)).join(" ")}: ${found}` })
  }
  return { shown: shown.length, problems }
}
