/** `mls profile`: the servers and users that are remembered, by name. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ConfigFile from "../ConfigFile.js"
import * as Invocation from "../Invocation.js"
import * as KnownProfile from "../KnownProfile.js"
import * as LoginOptions from "../LoginOptions.js"
import { Output } from "../Output.js"
import { isName, namesOf } from "../ProfileName.js"
import * as ProfileReport from "../ProfileReport.js"
import * as Revocation from "../Revocation.js"
import type { Removable } from "../ProfileEdit.js"
import * as Selection from "../Selection.js"
import * as ServerSettings from "../ServerSettings.js"
import * as StoreChoice from "../StoreChoice.js"
import { usage } from "../Usage.js"

const profileArgument = Args.text({ name: "PROFILE" }).pipe(Args.withDescription("The profile."))

const tell = (done: string, answer: object) =>
  Effect.gen(function* () {
    const { answerJson, marked } = yield* Output
    yield* (yield* Invocation.Invocation).json ? answerJson(answer) : marked("✓", done)
  })

/** The profile that commands use here; none where that cannot be told, as `mls status` would say. */
const selected = (file: ConfigFile.File) =>
  Effect.gen(function* () {
    return (yield* Selection.select({}, file, ConfigFile.file)).profile
  }).pipe(Effect.orElseSucceed(() => undefined))

const lines = (file: ConfigFile.File, here: ConfigFile.Profile | undefined): ReadonlyArray<string> => {
  const width = Math.max(0, ...file.profiles.map(({ name }) => name.length))
  return file.profiles.map((profile) => {
    const mark = profile === here ? "●" : "○"
    const end = profile.name === file.default ? "  default" : ""
    return `${mark} ${profile.name.padEnd(width)}  ${profile.url}  ${profile.method ?? "password"}${end}`
  })
}

const list = Command.make("list", Invocation.options, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const { answerText, answerJson, notice } = yield* Output
      const file = yield* ConfigFile.load
      const here = yield* selected(file)
      if ((yield* Invocation.Invocation).json) {
        const profiles = file.profiles.map((profile) => ({
          ...ProfileReport.forPrograms(profile),
          selected: profile === here
        }))
        return yield* answerJson({ default: file.default ?? null, profiles })
      }
      if (file.profiles.length === 0) return yield* notice("There is no profile yet: `mls login URL` makes one.")
      yield* answerText(lines(file, here).join("\n"))
    })
  )
).pipe(Command.withDescription("List the profiles; ● is the one that is used here."))

const show = Command.make("show", { name: profileArgument, ...Invocation.options }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const { answerText, answerJson } = yield* Output
      const profile = yield* KnownProfile.find(yield* ConfigFile.load, options.name)
      if ((yield* Invocation.Invocation).json) return yield* answerJson(ProfileReport.forPrograms(profile))
      const { azure, ...own } = profile
      const rows = Object.entries({ ...own, ...azure }).map(([name, value]) => `${name.padEnd(14)}${String(value)}`)
      yield* answerText(rows.join("\n"))
    })
  )
).pipe(Command.withDescription("Show the settings of a profile. None of them is a secret."))

const use = Command.make("use", { name: profileArgument, ...Invocation.options }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const name = yield* ConfigFile.modify((file) =>
        Effect.map(
          KnownProfile.find(file, options.name),
          (profile) => [profile.name, { ...file, default: profile.name }] as const
        )
      )
      yield* tell(`${name} is used where no profile is named.`, { default: name })
    })
  )
).pipe(Command.withDescription("Use a profile where none is named."))

/** A name that a profile may have and none has. */
const free = (file: ConfigFile.File, name: string) => {
  if (!isName(name)) return usage("That is no name for a profile", "Letters, digits, dots and dashes make a name.")
  return namesOf(file.profiles).includes(name)
    ? usage("There is a profile of this name already", "mls profile list")
    : Effect.void
}

const rename = Command.make(
  "rename",
  {
    name: profileArgument,
    newName: Args.text({ name: "NEW-NAME" }).pipe(Args.withDescription("Its new name.")),
    ...Invocation.options
  },
  (options) =>
    Invocation.run(
      options,
      Effect.gen(function* () {
        const old = yield* ConfigFile.modify((file) =>
          Effect.gen(function* () {
            const profile = yield* KnownProfile.find(file, options.name)
            yield* free(file, options.newName)
            const renamed = { ...profile, name: options.newName }
            const profiles = file.profiles.map((one) => (one === profile ? renamed : one))
            const used = file.default === profile.name ? { default: renamed.name } : {}
            return [profile.name, { ...file, profiles, ...used }] as const
          })
        )
        yield* tell(`${old} is called ${options.newName} now.`, { profile: options.newName, formerly: old })
      })
    )
).pipe(Command.withDescription("Give a profile another name; its session stays."))

