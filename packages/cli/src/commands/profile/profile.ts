/** `mls profile`: the servers and users that are remembered, by name. */
import * as Effect from "effect/Effect"
import * as SignOut from "../../auth/signOut.js"
import type { Given } from "../../cli/table/commandTable.js"
import { Invocation } from "../../cli/invocation.js"
import { answered, done } from "../../cli/answered.js"
import { Output } from "../../cli/output.js"
import { usage } from "../../cli/usage.js"
import * as ConfigFile from "../../config/files/file.js"
import * as Profile from "../../config/profile.js"
import { isName, namesOf } from "../../config/profile.js"
import * as Selection from "../../config/selection.js"
import * as ServerSettings from "../../config/settings.js"
import * as Sharing from "../../config/sharing.js"
import * as StoreChoice from "../../config/store.js"
import { facts, table } from "../../text/table.js"

/** `mls profile list`. ● is the profile that commands use here; none where that cannot be told, as `mls status` would say. */
export const list = () =>
  Effect.gen(function* () {
    const { answerText, answerJson, notice } = yield* Output
    const file = yield* ConfigFile.load
    const here = yield* Selection.here({}, file, ConfigFile.file)
    if ((yield* Invocation).json) {
      const profiles = file.profiles.map((profile) => ({ ...Profile.toJson(profile), selected: profile === here }))
      return yield* answerJson("profile-list", { default: file.default ?? null, profiles })
    }
    if (file.profiles.length === 0) yield* notice("There is no profile yet: `mls login URL` makes one.")
    const rows = file.profiles.map((profile) => [
      `${profile === here ? "●" : "○"} ${profile.name}`,
      profile.url,
      Profile.methodOf(profile),
      ...(profile.name === file.default ? ["default"] : [])
    ])
    yield* answerText(table(rows))
  })

/** `mls profile show`. */
export const show = ({ name }: Given<"profile show">) =>
  Effect.gen(function* () {
    const { answerText } = yield* Output
    const profile = yield* Selection.find(yield* ConfigFile.load, name)
    const { azure, ...own } = profile
    const rows = Object.entries({ ...own, ...azure }).map(([label, value]) => [label, String(value)] as const)
    yield* answered("profile-show", Profile.toJson(profile), answerText(facts(rows)))
  })

/** `mls profile use`. */
export const use = ({ name }: Given<"profile use">) =>
  Effect.gen(function* () {
    yield* ConfigFile.modify((file) =>
      Effect.map(Selection.find(file, name), () => [undefined, { ...file, default: name }] as const)
    )
    yield* done("profile-use", { default: name }, `${name} is the default profile now.`)
  })

/** A name that a profile may have and none has. */
const free = (file: ConfigFile.File, name: string) => {
  if (!isName(name)) return usage("That is not a name for a profile", "Use letters, digits, dots and dashes.")
  return namesOf(file.profiles).includes(name)
    ? usage("There is a profile of this name already", "mls profile list")
    : Effect.void
}

/** `mls profile rename`. */
export const rename = ({ name, newName }: Given<"profile rename">) =>
  Effect.gen(function* () {
    yield* ConfigFile.modify((file) =>
      Effect.gen(function* () {
        const profile = yield* Selection.find(file, name)
        yield* free(file, newName)
        const profiles = file.profiles.map((one) => (one === profile ? { ...profile, name: newName } : one))
        return [undefined, { ...file, profiles, ...(file.default === name ? { default: newName } : {}) }] as const
      })
    )
    yield* done("profile-rename", { profile: newName, formerly: name }, `${name} is called ${newName} now.`)
  })

/** `mls profile remove`. */
export const remove = ({ name }: Given<"profile remove">) =>
  Effect.gen(function* () {
    const profile = yield* Selection.find(yield* ConfigFile.load, name)
    const { revocation } = yield* SignOut.ofProfile(profile)
    yield* ConfigFile.forget([name])
    const unreached = revocation === "Unreachable" ? "; the server was not reached" : ""
    const json = { removed: name, revocation: SignOut.Revocation[revocation] }
    yield* done("profile-remove", json, `${name} is removed, and its tokens with it${unreached}.`)
  })

/** `mls profile add`. */
export const add = (options: Given<"profile add">) =>
  Effect.gen(function* () {
    const { name, url } = options
    yield* free(yield* ConfigFile.loadOrSetAside, name)
    const origin: Selection.Origin = { by: "argument", what: "the argument" }
    const selected = { url, origin, profile: undefined, name, session: yield* Selection.newSession }
    const settings = yield* ServerSettings.complete(options, selected)
    const { by, store } = settings.store
    if (store === "memory") return yield* StoreChoice.forgetful(by ?? "MLS_STORE")
    const profile = ServerSettings.toRemember(settings, store === undefined ? undefined : { store, assumed: false })
    yield* ConfigFile.remember(profile, false)
    yield* done("profile-show", Profile.toJson(profile), `${name} is ${profile.url}. Next: mls login ${name}`)
  })

/** `mls profile export`. */
export const toStdout = ({ name }: Given<"profile export">) =>
  Effect.gen(function* () {
    const file = yield* ConfigFile.load
    const json = Sharing.toJson(name === undefined ? file.profiles : [yield* Selection.find(file, name)])
    yield* answered("profile-export", json, JSON.stringify(json, undefined, 2))
  })
