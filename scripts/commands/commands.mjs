/** Every `mls` command line that a page shows, by the parser that the program itself has. Wants `tsc -b` before. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { forEachChild, parse as parseShell } from "unbash"
import { filesBelow, lineAt } from "../boundaries/sources.mjs"
import { fromCli } from "../errors/catalogue.mjs"
import { blocksOf, spansOf } from "./markdown.mjs"

const { isCommand, isGroup } = await fromCli("cli/table/commandTable.js")
const { parse } = await fromCli("cli/table/parse.js")

const SCRIPTS = new Set(["sh", "bash", "shell", "zsh"])
const BEFORE = new Set(["exec", "sudo", "env"])

/** The `mls` commands of a script, wherever they stand in it: `{ words, at }`, `mls` itself and redirections left out. */
const mlsIn = (script) => {
  const found = []
  const visit = (node) => {
    if (node.type === "Command" && node.name !== undefined) {
      const words = [node.name, ...node.suffix].filter(({ type }) => type === "Word").map(({ value }) => value)
      const first = words.findIndex((word) => !BEFORE.has(word) && !/^[A-Za-z_]\w*=/.test(word))
      if (words[first] === "mls") found.push({ words: words.slice(first + 1), at: node.pos })
    }
    forEachChild(node, visit)
  }
  visit(parseShell(script))
  return found
}

/** What a person typed in a transcript: the lines after a `$`, and those that such a line goes on with. */
const typedIn = (transcript) => transcript.replaceAll(/^(?:\$ ((?:.*\\\n)*.*)|.*)$/gm, (_, typed = "") => typed)

/** In prose `a|b` is a choice and no pipe, and `[…]` may be left out: every line that is meant. */
const meant = (code) => {
  const BAR = "\u2502"
  const lines = mlsIn(code.replaceAll(/(?<=\S)\|(?=[^\s|])/g, BAR)).map(({ words }) =>
    words.filter((word) => word !== "[options]" && word !== "…").map((word) => word.replaceAll(/^\[|\]$/g, ""))
  )
  const most = Math.max(1, ...lines.flat().map((word) => word.split(BAR).length))
  return lines.flatMap((words) =>
    Array.from({ length: most }, (_, at) =>
      words.map((word) => {
        const choices = word.split(BAR)
        return choices[at % choices.length]
      })
    )
  )
}

/** The `mls` command lines of a page: `{ words, line, inProse }`. */
export const shownIn = (text) => [
  ...blocksOf(text).flatMap(({ code, language, line }) => {
    const script = SCRIPTS.has(language) ? code : language === "console" ? typedIn(code) : ""
    return mlsIn(script).map(({ at, words }) => ({ words, line: line + lineAt(script, at) - 1, inProse: false }))
  }),
  ...spansOf(text)
    .filter(({ code }) => /^mls( |$)/.test(code))
    .flatMap(({ code, line }) => meant(code).map((words) => ({ words, line, inProse: true })))
]

/** Stands for something: `URL`, `[METHOD]`, `…`, `$HOST`. */
const isPlaceholder = (word) => /^[^a-z]*$|[…$<>]/.test(word)

const BY_ITSELF = new Set(["help", "--help", "-h", "--version", "--completions"])

/** What is wrong with the words after `mls`, if anything. */
export const problemOf = (words, inProse) => {
  const [first, second] = words
  if (first === undefined || isPlaceholder(first) || BY_ITSELF.has(first)) return undefined
  const command = [`${first} ${second}`, first].find(isCommand)
  if (command === undefined) return "there is no such command"
  const rest = words.slice(command.split(" ").length).filter((word) => word !== "--help" && word !== "-h")
  if (isGroup(command)) {
    return rest.length === 0 || isPlaceholder(rest[0]) ? undefined : `there is no such command: ${rest[0]}`
  }
  const parsed = parse(command, rest)
  if (parsed._tag === "Right") return undefined
  const { message } = parsed.left
  // What a placeholder stands for may be right, and prose may name an option or a command alone.
  const isOpen = rest.some(isPlaceholder) && /is none of|wants a whole number/.test(message)
  return isOpen || (inProse && /is missing$|needs a value$|given twice$/.test(message)) ? undefined : message
}

/** What is wrong with the command lines on pages. */
export const check = (pages) => {
  const shown = pages.flatMap(({ file, text }) => shownIn(text).map((each) => ({ file, ...each })))
  const problems = shown.flatMap(({ file, inProse, line, words }) => {
    const problem = problemOf(words, inProse)
    return problem === undefined ? [] : [{ file, line, problem: `mls ${words[0]}: ${problem}` }]
  })
  return { shown: shown.length, problems }
}

const variable = /\bMLS_[A-Z][A-Z_]*\b/g

/** Variables of the environment that pages name and no code reads. */
export const variables = (root, pages) => {
  const code = ["packages", "scripts", "examples", ".ci"].flatMap((folder) =>
    filesBelow(root, folder, [".ts", ".mjs", "run"])
  )
  const read = new Set(code.flatMap((file) => readFileSync(join(root, file), "utf8").match(variable) ?? []))
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(variable)]
      .filter(([name]) => !read.has(name))
      .map((match) => ({ file, line: lineAt(text, match.index), problem: `names ${match[0]}, which nothing reads` }))
  )
}