const remove = Command.make("remove", { name: profileArgument, ...Invocation.remoteOptions }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const profile = yield* KnownProfile.find(yield* ConfigFile.load, options.name)
      const { revocation } = yield* KnownProfile.signOut(profile)
      const { name } = profile
      yield* ConfigFile.forget([name])
      const untold = revocation === "NotTold" ? "; the server could not be told" : ""
      yield* tell(`${name} is removed, and its tokens with it${untold}.`, {
        removed: name,
        revocation: Revocation.forPrograms(revocation)
      })
    })
  )
).pipe(Command.withDescription("Sign out of a profile and forget it."))

const add = Command.make(
  "add",
  { name: Args.text({ name: "NAME" }).pipe(Args.withDescription("Its name.")), ...LoginOptions.serverConfig },
  (options) =>
    Invocation.run(
      options,
      Effect.gen(function* () {
        const file = yield* ConfigFile.loadOrSetAside
        yield* free(file, options.name)
        const origin: Selection.Origin = { by: "argument", what: "the argument" }
        const session = yield* Selection.newSession
        const selected = { url: options.url, origin, profile: undefined, name: options.name, session }
        const settings = yield* ServerSettings.complete({ ...options, url: Option.some(options.url) }, selected)
        const { store } = settings.store
        if (store === "memory") return yield* StoreChoice.forgetful(settings.store.by ?? "MLS_STORE")
        const chosen = Option.map(Option.fromNullable(store), (one) => ({ store: one, assumed: false }))
        const profile = ServerSettings.toRemember(settings, Option.getOrUndefined(chosen))
        yield* ConfigFile.remember(profile, false)
        yield* tell(
          `${options.name} is ${profile.url}. Next: mls login ${options.name}`,
          ProfileReport.forPrograms(profile)
        )
      })
    )
).pipe(Command.withDescription("Make a profile without signing in."))

/** `auto` stands for no method in particular. */
const { url: _, ...settings } = LoginOptions.serverConfig

const removable: ReadonlyArray<Removable> = ["allow-http", "azure", "cacert", "login-path", "store"]

const edit = Command.make(
  "edit",
  {
    name: profileArgument,
    ...settings,
    unset: Options.choice("unset", removable).pipe(
      Options.withDescription("Take a setting off, so that the default holds."),
      Options.repeated
    )
  },
  (options) =>
    Invocation.run(
      options,
      Effect.flatMap(
        Effect.promise(() => import("../ProfileEdit.js")),
        (ProfileEdit) => ProfileEdit.run(options)
      )
    )
).pipe(Command.withDescription("Change settings of a profile; the environment has no part in it."))

const exported = Command.make("export", { name: Args.optional(profileArgument), ...Invocation.options }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const { answer, answerJson } = yield* Output
      const file = yield* ConfigFile.load
      const Sharing = yield* Effect.promise(() => import("../ProfileSharing.js"))
      const name = Option.getOrUndefined(options.name)
      const json = Sharing.toJson(name === undefined ? file.profiles : [yield* KnownProfile.find(file, name)])
      yield* (yield* Invocation.Invocation).json ? answerJson(json) : answer(JSON.stringify(json, undefined, 2))
    })
  )
).pipe(Command.withDescription("Print profiles as JSON for somebody else: all, or one. There is no secret in them."))

const imported = Command.make(
  "import",
  {
    file: Args.text({ name: "FILE" }).pipe(
      Args.withDescription("What was exported; stdin unless given."),
      Args.optional
    ),
    force: Options.boolean("force").pipe(
      Options.withDescription("Replace other profiles of the same names, and sign out of them.")
    ),
    ...Invocation.remoteOptions
  },
  (options) =>
    Invocation.run(
      options,
      Effect.flatMap(
        Effect.promise(() => import("../ProfileImport.js")),
        (ProfileImport) => ProfileImport.run(options)
      )
    )
).pipe(Command.withDescription("Take over profiles that somebody exported, and show what they trust."))

/** The command. */
export const profile = Command.make("profile").pipe(
  Command.withDescription("List, make and change profiles."),
  Command.withSubcommands([list, show, use, rename, remove, add, edit, exported, imported])
)
