/**
 * `mls profile import`: profiles of another person. A profile chooses where passwords go, so what is trusted from now on is
 * shown, and one that is here already is never replaced.
 */
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import { answered } from "../../cli/answered.js"
import { Output } from "../../cli/output.js"
import * as Stdin from "../../cli/stdin.js"
import type { Given } from "../../cli/table/commandTable.js"
import { usage } from "../../cli/usage.js"
import * as ConfigFile from "../../config/files/file.js"
import * as Profile from "../../config/profile.js"
import * as Selection from "../../config/selection.js"
import * as Sharing from "../../config/sharing.js"
import * as ReaderShell from "../../text/shellQuote.js"

interface Row {
  readonly profile: Profile.Profile
  readonly outcome: "new" | "unchanged"
}

const textOf = (file: string) =>
  Effect.map(
    Stdin.fileOrStdin(file, {
      limit: Sharing.LIMIT,
      setting: "profiles",
      hint: `Paste what was exported, then Enter and ${ReaderShell.endOfInput()}.`
    }),
    (bytes) => TextFile.decode(bytes)
  )

/** What would be taken; a `UsageError` where another profile has the name of one. */
const rowsOf = (known: ConfigFile.File, shared: ReadonlyArray<Sharing.Shared>) =>
  Effect.gen(function* () {
    const rows: Array<Row> = []
    const others: Array<string> = []
    for (const one of shared) {
      const former = known.profiles.find(({ name }) => name === one.name)
      if (former === undefined) {
        rows.push({ profile: { ...one, session: yield* Selection.newSession }, outcome: "new" })
      } else if (Sharing.isSame(Sharing.sharedOf(former), one)) rows.push({ profile: former, outcome: "unchanged" })
      else others.push(one.name)
    }
    if (others.length === 0) return rows
    return yield* usage(
      `There are other profiles of these names: ${others.join(", ")}`,
      "mls profile list",
      "or rename one of them: mls profile rename PROFILE NEW-NAME",
      "or remove it: mls profile remove PROFILE"
    )
  })

/** With what is taken; as ever, the first profile that there is is the default. */
const withRows = (known: ConfigFile.File, rows: ReadonlyArray<Row>): ConfigFile.File => {
  const taken = rows.flatMap(({ outcome, profile }) => (outcome === "new" ? [profile] : []))
  const [first] = taken
  const isFirst = known.profiles.length === 0 && first !== undefined
  return { ...known, ...(isFirst ? { default: first.name } : {}), profiles: [...known.profiles, ...taken] }
}

const isFile = (path: string): boolean => Fs.existsSync(path) && Fs.statSync(path).isFile()

/** What this machine trusts by a profile. */
const trusted = ({ azure, caFile, loginPath, name, url }: Profile.Profile): ReadonlyArray<string> => [
  ...(azure === undefined
    ? [`Passwords go to ${url}${loginPath ?? ""}`]
    : [`Sign-ins go to ${azure.authuri ?? ""}, tenant ${azure.tenant}`, `Tokens go to ${url}`]),
  ...(url.startsWith("http:") ? ["The connection is not encrypted"] : []),
  ...(caFile === undefined ? [] : [`A server with a certificate of ${caFile} is trusted to be it`]),
  ...(caFile === undefined || isFile(caFile)
    ? []
    : [`That file is missing here: mls profile edit ${name} --cacert FILE`])
]

const MARKS = { new: "New profile", unchanged: "Nothing new in profile" } as const

const report = (rows: ReadonlyArray<Row>) =>
  Effect.gen(function* () {
    const { marked, notice } = yield* Output
    for (const { outcome, profile } of rows) {
      yield* marked("✓", `${MARKS[outcome]} ${profile.name}`)
      for (const line of trusted(profile)) yield* notice(`    ${line}.`)
    }
    const [first] = rows
    if (first !== undefined) yield* notice(`If that is what you expect: mls login ${first.profile.name}`)
  })

/** All of them, or none where one cannot be taken. */
export const run = (given: Given<"profile import">) =>
  Effect.gen(function* () {
    const found = yield* Sharing.fromText(yield* textOf(given.file ?? "-"))
    const shared = yield* Effect.forEach(found, (one) => Sharing.checked(one, given.allowHttp))
    const rows = yield* ConfigFile.modify((known) =>
      Effect.map(rowsOf(known, shared), (rows) => [rows, withRows(known, rows)] as const)
    )
    const json = { profiles: rows.map(({ outcome, profile }) => ({ outcome, ...Profile.toJson(profile) })) }
    yield* answered("profile-import", json, report(rows))
  })
