/** The catalogue of errors as a page, and as what `mls help errors` says. */
import { firstSentence, inOneLine } from "../docs/docComments.mjs"
import * as Catalogue from "./catalogue.mjs"

const cell = (text) => inOneLine(text).replaceAll("|", "\\|")
const row = (...cells) => `| ${cells.map(cell).join(" | ")} |`
const table = (head, rows) => [row(...head), `|${"---|".repeat(head.length)}`, ...rows.map((cells) => row(...cells))]

const code = (text) => (text === "" ? "" : `\`${text}\``)
/** Lines that are commands, as such. */
const advised = (lines) =>
  lines
    .map((line) => (/^mls( |$)/.test(line) ? code(line) : line))
    .reduce((text, line) => `${text}${/[.?]$/.test(text) ? "" : ";"} ${line}`)
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`)
const all = (values) => [...new Set(values)]

const retried = (values) => {
  const [first, ...others] = all(values)
  return others.length > 0 ? "depends" : first ? "yes" : "no"
}

const anchor = (tag) => `#${tag.toLowerCase()}`

/** What many cases begin with, up to a colon: said once, above the table. */
const opening = (says) => {
  const counts = new Map()
  for (const text of says) {
    const begin = /^.*?: /.exec(text)?.[0]
    if (begin !== undefined) counts.set(begin, (counts.get(begin) ?? 0) + 1)
  }
  const [begin, count] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? ["", 0]
  return count > 3 ? begin : ""
}

const CASE_HEADS = { StoreUnavailable: "`operation`", InvalidResponse: "answer of", ConfigurationInvalid: "`setting`" }

/** Without what the table says already: the setting, or what was being done. */
const bare = ({ says, when }) => says.replace(/^renewal: /, "").replace(new RegExp(`^${when}: `), "")

const told = (each, begin) => {
  const text = bare(each)
  return begin !== "" && text.startsWith(begin) ? `… ${sentence(text.slice(begin.length))}` : sentence(text)
}

/** What `mls` says in the place of `fix`, or beside it. */
const instead = ({ advice, fix }) => {
  const [first, ...more] = advice
  if (first !== fix) return advised(advice)
  return more.length === 0 ? "" : `and ${advised(more)}`
}

const section = ({ cases, doc, tag }) => {
  const exits = all(cases.map(({ exit }) => exit))
  const retries = retried(cases.map(({ retryable }) => retryable))
  const begin = opening(cases.map(bare))
  const differs = [
    [exits.length > 1, "exit", ({ exit }) => String(exit)],
    [retries === "depends", "`retryable`", ({ retryable }) => (retryable ? "yes" : "no")],
    [cases.some((each) => instead(each) !== ""), "`mls` says", instead]
  ].filter(([shown]) => shown)
  const head = [CASE_HEADS[tag] ?? "`reason`", "what happened", "`fix`", ...differs.map(([, name]) => name)]
  const rows = cases.map((each) => [
    each.when.includes(" ") ? each.when : code(each.when),
    told(each, begin),
    each.fix,
    ...differs.map(([, , value]) => value(each))
  ])
  const facts = [
    ...(retries === "depends" ? [] : [`\`retryable\`: ${retries}.`]),
    ...(exits.length > 1 ? [] : [`Exit code ${exits[0]}.`]),
    ...(begin === "" ? [] : [`Most messages begin with “${begin.trim()}”.`])
  ]
  const texts = [...doc.split(/\n\s*\n/).map(inOneLine), facts.join(" ")].filter((text) => text !== "")
  return [`## ${tag}`, "", ...texts.flatMap((text) => [text, ""]), ...table(head, rows), ""]
}

/** Numbers with the same words are one row. */
const numbers = (advice) => {
  const rows = new Map()
  for (const { code: number, fix, reason, says, setting } of advice) {
    const key = JSON.stringify([reason, setting, says, fix])
    const known = rows.get(key) ?? { numbers: [], kind: setting === undefined ? reason : setting, says, fix }
    known.numbers.push(number)
    rows.set(key, known)
  }
  return [...rows.values()].map((each) => [each.numbers.join(", "), code(each.kind), sentence(each.says), each.fix])
}

const intro = `# Errors

<!-- Made by scripts/errors-page.mjs from the code: change the code, then run it. -->

Every failure of the library is one of these tagged errors. Each has a \`message\`, a \`fix\` (what to do next, in words that
hold in whatever program) and \`retryable\` (whether the same call may succeed later without anybody doing anything); none holds
a token, a password, a user name, a request or a response. A \`message\` is whole and ends with its \`fix\`: print it alone, or
\`AuthError.headlineOf(error)\` above the \`fix\`. \`mls\` prints the same with commands to type, ends with the exit
code, and with \`--json\` writes the tag as \`code\`. Where an authority said more, its numbers, the correlation id and the time
are in \`diagnosis\`.

A program that wants to offer the next step and not only to print it asks \`AuthError.remedyOf(error)\`: \`SignIn\` the same way as
before (\`Session.signIn\`, \`mls login\`), \`SignInInteractively\` with a device code or in the browser
(\`Credential.deviceCode\`, \`Credential.authorizationCode\`, \`mls login --method aad-device\`), or none.
\`AuthError.docsOf(error)\` is the error's section here.

Decide by tag and \`reason\`, never by the words: those get better from version to version. \`SERVER\` below stands for an address.

\`\`\`ts
import { AuthHttpClient } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"

export const services = Effect.flatMap(AuthHttpClient.AuthHttpClient, (http) => http.get("/services")).pipe(
  Effect.catchTags({
    SessionExpired: (error) => Effect.fail(\`please sign in again: \${error.fix}\`),
    ServerUnavailable: (error) => Effect.fail(\`try later: \${error.message}\`)
  })
)
\`\`\`
`

