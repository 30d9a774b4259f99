/**
 * Which profile a command is about, and what chose it: argument or option, then environment, then `.mls.json`, then the
 * configuration's default.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as ServerEndpoint from "@mlserver-auth/core/ServerEndpoint"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { randomUUID } from "node:crypto"
import type * as ConfigFile from "./files/file.js"
import type * as Profile from "./profile.js"
import * as DirectoryChoice from "./files/directoryChoice.js"
import { ExitCode } from "../cli/exitCode.js"
import { variable } from "../cli/invocation.js"
import { Output } from "../cli/output.js"
import { fromFailure } from "../cli/problem.js"
import { isName, nameFor, namesOf } from "./profile.js"
import { usage, type UsageError } from "../cli/usage.js"

/** No server was named, and none is remembered: no user has signed in yet. */
export class ServerUnknown extends Data.TaggedError("ServerUnknown")<{}> {
  readonly exit = ExitCode.signInRequired
  readonly fix = ["mls login https://mlserver.example.com:12800", "or set MLS_HOST"]
  override get message(): string {
    return "Not signed in to any server, and none was named"
  }
}

/** A profile was named that there is not. The name is not repeated: after `-p` it may be a password. */
export class ProfileUnknown extends Data.TaggedError("ProfileUnknown")<{
  /** What named it. */
  readonly by: string
  /** Those there are. */
  readonly profiles: ReadonlyArray<string>
}> {
  readonly exit = ExitCode.configuration
  readonly fix = ["mls profile list", "or make one: `mls login https://mlserver.example.com:12800 --profile NAME`"]
  override get message(): string {
    const there = this.profiles.length === 0 ? "there is none yet" : `there are: ${this.profiles.join(", ")}`
    return `There is no profile of the name that ${this.by} gives; ${there}`
  }
}

/** What chose the profile, or the server. */
export interface Origin {
  readonly by: "argument" | "option" | "environment" | "directory" | "configuration"
  /** `--profile`, `MLS_HOST`, the path of a `.mls.json` or of the configuration, … */
  readonly what: string
}

/** A server, and its profile if it has one. */
export interface Selected {
  readonly url: string
  readonly origin: Origin
  readonly profile: Profile.Profile | undefined
  /** The profile's name, or that of the one which a sign-in will make. */
  readonly name: string
  /** What tells its session from those of other profiles of this server. */
  readonly session: string | undefined
}

/** What the command line says. */
export interface Given {
  readonly url?: string | undefined
  readonly server?: string | undefined
  readonly profile?: string | undefined
}

/** The mark of a new profile's session. */
export const newSession: Effect.Effect<string> = Effect.sync(() => randomUUID().slice(0, 8))

type Unresolved = ServerUnknown | ProfileUnknown | UsageError | ConfigurationInvalid

const OPTION: Origin = { by: "option", what: "--profile" }
const VARIABLE: Origin = { by: "environment", what: "MLS_PROFILE" }

/** As the configuration has it; an address that cannot be used is told later, where it is used. */
const baseOf = (url: string): string =>
  Either.match(ServerEndpoint.make(url, { dangerouslyAllowHttp: true }), {
    onLeft: () => url,
    onRight: ({ base }) => base
  })

/** The profile of a server: the default if it is one of it, else the one without a mark, else any. */
const ofServer = (file: ConfigFile.File, url: string): Profile.Profile | undefined => {
  const base = baseOf(url)
  const all = file.profiles.filter((profile) => profile.url === base)
  return all.find(({ name }) => name === file.default) ?? all.find(({ session }) => session === undefined) ?? all.at(0)
}

/** A profile by its name. `by`: what named it. */
export const find = (
  file: ConfigFile.File,
  name: string,
  by = "the argument"
): Effect.Effect<Profile.Profile, ProfileUnknown> => {
  const profile = file.profiles.find((one) => one.name === name)
  return profile === undefined
    ? Effect.fail(new ProfileUnknown({ by, profiles: namesOf(file.profiles) }))
    : Effect.succeed(profile)
}

const chosen = (profile: Profile.Profile, origin: Origin): Selected => {
  const { name, session, url } = profile
  return { url, origin, profile, name, session }
}

const known = (file: ConfigFile.File, name: string, origin: Origin): Effect.Effect<Selected, ProfileUnknown> =>
  Effect.map(find(file, name, origin.what), (profile) => chosen(profile, origin))

/** By the server's name alone there is one profile of it; one that gets a name of its own gets a session of its own. */
const byServer = (file: ConfigFile.File, url: string, origin: Origin): Selected => {
  const profile = ofServer(file, url)
  const name = profile?.name ?? nameFor(baseOf(url), namesOf(file.profiles))
  return { url, origin, profile, name, session: profile?.session }
}

/** A profile by name, at a server that was named too: that one, or one to be made. */
const named = (file: ConfigFile.File, name: string, by: Origin, url: string, origin: Origin) =>
  Effect.gen(function* () {
    if (!isName(name)) {
      return yield* usage(`${by.what} is not a name of a profile`, "Use letters, digits, dots and dashes.")
    }
    const profile = file.profiles.find((one) => one.name === name)
    if (profile !== undefined && profile.url !== baseOf(url)) {
      return yield* usage(
        `${by.what} and ${origin.what} contradict each other: that profile is of ${profile.url}`,
        "Leave out one of them, or give the new profile another name."
      )
    }
    const session = profile === undefined ? yield* newSession : profile.session
    return { url, origin, profile, name, session } satisfies Selected
  })

