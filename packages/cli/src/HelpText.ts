/** What `mls --help` and `mls COMMAND --help` say. */
import type { HelpDoc } from "@effect/cli/HelpDoc"
import { docText, spanText } from "./HelpDocText.js"

/** What `mls --help` says. */
export const helpText = `mls: log in to Microsoft Machine Learning Server and call it

Usage
  mls login [PROFILE|URL]   sign in, and remember the server as a profile
  mls logout                sign out here and at the server
  mls status                who is signed in, where, and until when (also: whoami)
  mls token                 print an access token that is good now
  mls refresh               renew the session now
  mls api [METHOD] PATH     call the server; the token is renewed when it must be
  mls services COMMAND      the published services: list, get, delete, consume
  mls profile COMMAND       several servers, or several users of one: list, add, use, edit, export, …
  mls config show --origin  every setting that holds here, and where it comes from
  mls doctor [PROFILE]      what stands in the way: settings, store, network, server, session, with what to do
  mls dev-server            a Machine Learning Server on this machine, to try things out
  mls completions SHELL     completions for bash, zsh or fish: eval "$(mls completions bash)"

Try it
  mls dev-server            prints the two lines to paste next
  mls dev-server --azure    the same with a stand-in for Azure Active Directory

In the cloud
  mls login URL --tenant ID --clientid ID --resource ID       shows a code to enter on another device
  mls login URL --context context.json                        the same settings as the Python client has them
  mls login URL … --method aad-password --user NAME           a password; impossible with multi-factor sign-in

Every command knows --help, --json (answers and errors as JSON) and -v (say what happens, without secrets).

More
  mls help TOPIC            environment, exit-codes, storage, errors, scripting, proxies
  mls help COMMAND          the same as mls COMMAND --help
  mls help --json           every command, exit code and variable, for programs`

/** Sentences of the parser that are true of nearly every option. */
const OBVIOUS =
  /^(A user-defined piece of text|A true or false value|A file|An integer|One of the following: .*|This (setting|option|argument) (is optional|may be repeated|must be repeated).*)\.?$/

const paragraphs = (doc: HelpDoc): ReadonlyArray<string> =>
  doc._tag === "Sequence"
    ? [...paragraphs(doc.left), ...paragraphs(doc.right)]
    : [docText(doc).trim()].filter((text) => text !== "" && !OBVIOUS.test(text))

const COLUMN = 30

const definition = (term: string, lines: ReadonlyArray<string>): string => {
  const name = term.replace(/^\((.*)\)/, "$1").replace(/ \d+ - \d+$/, "")
  const text = lines.join(" ")
  return name.length < COLUMN - 3 ? `  ${name.padEnd(COLUMN - 2)}${text}` : `  ${name}\n${" ".repeat(COLUMN)}${text}`
}

const block = (doc: HelpDoc): ReadonlyArray<string> => {
  switch (doc._tag) {
    case "Sequence":
      return [...block(doc.left), ...block(doc.right)]
    case "DescriptionList":
      return doc.definitions.map(([term, text]) => definition(spanText(term), paragraphs(text)))
    case "Header": {
      const title = docText(doc)
      return ["", title.charAt(0) + title.slice(1).toLowerCase()]
    }
    case "Paragraph":
      return [`  ${docText(doc)}`]
    default:
      return []
  }
}

/** The parser's description of a command, one line for each option; `inside`: the commands that it has. */
export const commandHelp = (usage: string, doc: HelpDoc, inside: ReadonlyArray<string> = []): string => {
  const commands = inside.length === 0 ? [] : ["", "Commands", ...inside.map((line) => `  mls ${line}`)]
  return [`Usage`, `  mls ${usage}`, ...block(doc), ...commands].join("\n")
}
