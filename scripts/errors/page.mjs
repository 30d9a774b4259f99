/** The catalogue of errors as a page. */
import { inOneLine } from "../docs/docComments.mjs"
import { code, table } from "../docs/table.mjs"
import * as Catalogue from "./catalogue.mjs"

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
const numbers = (advice, fixOf) => {
  const rows = new Map()
  for (const { code: number, reason, says, setting, ...next } of advice) {
    const fix = fixOf(next)
    const key = JSON.stringify([reason, setting, says, fix])
    const known = rows.get(key) ?? { numbers: [], kind: setting === undefined ? reason : setting, says, fix }
    known.numbers.push(number)
    rows.set(key, known)
  }
  return [...rows.values()].map((each) => [each.numbers.join(", "), code(each.kind), sentence(each.says), each.fix])
}

const intro = `# Errors

<!-- Made by scripts/errors-page.mjs from the code: change the code, then run it. -->

Every failure of the library is one of these tagged errors. Each error has

- a \`message\`: what happened, and at its end what to do next. Print it alone;
- a \`fix\`: what to do next. \`AuthError.headlineOf(error)\` is the message without it;
- \`retryable\`: whether the same call may succeed later without a change of yours;
- where Azure said more, a \`diagnosis\`: its numbers, the correlation id and the time.

No error contains a token, a password, a user name, a request or a response. \`mls\` prints the same with commands to type, and ends with the exit
code. With \`--json\` it writes the tag as \`code\`. Calls of published services have [two more errors](../../packages/services/README.md#errors).

A program can offer the next step by itself: \`AuthError.adviceOf(error)\` has a \`remedy\`. \`SignIn\` means to sign in the same way as before
(\`Session.signIn\`, \`mls login\`). \`SignInInteractively\` means to sign in with a device code or in the browser (\`Credential.deviceCode\`,
\`Credential.authorizationCode\`, \`mls login --method aad-device\`). Some errors have no remedy. \`first\` is what to do before the remedy.
\`AuthError.docsOf(error)\` is the address of the error's section on this page.

Let your program decide by the tag and \`reason\`, never by the words, which change between versions. \`SERVER\` below stands for an address.

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

const exitSection = (meanings) => [
  "## Exit codes of `mls`",
  "",
  ...table(
    ["code", "meaning"],
    meanings.map(({ codes, means }) => [codes.join(", "), means])
  ),
  ""
]

const azureSection = (advice, fixOf) => [
  "## Azure's numbers",
  "",
  "Azure Active Directory numbers its refusals (AADSTS50076). Microsoft changes numbers and texts, so they only choose words here;",
  "what an error **is** follows from `error`, `suberror` and the status. The second column is the `reason` they usually come",
  "with, or the setting that is the likely culprit.",
  "",
  ...table(["numbers", "", "what happened", "what to do"], numbers(advice, fixOf)),
  ""
]

/** The page, whole. */
export const page = async () => {
  const errors = await Catalogue.ofLibrary()
  const { Diagnosis, EntraAdvice } = await import("@mlserver-auth/core")
  const lines = [
    intro,
    ...summary(errors),
    "",
    ...errors.flatMap(section),
    ...ownSection(await Catalogue.ofProgram()),
    ...exitSection(await Catalogue.exitCodes()),
    ...azureSection(EntraAdvice.table, Diagnosis.fixOf)
  ]
  return `${lines.join("\n").trimEnd()}\n`
}
