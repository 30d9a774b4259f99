/**
 * Recipes in the documentation: blocks of `sh`, each after a comment that says with what it is run, or why it is not.
 *
 * `<!-- run -->`, `<!-- run, signed in -->`, `<!-- run with PASSWORD -->`: what a named variable holds is ada's password.
 * `<!-- run, in the clone -->`: where the package.json of the whole is. `<!-- not run: REASON -->`.
 */
import { lineAt } from "../boundaries/sources.mjs"

const marked = /^<!-- run(?<how>[^>]*?) -->\n+```sh\n(?<code>[\s\S]*?)^```$/gm

const block = /^(?<before>(?: *<!-- (?:run|not run: \S)[^>]*-->\n+)?)(?<indent> *)```sh$/gm

/** The lines of a page with a recipe that is neither run nor said why not. */
export const unmarkedIn = (text) =>
  [...text.matchAll(block)].filter(({ groups }) => groups.before === "").map(({ index }) => lineAt(text, index))

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
    return {
      line: lineAt(text, match.index),
      code,
      signedIn: how.includes("signed in"),
      inClone: how.includes("in the clone"),
      secret
    }
  })

/** A recipe for this server and this user. */
export const adapted = (code, server) =>
  PLACEHOLDERS.reduce((text, [pattern, value]) => text.replaceAll(pattern, value(server)), code)
