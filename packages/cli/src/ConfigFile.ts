/**
 * The profiles: which servers were signed in to, and how they are reached. A small file without secrets, so that the next
 * `mls api` finds its server. `$MLS_CONFIG_DIR/config.json`, else `$XDG_CONFIG_HOME/mls/config.json`, else
 * `~/.config/mls/config.json`.
 */
import { ConfigurationInvalid, type StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as HomeDirectory from "@mlserver-auth/node/HomeDirectory"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as ConfigOwner from "./ConfigOwner.js"
import { variable } from "./Invocation.js"
import { Output } from "./Output.js"
import { isName, nameFor, namesOf } from "./ProfileName.js"

/** The settings of Azure Active Directory, by the names that its notes have. */
export const Azure = Schema.Struct({
  authuri: Schema.optional(Schema.String),
  tenant: Schema.String,
  clientid: Schema.String,
  resource: Schema.String,
  wire: Schema.optional(Schema.Literal("v1", "v2"))
})
/** The settings of Azure Active Directory, by the names that its notes have. */
export type Azure = typeof Azure.Type

/** How a person signs in: at the server itself, or at Azure. */
export const Method = Schema.Literal("password", "aad-device", "aad-browser", "aad-password")
/** How a person signs in: at the server itself, or at Azure. */
export type Method = typeof Method.Type

/** A server, as version 1 of the file had it, and as a profile has it still. */
const server = {
  url: Schema.String,
  loginPath: Schema.optional(Schema.String),
  allowHttp: Schema.optional(Schema.Boolean),
  caFile: Schema.optional(Schema.String),
  /** How it was signed in to last; at the server itself where there is none. */
  method: Schema.optional(Method),
  azure: Schema.optional(Azure)
}

/** Where the tokens of a profile rest. */
export const Store = Schema.Literal("keyring", "encrypted", "file")
/** Where the tokens of a profile rest. */
export type Store = typeof Store.Type

/** A server and how a person is signed in to it, under a name. */
export const Profile = Schema.Struct({
  name: Schema.String.pipe(Schema.filter(isName)),
  ...server,
  store: Schema.optional(Store),
  /** Nobody chose the store: it is what the default came to at the last sign-in. */
  storeAssumed: Schema.optional(Schema.Boolean),
  /** Tells its session from that of another profile of the same server, which has no such mark or another. */
  session: Schema.optional(Schema.String)
})
/** A server and how a person is signed in to it, under a name. */
export type Profile = typeof Profile.Type

const VERSION = 2

const File = Schema.Struct({
  version: Schema.Literal(VERSION),
  /** The name of the profile that is used where none is named. */
  default: Schema.optional(Schema.String),
  profiles: Schema.Array(Profile)
})
/** The file's contents. */
export type File = typeof File.Type

const FileVersion1 = Schema.Struct({
  version: Schema.Literal(1),
  /** The `url` of the server that is used where none is named. */
  default: Schema.optional(Schema.String),
  servers: Schema.Array(Schema.Struct(server))
})

const fromVersion1 = (old: typeof FileVersion1.Type): File => {
  const profiles: Array<Profile> = []
  for (const known of old.servers) profiles.push({ name: nameFor(known.url, namesOf(profiles)), ...known })
  const used = profiles.find(({ url }) => url === old.default)
  return { version: VERSION, ...(used === undefined ? {} : { default: used.name }), profiles }
}

const decodeFile = Schema.decodeUnknownEither(Schema.Union(File, FileVersion1))

const empty: File = { version: VERSION, profiles: [] }

/**
 * The directory that MLS_CONFIG_DIR names, if it does. A relative one would be another directory wherever the command is
 * run, perhaps another person's, and its settings say where a password goes.
 */
const chosenDirectory: Effect.Effect<string | undefined, ConfigurationInvalid> = Effect.flatMap(
  variable("MLS_CONFIG_DIR"),
  (chosen) =>
    chosen === undefined || Path.isAbsolute(chosen)
      ? Effect.succeed(chosen)
      : invalid("MLS_CONFIG_DIR", "is no absolute path", "Give the path from the root on, or unset it.")
)

/** The directory that the tokens are in. Fails where there is none: no MLS_CONFIG_DIR, and no home directory. */
export const stateDirectory: Effect.Effect<string, ConfigurationInvalid> = Effect.flatMap(chosenDirectory, (chosen) =>
  chosen === undefined ? FileTokenStore.defaultDirectory : Effect.succeed(Path.join(chosen, "state"))
)

/** Its path. Fails as `stateDirectory`. */
export const file: Effect.Effect<string, ConfigurationInvalid> = Effect.flatMap(chosenDirectory, (chosen) =>
  Effect.map(chosen === undefined ? HomeDirectory.config("mls") : Effect.succeed(chosen), (directory) =>
    Path.join(directory, "config.json")
  )
)

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown error"

const invalid = (path: string, problem: string, fix: string) =>
  new ConfigurationInvalid({ setting: path, problem, fix })

const decode = (path: string, text: string): Either.Either<File, ConfigurationInvalid> => {
  const json = Either.try(() => JSON.parse(text) as unknown)
  const version = Either.getOrUndefined(json)
  const newer =
    typeof version === "object" && version !== null && "version" in version && Number(version.version) > VERSION
  if (newer)
    return Either.left(invalid(path, "written by a newer version of mls", "Update mls, or set MLS_CONFIG_DIR."))
  return json.pipe(
    Either.flatMap(decodeFile),
    Either.map((found) => (found.version === 1 ? fromVersion1(found) : found)),
    Either.mapLeft(() => invalid(path, "not a configuration of mls", "Remove it and run `mls login URL`."))
  )
}

/** Its text; `undefined` where there is no such file. Refused where another user could have written it. */
const textOf = (path: string): Effect.Effect<string | undefined, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const found = yield* Effect.tryPromise({ try: () => ConfigOwner.read(path), catch: codeOf }).pipe(
      Effect.catchAll((code) =>
        code === "ENOENT"
          ? Effect.succeed(undefined)
          : invalid(path, `cannot be read (${code})`, "Check its owner and permissions, or set MLS_CONFIG_DIR.")
      )
    )
    return found?.stranger === undefined ? found?.text : yield* invalid(path, found.stranger, ConfigOwner.FIX)
  })

