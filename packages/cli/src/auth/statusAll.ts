/** `mls status --all`: every profile on a line of its own, also where one cannot be read. */
import type { AuthError } from "@mlserver-auth/core/AuthError"
import { CredentialRequired } from "@mlserver-auth/core/AuthError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ConfigFile from "../config/files/file.js"
import { methodOf, type Profile } from "../config/profile.js"
import * as Connection from "./connection.js"
import { words } from "../text/duration.js"
import { answered } from "../cli/answered.js"
import { Output } from "../cli/output.js"
import { table } from "../text/table.js"
import { fromFailure, type Problem, toJson } from "../cli/problem.js"
import * as Selection from "../config/selection.js"
import * as ServerSettings from "../config/settings.js"
import { type Held, held } from "./sessionReport.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import * as StoreChoice from "../config/store.js"
import type * as Outputs from "../outputs/outputs.js"
import type { UsageError } from "../cli/usage.js"

/** A profile, and what is known of its session. */
interface Row {
  readonly profile: Profile
  /** Whether it is what commands use here. */
  readonly selected: boolean
  readonly isDefault: boolean
  readonly found: Either.Either<Held | undefined, Problem>
}

const look = (profile: Profile, sealing: StoreChoice.Sealing) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "option", what: "--all" })
    return yield* held(yield* Connection.open(settings, { storedOnly: true, offline: true, keyLater: true, sealing }))
  }).pipe(
    Effect.scoped,
    Effect.mapError((error: AuthError | UsageError) => fromFailure(error)),
    Effect.either
  )

const jsonOf = ({ found, isDefault, profile, selected }: Row): Outputs.Of<"status-all">["profiles"][number] => {
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
  const method = methodOf(profile)
  if (Either.isLeft(found)) return [...start, "?", method, `cannot be read: ${found.left.message}`, ...end]
  const session = found.right
  if (session === undefined || !session.alive) {
    const state = session === undefined ? "not signed in" : "session over"
    return [...start, session?.user ?? "—", method, `${state} → mls login ${profile.name}`, ...end]
  }
  const { protection } = session.place
  return [...start, session.user ?? "—", session.json.method ?? "token", clocks(session, now), protection, ...end]
}

/** Tells of every profile; fails where none of them can be used. */
export const tell = (given: Selection.Given, ignoreEnv: boolean) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const file = yield* ConfigFile.load
    if (file.profiles.length === 0) return yield* new Selection.ServerUnknown()
    const here = yield* Selection.here(given, file, ConfigFile.file)
    const sealing = yield* StoreChoice.forReadingMany(yield* ConfigFile.stateDirectory)
    const rows: ReadonlyArray<Row> = yield* Effect.forEach(file.profiles, (profile) =>
      Effect.map(look(profile, sealing), (found) => ({
        profile,
        selected: profile === here,
        isDefault: profile.name === file.default,
        found
      }))
    )
    const override = ignoreEnv ? undefined : yield* EnvironmentOverride.find
    const now = yield* Clock.currentTimeMillis
    const environment = override === undefined ? null : { ...override, fingerprint: override.fingerprint ?? null }
    const cells = rows.map((row) => cellsOf(row, now))
    yield* answered("status-all", { profiles: rows.map(jsonOf), environment }, answerText(table(cells, { 3: 80 })))
    yield* EnvironmentOverride.warn(override)
    if (rows.some(({ found }) => Either.isRight(found) && found.right?.alive === true)) return
    return yield* new CredentialRequired({ reason: "NotSignedIn", detail: "any profile" })
  })
