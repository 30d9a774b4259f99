/**
 * Profiles that one person hands to another: what says where a server is and how it is signed in to, without what is of
 * one machine (the session's mark, the store). There is no secret in a profile to begin with.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Path from "node:path"
import * as Cloud from "./cloud.js"
import * as Profile from "./profile.js"
import * as Shape from "./shape.js"
import type { UsageError } from "../cli/usage.js"

/** What of a profile is another person's business. */
export type Shared = Profile.Shared

const VERSION = 1

/** Tells such a file from any other JSON. */
interface File {
  readonly mlsProfiles: typeof VERSION
  readonly profiles: ReadonlyArray<Shared>
}

const File = Shape.fields<File>({ mlsProfiles: Shape.oneOf(VERSION), profiles: Shape.list(Profile.Shared) })

/** Bytes; far more than a person has profiles. */
export const LIMIT = 1024 * 1024

/** What is shared of a profile. */
export const sharedOf = (profile: Profile.Profile): Shared => {
  const { session: _session, store: _store, storeAssumed: _storeAssumed, ...shared } = profile
  return shared
}

/** Profiles as they are handed over. */
export const toJson = (profiles: ReadonlyArray<Profile.Profile>): File => ({
  mlsProfiles: VERSION,
  profiles: profiles.map(sharedOf)
})

const invalid = (problem: string, fix: string) => new ConfigurationInvalid({ setting: "profiles", problem, fix })

/** Nothing of the text is quoted: it may be any file, with anything in it. */
export const fromText = (text: string): Either.Either<ReadonlyArray<Shared>, ConfigurationInvalid> => {
  if (Buffer.byteLength(text) > LIMIT) return Either.left(invalid("much too large", "Is it the right file?"))
  const fix = "Give the JSON that `mls profile export` printed."
  return Either.flatMap(
    Either.fromNullable(Shape.decodeText(File, text, true), () => invalid("not what `mls profile export` writes", fix)),
    ({ profiles }) =>
      new Set(profiles.map(({ name }) => name)).size === profiles.length
        ? Either.right(profiles)
        : Either.left(invalid("two of one name", fix))
  )
}

/** An error of a setting that says which profile it is of. */
const within = (name: string) => (error: ConfigurationInvalid | UsageError) =>
  error._tag === "UsageError"
    ? invalid(`in ${name}: ${error.message}`, "Export it again on the machine where it works.")
    : new ConfigurationInvalid({ setting: error.setting, problem: `in ${name}: ${error.problem}`, fix: error.fix })

/**
 * Checks each setting as a sign-in would, and writes it as that would remember it. Plain http to another machine is for
 * the person who imports to allow, whatever the file says.
 */
export const checked = (shared: Shared, allowHttp: boolean): Effect.Effect<Shared, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { allowHttp: _, azure, caFile, loginPath, method, name, url } = shared
    const endpoint = yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp })
    const { cloud } = yield* Cloud.ofRemembered({ name, url, azure })
    if (loginPath !== undefined && !MlServerIssuer.isLoginPath(loginPath)) {
      return yield* invalid("a sign-in path that is not a plain path", "Write it like /user/login.")
    }
    if (caFile !== undefined && !(Path.isAbsolute(caFile) && !/\p{Cc}/u.test(caFile))) {
      return yield* invalid("a certificate file without its whole path", "Give an absolute path.")
    }
    if ((method ?? "password") !== "password" && cloud === undefined) {
      return yield* invalid("a method of Azure without its settings", "Export it again on the machine where it works.")
    }
    const inClear = Either.isLeft(ServerEndpoint.make(url))
    return {
      name,
      url: endpoint.base,
      loginPath,
      allowHttp: inClear ? allowHttp : undefined,
      caFile,
      method,
      azure: cloud === undefined ? undefined : Cloud.toRemember(cloud)
    }
  }).pipe(Effect.mapError(within(shared.name)))

/** In one order of fields. */
const spelled = (shared: Shared): string => JSON.stringify(Shape.decode(Profile.Shared, shared))

/** Whether they say the same. */
export const isSame = (a: Shared, b: Shared): boolean => spelled(a) === spelled(b)
