/** The end of a session, and what is said of it: by `mls logout`, for one profile or for all. */
import { Invocation } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import { type Failure, fromFailure, toJson } from "../cli/problem.js"
import * as ConfigFile from "../config/files/file.js"
import type * as Profile from "../config/profile.js"
import * as ServerSettings from "../config/settings.js"
import * as StoreChoice from "../config/store.js"
import * as TokenLocation from "../config/tokenLocation.js"
import * as Connection from "./connection.js"
import type { SignOut } from "@mlserver-auth/core/SessionState"
import type * as Outputs from "../outputs/outputs.js"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fs from "node:fs/promises"

/** What a sign-out came to at the issuer, as programs read it. */
export const Revocation = {
  Revoked: "revoked",
  NothingToRevoke: "nothing-to-revoke",
  Unreachable: "unreachable",
  NotSupported: "not-supported"
} as const satisfies Readonly<Record<SignOut["revocation"], string>>

/** What a sign-out cannot reach, in the words of Azure's documentation of refresh tokens. */
const REMAINS =
  "Azure accepts no sign-out from a program: its refresh token stays valid until it has not been used for 90 days, or an administrator revokes it."

/** For people. `from`: the server, or the profile and its server. */
export const say = (from: string, end: SignOut) =>
  Effect.gen(function* () {
    const { marked, notice } = yield* Output
    if (!end.wasSignedIn) return yield* notice(`No user was signed in to ${from}.`)
    if (end.revocation === "NotSupported") {
      yield* marked("✓", `Signed out of ${from} here: the tokens are deleted.`)
      return yield* notice(`  ${REMAINS}`)
    }
    if (end.revocation !== "Unreachable") {
      const revoked =
        end.revocation === "Revoked" ? "the session is revoked at the server" : "there was nothing to revoke"
      return yield* marked("✓", `Signed out of ${from}: ${revoked}, and the tokens are deleted here.`)
    }
    yield* marked("!", `Signed out of ${from} here; the server was not reached, and its session ends within 14 days.`)
    if (end.error !== undefined) yield* notice(`  ${fromFailure(end.error).message}.`)
  })

/**
 * Ends the session. Tokens whose key cannot be had now are deleted too, and no program can show them to the server any more.
 * `StoreUnavailable` where they cannot be deleted.
 */
export const end = ({ directory, session, settings }: Connection.Connection) =>
  Effect.gen(function* () {
    const { protection } = yield* TokenLocation.of(directory, session.key)
    const end = yield* session.signOut
    if (end.wasSignedIn || (protection !== "keyring" && protection !== "encrypted")) return end
    const revocation = settings.cloud === undefined ? ("Unreachable" as const) : ("NotSupported" as const)
    return { ...end, wasSignedIn: true, revocation }
  })

/** A profile, and how its sign-out went. */
interface Row {
  readonly profile: Profile.Profile
  readonly outcome: Either.Either<SignOut, Failure>
}

/** Servers are slow to say that they are not there. */
const AT_ONCE = 8

const signedOut = (profile: Profile.Profile, sealing: StoreChoice.Sealing) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "option", what: "--all" })
    return yield* end(yield* Connection.open(settings, { storedOnly: true, keyLater: true, sealing }))
  }).pipe(
    Effect.scoped,
    Effect.either,
    Effect.map((outcome): Row => ({ profile, outcome }))
  )

const jsonOf = ({ outcome, profile }: Row): Outputs.Of<"logout-all">["profiles"][number] => {
  const common = { profile: profile.name, server: profile.url }
  return Either.isLeft(outcome)
    ? { ...common, wasSignedIn: null, revocation: null, ...toJson(fromFailure(outcome.left)) }
    : {
        ...common,
        wasSignedIn: outcome.right.wasSignedIn,
        revocation: Revocation[outcome.right.revocation]
      }
}

const sayRow = ({ outcome, profile }: Row) =>
  Effect.gen(function* () {
    const from = `${profile.name} (${profile.url})`
    if (Either.isRight(outcome)) return yield* say(from, outcome.right)
    yield* (yield* Output).marked("✗", `Not signed out of ${from}: ${fromFailure(outcome.left).message}`)
  })

const RECORD = /^[\da-f]{64}\.json$/

const remaining = Effect.gen(function* () {
  const directory = yield* ConfigFile.stateDirectory
  const names = yield* Effect.promise(() => Fs.readdir(directory).catch((): Array<string> => []))
  return { directory, count: names.filter((name) => RECORD.test(name)).length }
})

const report = (rows: ReadonlyArray<Row>, forgotten: ReadonlyArray<string> | undefined) =>
  Effect.gen(function* () {
    const { answerJson, notice } = yield* Output
    const { count, directory } = yield* remaining
    if ((yield* Invocation).json) {
      return yield* answerJson("logout-all", {
        profiles: rows.map(jsonOf),
        remaining: count,
        forgotten: forgotten ?? []
      })
    }
    if (rows.length === 0) yield* notice("There is no profile to sign out of.")
    for (const row of rows) yield* sayRow(row)
    if (forgotten !== undefined && forgotten.length > 0) yield* notice(`Forgotten: ${forgotten.join(", ")}.`)
    if (count > 0) {
      yield* notice(`Token files that remain: ${count} in ${directory}, of other programs or of what failed here.`)
    }
  })

/** Signs out of every profile; fails as the first that could not be ended. `forget`: those that were are removed too. */
export const everyProfile = (forget: boolean) =>
  Effect.gen(function* () {
    const { profiles } = yield* ConfigFile.load
    const sealing = yield* StoreChoice.forReadingMany(yield* ConfigFile.stateDirectory)
    const rows = yield* Effect.forEach(profiles, (profile) => signedOut(profile, sealing), { concurrency: AT_ONCE })
    const over = rows.flatMap(({ outcome, profile }) => (Either.isRight(outcome) ? [profile.name] : []))
    if (forget) yield* ConfigFile.forget(over)
    yield* report(rows, forget ? over : undefined)
    const [first] = rows.flatMap(({ outcome }) => (Either.isLeft(outcome) ? [outcome.left] : []))
    if (first !== undefined) return yield* Effect.fail(first)
  })

/** Ends the session of a profile that goes: tokens that nothing would ever look for again must not stay on the disk. */
export const ofProfile = (profile: Profile.Profile) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "argument", what: "the argument" })
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    return yield* connection.session.signOut
  }).pipe(Effect.scoped)
