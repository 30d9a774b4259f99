/** A profile that there is, as the commands about profiles use it. */
import * as Effect from "effect/Effect"
import type * as ConfigFile from "./ConfigFile.js"
import * as Connection from "./Connection.js"
import { namesOf } from "./ProfileName.js"
import { ProfileUnknown } from "./Selection.js"
import * as ServerSettings from "./ServerSettings.js"

/** A profile by the argument of a command. */
export const find = (file: ConfigFile.File, name: string): Effect.Effect<ConfigFile.Profile, ProfileUnknown> => {
  const profile = file.profiles.find((one) => one.name === name)
  return profile === undefined
    ? Effect.fail(new ProfileUnknown({ by: "the argument", profiles: namesOf(file.profiles) }))
    : Effect.succeed(profile)
}

/** Ends its session: tokens that nothing would ever look for again must not stay on the disk. */
export const signOut = (profile: ConfigFile.Profile) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "argument", what: "the argument" })
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    return yield* connection.session.signOut
  }).pipe(Effect.scoped)
