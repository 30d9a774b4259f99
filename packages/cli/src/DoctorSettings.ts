/**
 * The looks of `mls doctor` at the configuration file and at the profile.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ConfigFile from "./ConfigFile.js"
import * as ConfigOwner from "./ConfigOwner.js"
import { type Check, fail, ok, skip } from "./DoctorCheck.js"
import { ExitCode } from "./ExitCode.js"
import type { Output } from "./Output.js"
import * as Problem from "./Problem.js"
import { quoted } from "./SameCommand.js"
import * as ServerSettings from "./ServerSettings.js"

/** A failure of another command, as a check. */
export const ofFailure = (id: Check["id"], error: Problem.Failure, exit?: number): Check => {
  const problem = Problem.fromFailure(error)
  return fail(id, exit ?? problem.exit, problem.message, problem.fix[0] ?? "mls doctor --help")
}

const configuration = Effect.gen(function* () {
  const file = yield* Effect.either(ConfigFile.file)
  if (Either.isLeft(file)) return ofFailure("config", file.left)
  const path = file.right
  const loaded = yield* Effect.either(ConfigFile.load)
  if (Either.isLeft(loaded)) return ofFailure("config", loaded.left)
  const open = yield* ConfigOwner.openToOthers(path)
  if (open !== undefined) {
    const message = `others can write ${open}, and so say where passwords go`
    return fail("config", ExitCode.configuration, message, `chmod go-w ${quoted(open)}`)
  }
  const count = loaded.right.profiles.length
  return ok("config", `${path}: ${count === 0 ? "no profile yet" : count === 1 ? "one profile" : `${count} profiles`}`)
})

const told = ({ method, name, origin, endpoint, profile }: ServerSettings.ServerSettings): Check => {
  const by = origin.by === "configuration" ? `the default of ${origin.what}` : `by ${origin.what}`
  const what = profile === undefined ? `no profile, but ${endpoint.base}` : `${name}: ${endpoint.base}`
  return ok("profile", `${what}, ${by}; sign-in by ${method}`)
}

/** What the settings come to; none where they cannot be used. */
export interface Settled {
  readonly checks: ReadonlyArray<Check>
  readonly settings: ServerSettings.ServerSettings | undefined
}

/** Both looks. */
export const look = (given: ServerSettings.Given): Effect.Effect<Settled, never, Output> =>
  Effect.gen(function* () {
    const file = yield* configuration
    // Without a place for a configuration a server may still be named, and the tokens be in memory.
    if (file.verdict === "FAIL" && Either.isRight(yield* Effect.either(ConfigFile.file))) {
      return { checks: [file, skip("profile", "needs the configuration")], settings: undefined }
    }
    const found = yield* Effect.either(ServerSettings.resolve(given))
    if (Either.isRight(found)) return { checks: [file, told(found.right)], settings: found.right }
    const exit = found.left._tag === "ServerUnknown" ? ExitCode.signInRequired : ExitCode.configuration
    return { checks: [file, ofFailure("profile", found.left, exit)], settings: undefined }
  })