/**
 * What is remembered; nothing where there is no file, or no place for one: what is said to a command may be all it needs.
 * `ConfigurationInvalid` for one that cannot be read.
 */
export const load: Effect.Effect<File, ConfigurationInvalid> = Effect.gen(function* () {
  const path = yield* chosenDirectory.pipe(Effect.zipRight(Effect.option(file)), Effect.map(Option.getOrUndefined))
  const text = path === undefined ? undefined : yield* textOf(path)
  return path === undefined || text === undefined ? empty : yield* decode(path, text)
})

/** The same, with a file that is no configuration put aside: for `login`, which writes a new one. */
export const loadOrSetAside: Effect.Effect<File, ConfigurationInvalid, Output> = Effect.catchIf(
  load,
  (error) => error.problem === "not a configuration of mls",
  () =>
    Effect.gen(function* () {
      const path = yield* file
      yield* Effect.ignore(Effect.tryPromise(() => Fs.rename(path, `${path}.broken`)))
      yield* (yield* Output).marked("!", `${path} was no configuration of mls; it is kept as ${path}.broken`)
      return empty
    })
)

/** A rename replaces a link, and people link their configuration to elsewhere. */
const targetOf = (path: string): Promise<string> => Fs.realpath(path).catch(() => path)

const write = (next: File): Effect.Effect<void, ConfigurationInvalid> =>
  Effect.gen(function* () {
    const path = yield* file
    const target = yield* Effect.promise(() => targetOf(path))
    yield* Effect.mapError(PrivateFile.replace(target, `${JSON.stringify(next, undefined, 2)}\n`), (code) =>
      invalid(path, `cannot be written (${code})`, "Make it writable, or set MLS_CONFIG_DIR.")
    )
  }).pipe(Effect.uninterruptible)

/** Not the key of a token: programs that change the file take turns by its lock. */
const TURN = TokenKey.make({ issuer: "mls", client: "configuration" })

/** Changes the file, one program at a time, so that two sign-ins at once are both remembered. */
export const modify = <A, E = never>(
  next: (known: File) => Effect.Effect<readonly [A, File], E>
): Effect.Effect<A, E | ConfigurationInvalid | StoreUnavailable, Output> =>
  Effect.gen(function* () {
    const store = yield* FileTokenStore.make({ directory: yield* stateDirectory })
    return yield* store.exclusive(TURN)(
      Effect.gen(function* () {
        const [answer, changed] = yield* next(yield* loadOrSetAside)
        yield* write(changed)
        return answer
      })
    )
  })

/**
 * Remembers a profile, and says the name that it has (another one where a program that signed in to another server in
 * the same moment took it) and whether it is the default now. `used`: also as the one that is used where none is named.
 */
export const remember = (profile: Profile, used: boolean) =>
  modify((known) => {
    const holder = known.profiles.find(({ name }) => name === profile.name)
    const taken = holder !== undefined && holder.url !== profile.url
    const name = taken ? nameFor(profile.url, namesOf(known.profiles)) : profile.name
    const next = { ...profile, name }
    const profiles =
      holder === undefined || taken
        ? [...known.profiles, next]
        : known.profiles.map((other) => (other === holder ? next : other))
    const file: File = { ...known, default: used ? name : (known.default ?? name), profiles }
    return Effect.succeed([{ name, isDefault: file.default === name }, file] as const)
  })

/** Removes profiles; the default is nobody's if it was one of them. */
export const forget = (names: ReadonlyArray<string>) =>
  modify(({ default: used, ...known }) => {
    const profiles = known.profiles.filter(({ name }) => !names.includes(name))
    const file: File = { ...known, ...(used === undefined || names.includes(used) ? {} : { default: used }), profiles }
    return Effect.succeed([undefined, file] as const)
  })
