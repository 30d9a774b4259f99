/**
 * Recipes in the documentation that can be run: blocks of `sh` after a comment that says with what.
 *
 * `<!-- run -->`, `<!-- run, signed in -->`, `<!-- run with PASSWORD -->`: what a named variable holds is ada's password.
 */
import { lineAt } from "../boundaries/sources.mjs"

const marked = /^<!-- run(?<how>[^>]*?) -->\n+```sh\n(?<code>[\s\S]*?)^```$/gm

/** Addresses and users that stand for one's own. */
const PLACEHOLDERS = [
  [/https:\/\/mlserver\.(?:contoso|example)\.com(?::12800)?/g, ({ url }) => url],
  [/\bsvc(?:-\w+)?\b/g, ({ username }) => username]
]

/** The recipes of a page: `{ line, code, signedIn, secret }`. */
export const recipesIn = (text) =>
  [...text.matchAll(marked)].map((match) => {
    const { code, how } = match.groups
    const [, secret] = / with (\w+)/.exec(how) ?? []
    return { line: lineAt(text, match.index), code, signedIn: how.includes("signed in"), secret }
  })

/** A recipe for this server and this user. */
export const adapted = (code, server) =>
  PLACEHOLDERS.reduce((text, [pattern, value]) => text.replaceAll(pattern, value(server)), code)