const variables = Effect.all({ host: variable("MLS_HOST"), name: variable("MLS_PROFILE") })

/** Where the configuration is; it may have no place. */
type Where = Effect.Effect<string, ConfigurationInvalid>

const byDefault = (file: ConfigFile.File, where: Where) =>
  Effect.gen(function* () {
    const path = yield* where
    const profile = file.profiles.find(({ name }) => name === file.default)
    if (profile === undefined) return yield* new ServerUnknown()
    return chosen(profile, { by: "configuration", what: path })
  })

/** What the nearest `.mls.json` selects, else the default. A host in it selects nothing. */
const fromHere = (file: ConfigFile.File, path: Where) =>
  Effect.gen(function* () {
    const choice = yield* DirectoryChoice.find
    if (choice?.profile !== undefined) return yield* known(file, choice.profile, { by: "directory", what: choice.path })
    if (choice?.host !== undefined) {
      yield* (yield* Output).marked(
        "!",
        `${choice.path} names a host and no profile: only \`mls login\` asks about it.`
      )
    }
    return yield* byDefault(file, path)
  })

/** The profile that a command is about. `path`: the configuration's, which is asked for where its default is used. */
export const select = (given: Given, file: ConfigFile.File, path: Where): Effect.Effect<Selected, Unresolved, Output> =>
  Effect.gen(function* () {
    const { profile, server } = given
    if (server !== undefined && profile !== undefined) {
      return yield* named(file, profile, OPTION, server, { by: "option", what: "--server" })
    }
    if (profile !== undefined) return yield* known(file, profile, OPTION)
    if (server !== undefined) return byServer(file, server, { by: "option", what: "--server" })
    const { host, name } = yield* variables
    const byHost: Origin = { by: "environment", what: "MLS_HOST" }
    if (name === undefined) {
      return host === undefined ? yield* fromHere(file, path) : byServer(file, host, byHost)
    }
    const selected = yield* known(file, name, VARIABLE)
    return host === undefined ? selected : yield* named(file, name, VARIABLE, host, byHost)
  })

/** The profile that commands use here, if one is; says why, where that cannot be told. */
export const here = (
  given: Given,
  file: ConfigFile.File,
  path: Where
): Effect.Effect<Profile.Profile | undefined, never, Output> =>
  select(given, file, path).pipe(
    Effect.map(({ profile }) => profile),
    Effect.catchTag("ServerUnknown", () => Effect.succeed(undefined)),
    Effect.catchAll((error) =>
      Effect.flatMap(Output, ({ marked }) => Effect.as(marked("!", fromFailure(error).message), undefined))
    )
  )

/** What chose it, in words. */
export const chosenBy = ({ by, what }: Origin): string =>
  by === "configuration" ? `the default of ${what}` : `by ${what}`

/** An argument that is no address: the name of a profile, or a mistake. */
const isWord = (argument: string): boolean => isName(argument) && !argument.includes(".")

const byArgument = (file: ConfigFile.File, argument: string, name: string | undefined, by: Origin) =>
  Effect.gen(function* () {
    const origin: Origin = { by: "argument", what: "the argument" }
    const isProfile = file.profiles.some((profile) => profile.name === argument)
    if (isProfile && (name === undefined || name === argument)) return yield* known(file, argument, origin)
    if (isWord(argument)) return yield* known(file, argument, origin)
    return name === undefined ? byServer(file, argument, origin) : yield* named(file, name, by, argument, origin)
  })

/** Asks whether an address that a `.mls.json` gives is to be used; the address if it is. */
type Propose<E, R> = (path: string, host: string) => Effect.Effect<string, E, R>

/** The same for `login`, which may name a server that is new, and then makes a profile of it. */
export const selectForSignIn = <E, R>(
  given: Given,
  file: ConfigFile.File,
  path: Where,
  propose: Propose<E, R>
): Effect.Effect<Selected, Unresolved | E, Output | R> =>
  Effect.gen(function* () {
    const { host, name: variableName } = yield* variables
    const flag = given.profile
    const [name, by] = flag === undefined ? [variableName, VARIABLE] : [flag, OPTION]
    const argument = given.url
    if (argument !== undefined) return yield* byArgument(file, argument, name, by)
    const isNew = name !== undefined && !file.profiles.some((profile) => profile.name === name)
    if (isNew && host !== undefined) {
      return yield* named(file, name, by, host, { by: "environment", what: "MLS_HOST" })
    }
    if (name !== undefined || host !== undefined) return yield* select(given, file, path)
    return yield* proposed(file, path, propose)
  })

const proposed = <E, R>(file: ConfigFile.File, path: Where, propose: Propose<E, R>) =>
  Effect.gen(function* () {
    const choice = yield* DirectoryChoice.find
    if (choice === undefined) return yield* byDefault(file, path)
    const origin: Origin = { by: "directory", what: choice.path }
    const exists = file.profiles.some(({ name }) => name === choice.profile)
    if (choice.host === undefined || exists) {
      return yield* choice.profile === undefined ? byDefault(file, path) : known(file, choice.profile, origin)
    }
    const accepted = yield* propose(choice.path, choice.host)
    if (choice.profile === undefined) return byServer(file, accepted, origin)
    return yield* named(file, choice.profile, origin, accepted, origin)
  })