const summary = (errors) =>
  table(
    ["error", "`retryable`", "exit of `mls`"],
    errors.map(({ cases, tag }) => [
      `[${tag}](${anchor(tag)})`,
      retried(cases.map(({ retryable }) => retryable)),
      all(cases.map(({ exit }) => exit))
        .toSorted((a, b) => a - b)
        .join(", ")
    ])
  )

const ownSection = (problems) => [
  "## Of `mls` alone",
  "",
  "What a command line can meet and a library cannot.",
  "",
  ...table(
    ["`code`", "for example", "what to do", "exit"],
    problems.map(({ code: tag, exit, fix, message }) => [
      `<a id="${tag.toLowerCase()}"></a>${code(tag)}`,
      sentence(message),
      advised(fix),
      String(exit)
    ])
  ),
  ""
]

const exitSection = (codes) => [
  "## Exit codes of `mls`",
  "",
  ...table(
    ["code", "meaning"],
    codes.map(({ code: number, means }) => [String(number), means])
  ),
  ""
]

const azureSection = (advice) => [
  "## Azure's numbers",
  "",
  "Azure Active Directory numbers its refusals (AADSTS50076). Microsoft changes numbers and texts, so they only choose words here;",
  "what an error **is** follows from `error`, `suberror` and the status. The second column is the `reason` they usually come",
  "with, or the setting that is the likely culprit.",
  "",
  ...table(["numbers", "", "what happened", "what to do"], numbers(advice)),
  ""
]

/** The page, whole. */
export const page = async () => {
  const errors = await Catalogue.ofLibrary()
  const { EntraAdvice } = await import("@mlserver-auth/core")
  const lines = [
    intro,
    ...summary(errors),
    "",
    ...errors.flatMap(section),
    ...ownSection(await Catalogue.ofProgram()),
    ...exitSection(await Catalogue.exitCodes()),
    ...azureSection(EntraAdvice.table)
  ]
  return `${lines.join("\n").trimEnd()}\n`
}

/** Text in lines of a width, each after so many spaces. */
const wrapped = (text, indent, width = 100) =>
  text
    .split(" ")
    .reduce((lines, word) => {
      const last = lines.at(-1) ?? ""
      if (last !== "" && last.length + 1 + word.length > width - indent) return [...lines, word]
      return [...lines.slice(0, -1), last === "" ? word : `${last} ${word}`]
    }, [])
    .map((line) => " ".repeat(indent) + line)

const COLUMN = 24
const entry = (name, text) => {
  const [first = "", ...more] = text === "" ? [] : wrapped(text, COLUMN)
  if (name.length + 3 > COLUMN) return [...wrapped(name, 2), ...(first === "" ? [] : [first]), ...more]
  return [`  ${name}`.padEnd(COLUMN) + first.trimStart(), ...more]
}

const spoken = (lines) => (lines.length === 0 ? "" : advised(lines).replaceAll("`", "'"))

/** Reasons with what to do about them; those with the same advice are one, and what all end with is said once. */
const reasonsOf = (cases) => {
  const last = all(cases.map(({ advice }) => advice.at(-1)))
  const common = last.length === 1 && cases.length > 1 ? last : []
  const names = new Map()
  for (const { advice, when } of cases) {
    const text = spoken(advice.slice(0, advice.length - common.length))
    names.set(text, all([...(names.get(text) ?? []), when]))
  }
  return { common, rows: [...names].flatMap(([text, reasons]) => entry(reasons.join(", "), text)) }
}

const topicOf = ({ cases, doc, tag }) => {
  const exits = all(cases.map(({ exit }) => exit)).toSorted((a, b) => a - b)
  const head = `${tag} (exit ${exits.join(", ")}${cases.some(({ retryable }) => retryable) ? "; may succeed later" : ""})`
  const about = wrapped(firstSentence(doc).replaceAll("`", "'"), 2)
  // What these two say depends on the setting, or on the store.
  if (tag === "ConfigurationInvalid" || tag === "StoreUnavailable") return ["", head, ...about]
  const { common, rows } = reasonsOf(cases)
  return ["", head, ...about, ...(common.length === 0 ? [] : wrapped(`Each time: ${spoken(common)}`, 2)), ...rows]
}

/** What `mls help errors` says. */
export const topic = async () => {
  const [errors, own] = await Promise.all([Catalogue.ofLibrary(), Catalogue.ofProgram()])
  return [
    "Errors by the `code` that --json shows, what to do about each reason, and the exit code.".replaceAll("`", "'"),
    ...errors.flatMap(topicOf),
    "",
    "Of mls alone",
    ...own.flatMap(({ code: tag, exit, fix }) => entry(tag, `(exit ${exit}) ${spoken(fix)}`))
  ].join("\n")
}

/** The same as a module of the program, which cannot make it: it is one file, without the sources. */
export const topicModule = async () => {
  const text = await topic()
  if (/`|\$\{/.test(text)) throw new Error("what `mls help errors` says cannot stand in a template as it is")
  return [
    "/** What `mls help errors` says. Made by scripts/errors-page.mjs from the code: change the code, then run it. */",
    `export const errorsText = String.raw\`${text}\``,
    ""
  ].join("\n")
}
