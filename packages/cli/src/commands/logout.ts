/** `mls logout`: end the session here, and at the server if it can be told. */
import type { SignOut } from "@mlserver-auth/core/SessionState"
import * as Effect from "effect/Effect"
import * as ConfigFile from "../config/files/file.js"
import * as Connection from "../auth/connection.js"
import { answered } from "../cli/answered.js"
import { Output } from "../cli/output.js"
import * as EnvironmentOverride from "../config/environmentOverride.js"
import * as ServerSettings from "../config/settings.js"
import * as SigningOut from "../auth/signOut.js"
import type { Given as CommandGiven } from "../cli/table/commandTable.js"
import { usage } from "../cli/usage.js"

type Given = CommandGiven<"logout">

/** The answer. `forgotten`: the profile that was removed too. */
const report = (server: string, end: SignOut, forgotten: string | null) =>
  Effect.gen(function* () {
    const { notice } = yield* Output
    const { wasSignedIn } = end
    const json = { server, wasSignedIn, revocation: SigningOut.Revocation[end.revocation], forgotten }
    const removed = forgotten === null ? Effect.void : notice(`The profile ${forgotten} is removed.`)
    yield* answered("logout", json, Effect.zipRight(SigningOut.say(server, end), removed))
  })

const reportNoSession = Effect.gen(function* () {
  const revocation = SigningOut.Revocation.NothingToRevoke
  const json = { server: null, wasSignedIn: false, revocation, forgotten: null }
  yield* answered("logout", json, (yield* Output).notice("No user was signed in to any server."))
})

const single = (options: Given) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.resolve(options)
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    const end = yield* SigningOut.end(connection)
    const forgotten = (options.forget ? settings.profile?.name : undefined) ?? null
    if (forgotten !== null) yield* ConfigFile.forget([forgotten])
    yield* report(settings.endpoint.base, end, forgotten)
  }).pipe(Effect.catchTag("ServerUnknown", () => reportNoSession))

const every = (options: Given) =>
  options.profile !== undefined || options.server !== undefined
    ? Effect.fail(usage("--all is about every profile", "mls logout --all"))
    : SigningOut.everyProfile(options.forget)

/** The command. */
export const run = (options: Given) =>
  (options.allProfilesOut ? every(options) : single(options)).pipe(
    // A variable goes on signing in whatever is deleted.
    Effect.zipRight(
      options.ignoreEnv ? Effect.void : Effect.flatMap(EnvironmentOverride.find, EnvironmentOverride.warn)
    ),
    Effect.scoped
  )
