/**
 * Which server a command speaks to, and how: option, then environment, then what the profile has.
 */
import type { ConfigurationInvalid, StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import * as Cloud from "./cloud.js"
import * as ConfigFile from "./files/file.js"
import type * as Profile from "./profile.js"
import type { Given as FlagsGiven } from "../cli/table/flags.js"
import { lookup, type Setting } from "./lookup.js"
import type { Output } from "../cli/output.js"
import * as Selection from "./selection.js"
import * as StoreChoice from "./store.js"
import type { UsageError } from "../cli/usage.js"

/** A server that a command can speak to, and who issues its tokens: Azure where there is a `cloud`. */
export interface ServerSettings extends Cloud.Choice {
  readonly endpoint: ServerEndpoint.ServerEndpoint
  /** The profile; `undefined` where a server was named that has none. */
  readonly profile: Profile.Profile | undefined
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

/** The same by what is said here and now, with each setting as it was found, and where. */
export interface Resolved extends ServerSettings {
  readonly origins: Cloud.Origins & { readonly [name in "loginPath" | "allowHttp" | "cacert"]: Setting }
}

/** What the command line says about the server. */
export interface Given extends Cloud.Given, Selection.Given, Partial<FlagsGiven<"loginPath" | "store" | "cacert">> {
  readonly allowHttp: boolean
}

/** Everything that can be wrong with what was said. */
export type Unresolved =
  | Selection.ServerUnknown
  | Selection.ProfileUnknown
  | UsageError
  | ConfigurationInvalid
  | StoreUnavailable

/** A profile and what is said besides, put together. What is said anew beats what was remembered. */
export const complete = (
  options: Given,
  { name, origin, profile, session, url }: Selection.Selected
): Effect.Effect<Resolved, UsageError | ConfigurationInvalid> =>
  Effect.gen(function* () {
    const of = (key: "cacert" | "loginPath" | "allowHttp") => lookup(key, { ...options }, profile)
    const settings = {
      loginPath: yield* of("loginPath"),
      allowHttp: yield* of("allowHttp"),
      cacert: yield* of("cacert"),
      ...(yield* Cloud.origins(options, profile))
    }
    const allowHttp = settings.allowHttp.value === "yes"
    const endpoint = yield* ServerEndpoint.make(url, { dangerouslyAllowHttp: allowHttp })
    const choice = yield* Cloud.choose(settings, profile, options.offered)
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
      origins: settings,
      session,
      allowHttp,
      store: yield* StoreChoice.choose(options.store, profile),
      loginPath: settings.loginPath.value,
      caFile: settings.cacert.value === undefined ? undefined : Path.resolve(settings.cacert.value)
    }
  })

/** The same as it was remembered, whatever the environment says of one server. */
export const ofProfile = (
  profile: Profile.Profile,
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
      store: yield* StoreChoice.choose(undefined, profile),
      loginPath,
      caFile
    }
  })

/**
 * The server to speak to. `ServerUnknown` where none is known, `ProfileUnknown` where a profile was named that there is
 * not, `ConfigurationInvalid` where one cannot be used.
 */
export const resolve = (options: Given): Effect.Effect<Resolved, Unresolved, Output> =>
  Effect.gen(function* () {
    const selected = yield* Selection.select(options, yield* ConfigFile.load, ConfigFile.file)
    return yield* complete(options, selected)
  })

/** What of it is worth remembering; `store`: where the sign-in put its tokens. */
export const toRemember = (
  settings: ServerSettings,
  store: Pick<StoreChoice.Prepared, "assumed" | "store"> | undefined
): Profile.Profile => ({
  name: settings.name,
  url: settings.endpoint.base,
  loginPath: settings.loginPath,
  allowHttp: settings.allowHttp || undefined,
  caFile: settings.caFile,
  ...(settings.cloud === undefined ? {} : { method: settings.method, azure: Cloud.toRemember(settings.cloud) }),
  store: (store ?? settings.profile)?.store,
  storeAssumed: store === undefined ? settings.profile?.storeAssumed : store.assumed || undefined,
  session: settings.session
})
