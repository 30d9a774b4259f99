/** `mls profile edit`: other settings for a profile that there is. The environment has no part in it. */
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import * as Cloud from "../../config/cloud.js"
import * as ConfigFile from "../../config/files/file.js"
import * as Profile from "../../config/profile.js"
import { done } from "../../cli/answered.js"
import * as SignOut from "../../auth/signOut.js"
import * as Selection from "../../config/selection.js"
import * as Sharing from "../../config/sharing.js"
import { type Given as CommandGiven, SETTINGS } from "../../cli/table/commandTable.js"
import * as StoreChoice from "../../config/store.js"
import { usage } from "../../cli/usage.js"

type Given = CommandGiven<"profile edit">
type Removable = Given["unset"][number]

/** What each of them is in a profile; none of it is something that a profile must have. */
const FIELDS: Readonly<Record<Removable, ReadonlyArray<string>>> = {
  "allow-http": ["allowHttp"],
  azure: ["azure", "method"],
  cacert: ["caFile"],
  "login-path": ["loginPath"],
  store: ["store", "storeAssumed"]
}

/** What is left of a profile. */
const without = (profile: Profile.Profile, unset: Given["unset"]): Profile.Profile => {
  const gone = new Set(unset.flatMap((name) => FIELDS[name]))
  return Object.fromEntries(Object.entries(profile).filter(([field]) => !gone.has(field))) as typeof profile
}

const edited = (profile: Profile.Profile, given: Given) =>
  Effect.gen(function* () {
    const { cacert, loginPath, store } = given
    if (store === "memory") return yield* StoreChoice.forgetful("--store")
    const left = without(profile, given.unset)
    const { azure, method } = yield* Cloud.changed(given, left)
    const wished: Profile.Profile = {
      name: left.name,
      url: left.url,
      azure,
      method,
      allowHttp: given.allowHttp || left.allowHttp,
      caFile: cacert === undefined ? left.caFile : Path.resolve(cacert),
      loginPath: loginPath ?? left.loginPath
    }
    const shared = yield* Sharing.checked(wished, wished.allowHttp === true)
    const rest = store === undefined ? { store: left.store, storeAssumed: left.storeAssumed } : { store }
    return { ...shared, ...rest, session: profile.session }
  })

const same = (one: Profile.Profile, other: Profile.Profile): boolean =>
  JSON.stringify(one.azure) === JSON.stringify(other.azure)

/** Whether anything was asked for. */
const says = (given: Given): boolean =>
  given.allowHttp || given.unset.length > 0 || [...SETTINGS, "cacert" as const].some((key) => given[key] !== undefined)

/** What is changed. A session from another issuer is ended: nothing would ever look for its tokens again. */
export const run = (given: Given) =>
  Effect.gen(function* () {
    if (!says(given)) return yield* usage("There is nothing to change", "mls profile edit --help")
    const former = yield* Selection.find(yield* ConfigFile.load, given.name)
    const next = yield* edited(former, given)
    const ended = same(former, next) ? undefined : yield* SignOut.ofProfile(former)
    const signedOut = ended?.wasSignedIn === true
    yield* ConfigFile.modify((file) =>
      Effect.map(
        Selection.find(file, given.name),
        (found) => [undefined, { ...file, profiles: file.profiles.map((one) => (one === found ? next : one)) }] as const
      )
    )
    const more = signedOut ? " Its session belonged to another issuer, and mls ended it." : ""
    yield* done("profile-edit", { ...Profile.toJson(next), signedOut }, `${next.name} is changed.${more}`)
  })
