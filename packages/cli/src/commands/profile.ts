/** `mls profile`: the servers and users that are remembered, by name. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ConfigFile from "../ConfigFile.js"
import * as Connection from "../Connection.js"
import * as Invocation from "../Invocation.js"
import * as LoginOptions from "../LoginOptions.js"
import { Output } from "../Output.js"
import { isName, namesOf } from "../ProfileName.js"
import * as ProfileReport from "../ProfileReport.js"
import * as Revocation from "../Revocation.js"
import * as Selection from "../Selection.js"
import * as ServerSettings from "../ServerSettings.js"
import * as StoreChoice from "../StoreChoice.js"
import { usage } from "../Usage.js"

const nameArgument = Args.text({ name: "NAME" }).pipe(Args.withDescription("The profile."))

/** A profile that there is, by the argument of a command. */
const existing = (file: ConfigFile.File, name: string) => {
  const profile = file.profiles.find((one) => one.name === name)
  return profile === undefined
    ? Effect.fail(new Selection.ProfileUnknown({ by: "the argument", profiles: namesOf(file.profiles) }))
    : Effect.succeed(profile)
}

const tell = (done: string, answer: object) =>
  Effect.gen(function* () {
    const { answerJson, marked } = yield* Output
    yield* (yield* Invocation.Invocation).json ? answerJson(answer) : marked("✓", done)
  })

/** The profile that commands use here; none where that cannot be told, as `mls status` would say. */
const selected = (file: ConfigFile.File) =>
  Effect.gen(function* () {
    return (yield* Selection.select({}, file, yield* ConfigFile.file)).profile
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
      const { answer, answerJson, notice } = yield* Output
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
      yield* answer(lines(file, here).join("\n"))
    })
  )
).pipe(Command.withDescription("List the profiles; ● is the one that is used here."))

const show = Command.make("show", { name: nameArgument, ...Invocation.options }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const { answer, answerJson } = yield* Output
      const profile = yield* existing(yield* ConfigFile.load, options.name)
      if ((yield* Invocation.Invocation).json) return yield* answerJson(ProfileReport.forPrograms(profile))
      const { azure, ...own } = profile
      const rows = Object.entries({ ...own, ...azure }).map(([name, value]) => `${name.padEnd(14)}${String(value)}`)
      yield* answer(rows.join("\n"))
    })
  )
).pipe(Command.withDescription("Show the settings of a profile. None of them is a secret."))

const use = Command.make("use", { name: nameArgument, ...Invocation.options }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const name = yield* ConfigFile.modify((file) =>
        Effect.map(
          existing(file, options.name),
          (profile) => [profile.name, { ...file, default: profile.name }] as const
        )
      )
      yield* tell(`${name} is used where no profile is named.`, { default: name })
    })
  )
).pipe(Command.withDescription("Use a profile where none is named."))

const newNameArgument = Args.text({ name: "NEW-NAME" }).pipe(Args.withDescription("Its new name."))

/** A name that a profile may have and none has. */
const free = (file: ConfigFile.File, name: string) => {
  if (!isName(name)) return usage("That is no name for a profile", "Letters, digits, dots and dashes make a name.")
  return namesOf(file.profiles).includes(name)
    ? usage("There is a profile of this name already", "mls profile list")
    : Effect.void
}

const rename = Command.make(
  "rename",
  { name: nameArgument, newName: newNameArgument, ...Invocation.options },
  (options) =>
    Invocation.run(
      options,
      Effect.gen(function* () {
        const old = yield* ConfigFile.modify((file) =>
          Effect.gen(function* () {
            const profile = yield* existing(file, options.name)
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

/** Tokens that nothing would ever look for again must not stay on the disk. */
const signedOut = (profile: ConfigFile.Profile) =>
  Effect.gen(function* () {
    const settings = yield* ServerSettings.ofProfile(profile, { by: "argument", what: "the argument" })
    const connection = yield* Connection.open(settings, { storedOnly: true, keyLater: true })
    return yield* connection.session.signOut
  }).pipe(Effect.scoped)

const without = ({ default: used, ...file }: ConfigFile.File, name: string): ConfigFile.File => ({
  ...file,
  ...(used === undefined || used === name ? {} : { default: used }),
  profiles: file.profiles.filter((one) => one.name !== name)
})

const remove = Command.make("remove", { name: nameArgument, ...Invocation.remoteOptions }, (options) =>
  Invocation.run(
    options,
    Effect.gen(function* () {
      const profile = yield* existing(yield* ConfigFile.load, options.name)
      const { revocation } = yield* signedOut(profile)
      const { name } = profile
      yield* ConfigFile.modify((file) => Effect.succeed([undefined, without(file, name)] as const))
      const untold = revocation === "NotTold" ? "; the server could not be told" : ""
      yield* tell(`${name} is removed, and its tokens with it${untold}.`, {
        removed: name,
        revocation: Revocation.forPrograms(revocation)
      })
    })
  )
).pipe(Command.withDescription("Sign out of a profile and forget it."))

const add = Command.make("add", { name: nameArgument, ...LoginOptions.serverConfig }, (options) =>
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

/** The command. */
export const profile = Command.make("profile").pipe(
  Command.withDescription("List, make and change profiles."),
  Command.withSubcommands([list, show, use, rename, remove, add])
)
