/** What a page of Markdown shows as code. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { filesBelow, lineAt } from "../boundaries/sources.mjs"

const block = /^( *)(```+|~~~+)(\w*)[^\n]*\n([\s\S]*?)^\1\2 *$/gm

/** The blocks of code: `{ language, code, line }`, where `line` is that of the code's first line. */
export const blocksOf = (text) =>
  [...text.matchAll(block)].map((match) => ({
    language: match[3],
    code: match[4],
    line: lineAt(text, match.index) + 1
  }))

/** The code spans outside of blocks; in tables a `|` has a backslash before it. */
export const spansOf = (text) => {
  const prose = text.replaceAll(block, (found) => found.replaceAll(/[^\n]/g, " "))
  return [...prose.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((match) => ({
    code: match[1].replaceAll("\\|", "|"),
    line: lineAt(text, match.index)
  }))
}

/** The pages of the house: `{ file, text }`. */
export const pages = (root) =>
  [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((name) => existsSync(join(root, name))),
    ...filesBelow(root, "docs", [".md"]),
    ...filesBelow(root, "packages", [".md"]),
    ...filesBelow(root, "examples", [".md"])
  ]
    // What was released is told as it was.
    .filter((file) => !file.endsWith("/CHANGELOG.md"))
    .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
