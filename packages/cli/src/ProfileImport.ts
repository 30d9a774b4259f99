/**
 * `mls profile import`: profiles of somebody else. A profile chooses where passwords go, so what is trusted from now on is
 * shown, and one that is here already is replaced only where that was asked for.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { constants, createReadStream } from "node:fs"
import * as Fs from "node:fs/promises"
import * as ConfigFile from "./ConfigFile.js"
import { Invocation } from "./Invocation.js"
import * as KnownProfile from "./KnownProfile.js"
import { Output } from "./Output.js"
import * as ProfileReport from "./ProfileReport.js"
import * as Sharing from "./ProfileSharing.js"
import { newSession } from "./Selection.js"
import * as Stdin from "./Stdin.js"
import { usage } from "./Usage.js"

/** What the command line says. */
export interface Given {
  /** A file, or `-` for stdin, which it is unless given. */
  readonly file: Option.Option<string>
  readonly allowHttp: boolean
  readonly force: boolean
}

interface Row {
  readonly profile: ConfigFile.Profile
  /** The one that it replaces. */
  readonly former: ConfigFile.Profile | undefined
  readonly outcome: "new" | "replaced" | "unchanged"
}

/** One byte more than is taken, so that too much is seen. */
const contentsOf = async (path: string): Promise<Uint8Array> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of createReadStream(path, { end: Sharing.LIMIT })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const unreadable = (error: unknown) =>
  new ConfigurationInvalid({
    setting: "profiles",
    problem: `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`,
    fix: "Give the path of a file, or - for stdin."
  })

const textOf = (file: string) =>
  Effect.gen(function* () {
    if (file !== "-") return yield* Effect.tryPromise({ try: () => contentsOf(file), catch: unreadable })
    if (process.stdin.isTTY) yield* (yield* Output).notice("Paste what was exported, then Enter and Ctrl-D.")
    return yield* Stdin.readAll(Sharing.LIMIT)
  }).pipe(Effect.map((bytes) => new TextDecoder().decode(bytes)))

/** A profile as it will be here. What is of this machine stays, unless the server is another one. */
const rowOf = (known: ConfigFile.File, shared: Sharing.Shared) =>
  Effect.gen(function* () {
    const former = known.profiles.find(({ name }) => name === shared.name)
    if (former !== undefined && Sharing.isSame(Sharing.sharedOf(former), shared)) {
      return { profile: former, former, outcome: "unchanged" } satisfies Row
    }
    const profile = { ...shared, session: yield* newSession }
    return { profile, former, outcome: former === undefined ? "new" : "replaced" } satisfies Row
  })

const namesIn = (rows: ReadonlyArray<Row>, outcome: Row["outcome"]) =>
  rows.flatMap((row) => (row.outcome === outcome ? [row.profile.name] : []))

const refused = (names: ReadonlyArray<string>) =>
  usage(
    `There are other profiles of these names: ${names.join(", ")}`,
    "mls profile list",
    "or rename one of them: mls profile rename PROFILE NEW-NAME",
    "or replace them: --force"
  )

const isReadable = (path: string) =>
  Effect.promise(() =>
    Fs.access(path, constants.R_OK)
      .then(() => Fs.stat(path))
      .then(
        (stats) => stats.isFile(),
        () => false
      )
  )

/** What this machine trusts by a profile. */
const trusted = ({ azure, caFile, loginPath, name, url }: ConfigFile.Profile) =>
  Effect.gen(function* () {
    const missing = caFile !== undefined && !(yield* isReadable(caFile))
    const fix = missing ? `; no such file is here: mls profile edit ${name} --cacert FILE` : ""
    return [
      azure === undefined
        ? `Passwords go to ${url}${loginPath ?? ""}`
        : `Sign-ins go to ${azure.authuri ?? ""}, tenant ${azure.tenant}`,
      ...(azure === undefined ? [] : [`Tokens go to ${url}`]),
      ...(url.startsWith("http:") ? ["Nothing on the way there is encrypted"] : []),
      ...(caFile === undefined ? [] : [`Whoever has a certificate of ${caFile} is trusted to be it${fix}`])
    ]
  })

const MARKS = { new: "New profile", replaced: "Replaced profile", unchanged: "Nothing new in profile" } as const

const told = (rows: ReadonlyArray<Row>) =>
  Effect.gen(function* () {
    const { answerJson, marked, notice } = yield* Output
    if ((yield* Invocation).json) {
      return yield* answerJson({
        profiles: rows.map(({ outcome, profile }) => ({ outcome, ...ProfileReport.forPrograms(profile) }))
      })
    }
    for (const { outcome, profile } of rows) {
      yield* marked("✓", `${MARKS[outcome]} ${profile.name}`)
      for (const line of yield* trusted(profile)) yield* notice(`    ${line}.`)
    }
    const [first] = rows
    if (first !== undefined) yield* notice(`If that is what you expect: mls login ${first.profile.name}`)
  })

/** What would be taken; a `UsageError` where something else is in the way. */
const rowsOf = (known: ConfigFile.File, shared: ReadonlyArray<Sharing.Shared>, force: boolean) =>
  Effect.gen(function* () {
    const rows = yield* Effect.forEach(shared, (one) => rowOf(known, one))
    const others = namesIn(rows, "replaced")
    return others.length > 0 && !force ? yield* refused(others) : rows
  })

/** With what is taken; as ever, the first profile that there is is the default. */
const withRows = (known: ConfigFile.File, rows: ReadonlyArray<Row>): ConfigFile.File => {
  const kept = known.profiles.map((one) => rows.find(({ former }) => former === one)?.profile ?? one)
  const profiles = [...kept, ...rows.flatMap(({ former, profile }) => (former === undefined ? [profile] : []))]
  const [first] = profiles
  return { ...known, ...(known.profiles.length > 0 || first === undefined ? {} : { default: first.name }), profiles }
}

/** All of them, or none where one cannot be taken. */
export const run = (given: Given) =>
  Effect.gen(function* () {
    const text = yield* textOf(Option.getOrElse(given.file, () => "-"))
    const found = yield* Sharing.fromText(text)
    const shared = yield* Effect.forEach(found, (one) => Sharing.checked(one, given.allowHttp))
    // Before the settings are locked: a server may be slow to answer.
    for (const { former, outcome } of yield* rowsOf(yield* ConfigFile.load, shared, given.force)) {
      if (former !== undefined && outcome === "replaced") yield* KnownProfile.signOut(former)
    }
    const rows = yield* ConfigFile.modify((known) =>
      Effect.map(rowsOf(known, shared, given.force), (rows) => [rows, withRows(known, rows)] as const)
    )
    yield* told(rows)
  })
