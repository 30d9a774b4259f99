/**
 * The profiles: which servers were signed in to, and how they are reached. A small file without secrets, so that the next
 * `mls api` finds its server. `$MLS_CONFIG_DIR/config.json`, else `$XDG_CONFIG_HOME/mls/config.json`, else
 * `~/.config/mls/config.json`, or `%APPDATA%\mls\config.json` on Windows.
 */
import { ConfigurationInvalid, type StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as HomeDirectory from "@mlserver-auth/node/HomeDirectory"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as ConfigOwner from "./owner.js"
import { variable } from "../../cli/invocation.js"
import { Output } from "../../cli/output.js"
import { nameFor, namesOf, type Profile } from "../profile.js"
import * as ProfileFile from "./profileFile.js"
import type { File } from "./profileFile.js"

export type { File } from "./profileFile.js"

const empty: File = { version: ProfileFile.VERSION, profiles: [] }

/**
 * The directory that MLS_CONFIG_DIR names, if it does. A relative one would be another directory wherever the command is
 * run, perhaps another person's, and its settings say where a password goes.
 */
const chosenDirectory: Effect.Effect<string | undefined, ConfigurationInvalid> = Effect.flatMap(
  variable("MLS_CONFIG_DIR"),
  (chosen) =>
    chosen === undefined || Path.isAbsolute(chosen)
      ? Effect.succeed(chosen)
      : invalid("MLS_CONFIG_DIR", "is not an absolute path", "Give an absolute path, or unset it.")
)

/** The directory that the tokens are in. Fails where there is none: no MLS_CONFIG_DIR, and no home directory. */
export const stateDirectory: Effect.Effect<string, ConfigurationInvalid> = Effect.flatMap(chosenDirectory, (chosen) =>
  chosen === undefined ? FileTokenStore.defaultDirectory : Effect.succeed(ProfileFile.stateIn(chosen))
)

const isThere = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    Fs.access(path).then(
      () => true,
      () => false
    )
  )

/** A configuration of Windows that is in its former place stays there. */
const configDirectory: Effect.Effect<string, ConfigurationInvalid> = Effect.gen(function* () {
  const former = HomeDirectory.formerConfig(ProfileFile.PROGRAM)
  const directory = yield* HomeDirectory.config(ProfileFile.PROGRAM)
  if (former === undefined || (yield* isThere(ProfileFile.fileIn(directory)))) return directory
  return (yield* isThere(ProfileFile.fileIn(former))) ? former : directory
})

/** Its path. Fails as `stateDirectory`. */
export const file: Effect.Effect<string, ConfigurationInvalid> = Effect.flatMap(chosenDirectory, (chosen) =>
  Effect.map(chosen === undefined ? configDirectory : Effect.succeed(chosen), (directory) =>
    ProfileFile.fileIn(directory)
  )
)

const invalid = (path: string, problem: string, fix: string) =>
  new ConfigurationInvalid({ setting: path, problem, fix })

const decode = (path: string, text: string): Either.Either<File, ConfigurationInvalid> => {
  const json = Either.try(() => JSON.parse(text) as unknown)
  const version = Either.getOrUndefined(json)
  const newer =
    typeof version === "object" &&
    version !== null &&
    "version" in version &&
    Number(version.version) > ProfileFile.VERSION
  if (newer)
    return Either.left(invalid(path, "written by a newer version of mls", "Update mls, or set MLS_CONFIG_DIR."))
  return json.pipe(
    Either.flatMap((found) => Either.fromNullable(ProfileFile.decode(found), () => undefined)),
    Either.mapLeft(() => invalid(path, "not a configuration of mls", "Remove it and run `mls login URL`."))
  )
}

/** What passes is a failure that passes, as it is of the tokens: another program has the file open, perhaps. */
const failed = (path: string, operation: "read" | "write", code: string, fix: string) =>
  PrivateFile.isEphemeral(code)
    ? PrivateFile.unavailable(path, operation, code)
    : invalid(path, `cannot be ${operation === "read" ? "read" : "written"} (${code || "unknown error"})`, fix)

/** Its text; `undefined` where there is no such file. Refused where another user could have written it. */
const textOf = (path: string): Effect.Effect<string | undefined, ConfigurationInvalid | StoreUnavailable> =>
  Effect.gen(function* () {
    const found = yield* PrivateFile.patiently(async () => ConfigOwner.read(path)).pipe(
      Effect.catchAll((code) =>
        code === "ENOENT"
          ? Effect.succeed(undefined)
          : Effect.fail(failed(path, "read", code, "Check its owner and permissions, or set MLS_CONFIG_DIR."))
      )
    )
    if (found === undefined || "text" in found) return found?.text
    return yield* invalid(path, found.problem, found.fix)
  })

/**
 * What is remembered; nothing where there is no file, or no place for one: what is said to a command may be all it needs.
 * `ConfigurationInvalid` for one that cannot be read, `StoreUnavailable` for one that may be in a moment.
 */
export const load: Effect.Effect<File, ConfigurationInvalid | StoreUnavailable> = Effect.gen(function* () {
  const path = yield* chosenDirectory.pipe(Effect.zipRight(Effect.option(file)), Effect.map(Option.getOrUndefined))
  const text = path === undefined ? undefined : yield* textOf(path)
  return path === undefined || text === undefined ? empty : yield* decode(path, text)
})

/** The same, with a file that is no configuration put aside: for `login`, which writes a new one. */
export const loadOrSetAside: Effect.Effect<File, ConfigurationInvalid | StoreUnavailable, Output> = Effect.catchIf(
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

const write = (next: File): Effect.Effect<void, ConfigurationInvalid | StoreUnavailable> =>
  Effect.gen(function* () {
    const path = yield* file
    const target = yield* Effect.promise(() => targetOf(path))
    yield* Effect.mapError(PrivateFile.replace(target, `${JSON.stringify(next, undefined, 2)}\n`), (code) =>
      failed(path, "write", code, "Make it writable, or set MLS_CONFIG_DIR.")
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

/** Removes profiles; there is no default any more if it was one of them. */
export const forget = (names: ReadonlyArray<string>) =>
  modify(({ default: used, ...known }) => {
    const profiles = known.profiles.filter(({ name }) => !names.includes(name))
    const file: File = { ...known, ...(used === undefined || names.includes(used) ? {} : { default: used }), profiles }
    return Effect.succeed([undefined, file] as const)
  })
