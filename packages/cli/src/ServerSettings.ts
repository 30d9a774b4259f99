/**
 * Which server a command speaks to, and how: option, then environment, then what the profile has.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import * as Cloud from "./Cloud.js"
import * as ConfigFile from "./ConfigFile.js"
import { variable } from "./Invocation.js"
import type { Output } from "./Output.js"
import * as Selection from "./Selection.js"
import * as StoreChoice from "./StoreChoice.js"
import type { UsageError } from "./Usage.js"

/** A server that a command can speak to, and who issues its tokens: Azure where there is a `cloud`. */
export interface ServerSettings extends Cloud.Choice {
  readonly endpoint: ServerEndpoint.ServerEndpoint
  /** The profile; `undefined` where a server was named that has none. */
  readonly profile: ConfigFile.Profile | undefined
  /** The profile's name, or that of the one which a sign-in makes. */
  readonly name: string
  /** What chose the profile, or the server. */
  readonly origin: Selection.Origin
  readonly store: StoreChoice.StoreChoice
  /** Tells the session from those of other profiles of this server. */
  readonly session: string | undefined
  readonly loginPath: string | undefined
  readonly allowHttp: boolean
  readonly caFile: string | undefined
}

/** What the command line says about the server. */
export interface Given extends Cloud.Given, Selection.Given {
  readonly allowHttp: boolean
  readonly cacert: Option.Option<string>
  readonly loginPath?: Option.Option<string> | undefined
  readonly store?: Option.Option<StoreChoice.Store> | undefined
}

const given = <A>(option: Option.Option<A> | undefined): A | undefined =>
  option === undefined ? undefined : Option.getOrUndefined(option)

/** Everything that can be wrong with what was said. */
export type Unresolved = Selection.ServerUnknown | Selection.ProfileUnknown | UsageError | ConfigurationInvalid

/** A profile and what is said besides, put together. What is said anew beats what was remembered. */
export const complete = (
  options: Given,
  { name, origin, profile, session, url }: Selection.Selected
): Effect.Effect<ServerSettings, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const allowHttp = options.allowHttp || profile?.allowHttp === true
    const endpoint = yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp })
    const caFile = given(options.cacert) ?? (yield* variable("MLS_CACERT"))
    const choice = yield* Cloud.choose(options, profile)
    const { cloud, method } = choice
    const authority = cloud === undefined ? {} : { authority: cloud.authority.base }
    const chosen = { server: endpoint.base, profile: profile?.name, by: origin.what, method, ...authority }
    yield* Effect.annotateLogs(Effect.logDebug("server chosen"), chosen)
    return {
      ...choice,
      endpoint,
      profile,
      name,
      origin,
      session,
      allowHttp,
      store: yield* StoreChoice.choose(options.store ?? Option.none(), profile),
      loginPath: given(options.loginPath) ?? profile?.loginPath,
      caFile: caFile === undefined ? profile?.caFile : Path.resolve(caFile)
    }
  })

/** The same as it was remembered, whatever the environment says of one server. */
export const ofProfile = (
  profile: ConfigFile.Profile,
  origin: Selection.Origin
): Effect.Effect<ServerSettings, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const { allowHttp = false, caFile, loginPath, name, session, url } = profile
    return {
      ...(yield* Cloud.ofRemembered(profile)),
      endpoint: yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp }),
      profile,
      name,
      origin,
      session,
      allowHttp,
      store: yield* StoreChoice.choose(Option.none(), profile),
      loginPath,
      caFile
    }
  })

/**
 * The server to speak to. `ServerUnknown` where none is known, `ProfileUnknown` where a profile was named that there is
 * not, `ConfigurationInvalid` where one cannot be used.
 */
export const resolve = (options: Given): Effect.Effect<ServerSettings, Unresolved, Output> =>
  Effect.gen(function* () {
    const selected = yield* Selection.select(options, yield* ConfigFile.load, ConfigFile.file)
    return yield* complete(options, selected)
  })

/** What of it is worth remembering; `store`: where the sign-in put its tokens. */
export const toRemember = (
  settings: ServerSettings,
  store: Pick<StoreChoice.Prepared, "assumed" | "store"> | undefined
): ConfigFile.Profile => ({
  name: settings.name,
  url: settings.endpoint.base,
  ...(settings.loginPath === undefined ? {} : { loginPath: settings.loginPath }),
  ...(settings.allowHttp ? { allowHttp: true } : {}),
  ...(settings.caFile === undefined ? {} : { caFile: settings.caFile }),
  ...(settings.cloud === undefined ? {} : { method: settings.method, azure: Cloud.toRemember(settings.cloud) }),
  ...storeToRemember(settings, store),
  ...(settings.session === undefined ? {} : { session: settings.session })
})

const storeToRemember = (
  { profile }: ServerSettings,
  store: Pick<StoreChoice.Prepared, "assumed" | "store"> | undefined
): Partial<ConfigFile.Profile> => {
  if (store !== undefined) return { store: store.store, ...(store.assumed ? { storeAssumed: true } : {}) }
  return {
    ...(profile?.store === undefined ? {} : { store: profile.store }),
    ...(profile?.storeAssumed === undefined ? {} : { storeAssumed: profile.storeAssumed })
  }
}
