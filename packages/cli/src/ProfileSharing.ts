/**
 * Profiles that one person hands to another: what says where a server is and how it is signed in to, without what is of
 * one machine (the session's mark, the store). There is no secret in a profile to begin with.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as MlServerIssuer from "@mlserver-auth/core/MlServerIssuer"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Path from "node:path"
import * as Cloud from "./Cloud.js"
import * as ConfigFile from "./ConfigFile.js"
import type { UsageError } from "./Usage.js"

const Shared = ConfigFile.Profile.pipe(Schema.omit("store", "storeAssumed", "session"))
/** What of a profile is another person's business. */
export type Shared = typeof Shared.Type

const VERSION = 1

const File = Schema.Struct({
  /** Tells such a file from any other JSON. */
  mlsProfiles: Schema.Literal(VERSION),
  profiles: Schema.Array(Shared)
})

const encode = Schema.encodeSync(File)
const decode = Schema.decodeUnknownEither(Schema.parseJson(File), { onExcessProperty: "error" })

/** Bytes; far more than anybody has profiles. */
export const LIMIT = 1024 * 1024

/** What is shared of a profile. */
export const sharedOf = (profile: ConfigFile.Profile): Shared => {
  const { session: _session, store: _store, storeAssumed: _storeAssumed, ...shared } = profile
  return shared
}

/** Profiles as they are handed over. */
export const toJson = (profiles: ReadonlyArray<ConfigFile.Profile>): object =>
  encode({ mlsProfiles: VERSION, profiles: profiles.map(sharedOf) })

const invalid = (problem: string, fix: string) => new ConfigurationInvalid({ setting: "profiles", problem, fix })

/** Nothing of the text is quoted: it may be any file, with anything in it. */
export const fromText = (text: string): Either.Either<ReadonlyArray<Shared>, ConfigurationInvalid> => {
  if (Buffer.byteLength(text) > LIMIT) return Either.left(invalid("much too large", "Is it the right file?"))
  const fix = "Give the JSON that `mls profile export` printed."
  return Either.flatMap(
    Either.mapLeft(decode(text), () => invalid("not what `mls profile export` writes", fix)),
    ({ profiles }) =>
      new Set(profiles.map(({ name }) => name)).size === profiles.length
        ? Either.right(profiles)
        : Either.left(invalid("two of one name", fix))
  )
}

/** An error of a setting that says which profile it is of. */
const within = (name: string) => (error: ConfigurationInvalid | UsageError) =>
  error._tag === "UsageError"
    ? invalid(`in ${name}: ${error.message}`, "Have it exported once more where it works.")
    : new ConfigurationInvalid({ setting: error.setting, problem: `in ${name}: ${error.problem}`, fix: error.fix })

/**
 * Checks each setting as a sign-in would, and writes it as that would remember it. Plain http to another machine is for
 * whoever imports to allow, whatever the file says.
 */
export const checked = (shared: Shared, allowHttp: boolean): Effect.Effect<Shared, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { allowHttp: _, azure, caFile, loginPath, method, name, url } = shared
    const endpoint = yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp })
    const { cloud } = yield* Cloud.ofRemembered({ name, url, ...(azure === undefined ? {} : { azure }) })
    if (loginPath !== undefined && !MlServerIssuer.isLoginPath(loginPath)) {
      return yield* invalid("a log-in path that is no plain path", "Write it like /user/login.")
    }
    if (caFile !== undefined && !(Path.isAbsolute(caFile) && !/\p{Cc}/u.test(caFile))) {
      return yield* invalid("a certificate file without its whole path", "Give the path from the root on.")
    }
    if ((method ?? "password") !== "password" && cloud === undefined) {
      return yield* invalid("a method of Azure without its settings", "Have it exported once more where it works.")
    }
    const inClear = Either.isLeft(ServerEndpoint.make(url))
    return {
      name,
      url: endpoint.base,
      ...(loginPath === undefined ? {} : { loginPath }),
      ...(inClear ? { allowHttp } : {}),
      ...(caFile === undefined ? {} : { caFile }),
      ...(method === undefined ? {} : { method }),
      ...(cloud === undefined ? {} : { azure: Cloud.toRemember(cloud) })
    }
  }).pipe(Effect.mapError(within(shared.name)))

/** Whether they say the same. */
export const isSame = Schema.equivalence(Shared)
