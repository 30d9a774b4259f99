/** What a page of Markdown consists of, as far as the checks need it: headings, links, code blocks and code spans. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { filesBelow, lineAt } from "../boundaries/sources.mjs"

const block = /^( *)(```+|~~~+)(\w*)[^\n]*\n([\s\S]*?)^\1\2 *$/gm

/** Text with something of it made blank, so that lines stay where they are. */
const without = (text, pattern) => text.replaceAll(pattern, (found) => found.replaceAll(/[^\n]/g, " "))

/** The blocks of code: `{ language, code, line }`, where `line` is that of the code's first line. */
export const blocksOf = (text) =>
  [...text.matchAll(block)].map((match) => ({
    language: match[3],
    code: match[4],
    line: lineAt(text, match.index) + 1
  }))

/** The code spans outside of blocks; in tables a `|` has a backslash before it. */
export const spansOf = (text) =>
  [...without(text, block).matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((match) => ({
    code: match[1].replaceAll("\\|", "|"),
    line: lineAt(text, match.index)
  }))

/** The links: `[words](target)`, `[words]: target` and, in HTML, `href` and `src`. */
export const linksOf = (text) => {
  const prose = without(without(text, block), /(?<!`)`[^`\n]+`(?!`)/g)
  return [/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g, /^\[[^\]]+\]:\s*(\S+)/gm, /\b(?:href|src)="([^"]+)"/g].flatMap(
    (pattern) => [...prose.matchAll(pattern)].map((match) => ({ target: match[1], line: lineAt(text, match.index) }))
  )
}

const plain = (heading) => heading.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*]|<[^>]+>/g, "")

/** The names that a link's `#` can have: of headings, as GitHub makes them, and of anchors in HTML. */
export const anchorsOf = (text) => {
  const seen = new Map()
  const headings = [...without(text, block).matchAll(/^#{1,6} +(.+?) *#* *$/gm)].map(([, heading]) => {
    const slug = plain(heading)
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-")
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
  return new Set([...headings, ...[...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id)])
}

/** The pages of the house: `{ file, text }`. */
export const pages = (root) =>
  [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].filter((name) => existsSync(join(root, name))),
    ...filesBelow(root, "docs", [".md"]),
    ...filesBelow(root, "packages", [".md"]),
    ...filesBelow(root, "examples", [".md"])
  ].map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
