/** `mls profile edit`: other settings for a profile that there is. The environment has no part in it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "node:path"
import * as Cloud from "./Cloud.js"
import * as ConfigFile from "./ConfigFile.js"
import { Invocation } from "./Invocation.js"
import * as KnownProfile from "./KnownProfile.js"
import { Output } from "./Output.js"
import * as ProfileReport from "./ProfileReport.js"
import * as Sharing from "./ProfileSharing.js"
import type * as ServerSettings from "./ServerSettings.js"
import * as StoreChoice from "./StoreChoice.js"
import { usage } from "./Usage.js"

/** A setting that can be taken off a profile. */
export type Removable = "allow-http" | "azure" | "cacert" | "login-path" | "store"

/** What the command line says. */
export interface Given extends ServerSettings.Given {
  readonly name: string
  readonly loginPath: Option.Option<string>
  readonly store: Option.Option<StoreChoice.Store>
  readonly unset: ReadonlyArray<Removable>
}

/** What is left of a profile. */
const without = (profile: ConfigFile.Profile, unset: Given["unset"]): ConfigFile.Profile => {
  const { allowHttp, azure, caFile, loginPath, method, store, storeAssumed, ...own } = profile
  const stays = (name: Removable) => !unset.includes(name)
  return {
    ...own,
    ...(stays("allow-http") ? { allowHttp } : {}),
    ...(stays("azure") ? { azure, method } : {}),
    ...(stays("cacert") ? { caFile } : {}),
    ...(stays("login-path") ? { loginPath } : {}),
    ...(stays("store") ? { store, storeAssumed } : {})
  }
}

const edited = (profile: ConfigFile.Profile, given: Given) =>
  Effect.gen(function* () {
    const store = Option.getOrUndefined(given.store)
    if (store === "memory") return yield* StoreChoice.forgetful("--store")
    const left = without(profile, given.unset)
    const { azure, method } = yield* Cloud.changed(given, left)
    const wished: ConfigFile.Profile = {
      name: left.name,
      url: left.url,
      azure,
      method,
      allowHttp: given.allowHttp || left.allowHttp,
      caFile: Option.getOrElse(Option.map(given.cacert, Path.resolve), () => left.caFile),
      loginPath: Option.getOrElse(given.loginPath, () => left.loginPath)
    }
    const shared = yield* Sharing.checked(wished, wished.allowHttp === true)
    const rest = store === undefined ? { store: left.store, storeAssumed: left.storeAssumed } : { store }
    return { ...shared, ...rest, session: profile.session }
  })

const same = (one: ConfigFile.Profile, other: ConfigFile.Profile): boolean =>
  JSON.stringify(one.azure) === JSON.stringify(other.azure)

/** Whether anything was asked for. */
const says = (given: Given): boolean =>
  given.allowHttp ||
  given.unset.length > 0 ||
  Object.values(given).some((value) => Option.isOption(value) && Option.isSome(value))

/** What is changed. A session from another issuer is ended: nothing would ever look for its tokens again. */
export const run = (given: Given) =>
  Effect.gen(function* () {
    const { answerJson, marked } = yield* Output
    if (!says(given)) return yield* usage("There is nothing to change", "mls profile edit --help")
    const former = yield* KnownProfile.find(yield* ConfigFile.load, given.name)
    const next = yield* edited(former, given)
    const ended = same(former, next) ? undefined : yield* KnownProfile.signOut(former)
    const signedOut = ended?.wasSignedIn === true
    yield* ConfigFile.modify((file) =>
      Effect.map(
        KnownProfile.find(file, given.name),
        (found) => [undefined, { ...file, profiles: file.profiles.map((one) => (one === found ? next : one)) }] as const
      )
    )
    if ((yield* Invocation).json) return yield* answerJson({ ...ProfileReport.forPrograms(next), signedOut })
    yield* marked(
      "✓",
      `${next.name} is changed.${signedOut ? " Its session was of another issuer, and is ended." : ""}`
    )
  })
