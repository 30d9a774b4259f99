/** `mls status --all`: every profile on a line of its own, also where one cannot be read. */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ConfigFile from "./ConfigFile.js"
import * as Connection from "./Connection.js"
import { words } from "./Durations.js"
import { Invocation } from "./Invocation.js"
import { Output } from "./Output.js"
import { plainLine } from "./Plain.js"
import { fromFailure, type Problem, toJson } from "./Problem.js"
import * as Selection from "./Selection.js"
import * as ServerSettings from "./ServerSettings.js"
import { type Held, held } from "./SessionReport.js"
import * as Shadowing from "./Shadowing.js"
import * as StoreChoice from "./StoreChoice.js"
import type { UsageError } from "./Usage.js"

/** A profile, and what is known of its session. */
interface Row {
  readonly profile: ConfigFile.Profile
  /** Whether it is what commands use here. */
  readonly selected: boolean
  readonly isDefault: boolean
  readonly found: Either.Either<Held | undefined, Problem>
}

const look = (profile: ConfigFile.Profile, sealing: StoreChoice.Sealing) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "option", what: "--all" })
    return yield* held(yield* Connection.open(settings, { storedOnly: true, offline: true, keyLater: true, sealing }))
  }).pipe(
    Effect.scoped,
    Effect.mapError((error: AuthError | UsageError) => fromFailure(error)),
    Effect.either
  )

/** What commands use here; nothing where that cannot be told, which is said. */
const selectedName = (given: Selection.Given, file: ConfigFile.File) =>
  Effect.gen(function* () {
    return (yield* Selection.select(given, file, ConfigFile.file)).profile?.name
  }).pipe(
    Effect.catchTag("ServerUnknown", () => Effect.succeed(undefined)),
    Effect.catchAll((error) =>
      Effect.gen(function* () {
        yield* (yield* Output).marked("!", fromFailure(error).message)
        return undefined
      })
    )
  )

const jsonOf = ({ found, isDefault, profile, selected }: Row): object => {
  const common = { profile: profile.name, default: isDefault, selected, server: profile.url }
  if (Either.isLeft(found)) return { ...common, signedIn: null, usable: false, ...toJson(found.left) }
  if (found.right === undefined) return { ...common, signedIn: false, usable: false }
  const { chosenBy: _, ...session } = found.right.json
  return { ...session, ...common, usable: found.right.alive }
}

/** The clock that runs out first, and what happens then. */
const clocks = ({ alive, state }: Held, now: number): string => {
  const { chainEndsAt, expiresAt, idleEndsAt } = state
  const limits = [
    ...(idleEndsAt === undefined ? [] : [`idle limit ${ahead(idleEndsAt, now)}`]),
    ...(chainEndsAt === undefined ? [] : [`hard limit ${ahead(chainEndsAt, now)}`])
  ]
  const more = limits.length === 0 ? "" : ` (${limits.join(", ")})`
  if (expiresAt === undefined) return "access without a known end"
  if (expiresAt > now) return `access ${words(expiresAt - now)}${more}`
  return alive ? `access expired, renews on next use${more}` : `session over${more}`
}

const ahead = (instant: number, now: number): string =>
  instant > now ? `in ${words(instant - now)}` : `${words(now - instant)} ago`

const cellsOf = ({ found, isDefault, profile, selected }: Row, now: number): ReadonlyArray<string> => {
  const start = [`${selected ? "●" : "○"} ${profile.name}`]
  const end = isDefault ? ["default"] : []
  const method = profile.method ?? "password"
  if (Either.isLeft(found)) return [...start, "?", method, `cannot be read: ${found.left.message}`, ...end]
  const session = found.right
  if (session === undefined || !session.alive) {
    const state = session === undefined ? "not signed in" : "session over"
    return [...start, session?.user ?? "—", method, `${state} → mls login ${profile.name}`, ...end]
  }
  const { protection } = session.place
  return [...start, session.user ?? "—", session.json.method ?? "token", clocks(session, now), protection, ...end]
}

/** Cells under each other, as far as they are short. */
const table = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const width = (at: number) => Math.max(0, ...rows.map((cells) => plainLine(cells[at] ?? "").length))
  const widths = [width(0), width(1), width(2), Math.min(80, width(3)), width(4)]
  return rows.map((cells) =>
    cells
      .map((cell, at) => plainLine(cell).padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

/** Tells of every profile; fails where none of them can be used. */
export const tell = (given: Selection.Given, ignoreEnv: boolean) =>
  Effect.gen(function* () {
    const { answerText, answerJson, marked } = yield* Output
    const { json } = yield* Invocation
    const file = yield* ConfigFile.load
    if (file.profiles.length === 0) return yield* new Selection.ServerUnknown()
    const used = yield* selectedName(given, file)
    const sealing = yield* StoreChoice.forReadingMany(yield* ConfigFile.stateDirectory)
    const rows: ReadonlyArray<Row> = yield* Effect.forEach(file.profiles, (profile) =>
      Effect.map(look(profile, sealing), (found) => ({
        profile,
        selected: profile.name === used,
        isDefault: profile.name === file.default,
        found
      }))
    )
    const shadow = ignoreEnv ? undefined : yield* Shadowing.shadow
    const now = yield* Clock.currentTimeMillis
    if (json)
      yield* answerJson({
        profiles: rows.map(jsonOf),
        environment: shadow === undefined ? null : Shadowing.forPrograms(shadow)
      })
    else yield* answerText(table(rows.map((row) => cellsOf(row, now))).join("\n"))
    if (shadow !== undefined) yield* marked("!", Shadowing.sentence(shadow))
    if (rows.some(({ found }) => Either.isRight(found) && found.right?.alive === true)) return
    return yield* new CredentialRequired({ reason: "NotSignedIn", detail: "any profile" })
  })
