/**
 * `mls logout --all`: the session of every profile. One that cannot be ended does not keep the others alive. What else is
 * in the directory of the tokens belongs to other programs, or to nobody any more: a record does not say in clear which
 * server it is for, so that nobody could be told, and it stays.
 */
import type { SignOut } from "@mlserver-auth/core/SessionState"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fs from "node:fs/promises"
import * as ConfigFile from "./ConfigFile.js"
import * as Connection from "./Connection.js"
import { Invocation } from "./Invocation.js"
import { Output } from "./Output.js"
import { type Failure, fromFailure, toJson } from "./Problem.js"
import * as Revocation from "./Revocation.js"
import * as ServerSettings from "./ServerSettings.js"
import * as SigningOut from "./SigningOut.js"
import * as StoreChoice from "./StoreChoice.js"

/** A profile, and how its sign-out went. */
interface Row {
  readonly profile: ConfigFile.Profile
  readonly outcome: Either.Either<SignOut, Failure>
}

/** Servers are slow to say that they are not there. */
const AT_ONCE = 8

const signedOut = (profile: ConfigFile.Profile, sealing: StoreChoice.Sealing) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "option", what: "--all" })
    return yield* SigningOut.end(yield* Connection.open(settings, { storedOnly: true, keyLater: true, sealing }))
  }).pipe(
    Effect.scoped,
    Effect.either,
    Effect.map((outcome): Row => ({ profile, outcome }))
  )

const jsonOf = ({ outcome, profile }: Row): object => {
  const common = { profile: profile.name, server: profile.url }
  return Either.isLeft(outcome)
    ? { ...common, wasSignedIn: null, revocation: null, ...toJson(fromFailure(outcome.left)) }
    : {
        ...common,
        wasSignedIn: outcome.right.wasSignedIn,
        revocation: Revocation.forPrograms(outcome.right.revocation)
      }
}

const say = ({ outcome, profile }: Row) =>
  Effect.gen(function* () {
    const from = `${profile.name} (${profile.url})`
    if (Either.isRight(outcome)) return yield* SigningOut.say(from, outcome.right)
    yield* (yield* Output).marked("✗", `Not signed out of ${from}: ${fromFailure(outcome.left).message}`)
  })

const RECORD = /^[\da-f]{64}\.json$/

const remaining = Effect.gen(function* () {
  const directory = yield* ConfigFile.stateDirectory
  const names = yield* Effect.promise(() => Fs.readdir(directory).catch((): Array<string> => []))
  return { directory, count: names.filter((name) => RECORD.test(name)).length }
})

const told = (rows: ReadonlyArray<Row>, forgotten: ReadonlyArray<string> | undefined) =>
  Effect.gen(function* () {
    const { answerJson, notice } = yield* Output
    const { count, directory } = yield* remaining
    if ((yield* Invocation).json) {
      return yield* answerJson({ profiles: rows.map(jsonOf), remaining: count, forgotten: forgotten ?? [] })
    }
    if (rows.length === 0) yield* notice("There is no profile to sign out of.")
    for (const row of rows) yield* say(row)
    if (forgotten !== undefined && forgotten.length > 0) yield* notice(`Forgotten: ${forgotten.join(", ")}.`)
    if (count > 0) {
      yield* notice(`Token files that remain: ${count} in ${directory}, of other programs or of what failed here.`)
    }
  })

/** Signs out of every profile; fails as the first that could not be ended. `forget`: those that were are removed too. */
export const run = (forget: boolean) =>
  Effect.gen(function* () {
    const { profiles } = yield* ConfigFile.load
    const sealing = yield* StoreChoice.forReadingMany(yield* ConfigFile.stateDirectory)
    const rows = yield* Effect.forEach(profiles, (profile) => signedOut(profile, sealing), { concurrency: AT_ONCE })
    const over = rows.flatMap(({ outcome, profile }) => (Either.isRight(outcome) ? [profile.name] : []))
    if (forget) yield* ConfigFile.forget(over)
    yield* told(rows, forget ? over : undefined)
    const [first] = rows.flatMap(({ outcome }) => (Either.isLeft(outcome) ? [outcome.left] : []))
    if (first !== undefined) return yield* Effect.fail(first)
  })
