/**
 * Which servers were signed in to, and how they are reached: a small file without secrets, so that the next `mls api`
 * finds its server. `$MLS_CONFIG_DIR/config.json`, else `$XDG_CONFIG_HOME/mls/config.json`, else
 * `~/.config/mls/config.json`.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as PrivateFile from "@mlserver-auth/node/PrivateFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { Output } from "./Output.js"

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
export const Method = Schema.Literal("password", "aad-device", "aad-password")
/** How a person signs in: at the server itself, or at Azure. */
export type Method = typeof Method.Type

/** A server, as it was given to `mls login`. */
export const Server = Schema.Struct({
  url: Schema.String,
  loginPath: Schema.optional(Schema.String),
  allowHttp: Schema.optional(Schema.Boolean),
  caFile: Schema.optional(Schema.String),
  /** How it was signed in to last; at the server itself where there is none. */
  method: Schema.optional(Method),
  azure: Schema.optional(Azure)
})
/** A server, as it was given to `mls login`. */
export type Server = typeof Server.Type

const VERSION = 1

const File = Schema.Struct({
  version: Schema.Literal(VERSION),
  /** The `url` of the server that is used where none is named. */
  default: Schema.optional(Schema.String),
  servers: Schema.Array(Server)
})
/** The file's contents. */
export type File = typeof File.Type

const empty: File = { version: VERSION, servers: [] }

/** The directory that MLS_CONFIG_DIR names, if it does. */
export const chosenDirectory: Effect.Effect<string | undefined> = Effect.sync(() => {
  const chosen = process.env["MLS_CONFIG_DIR"]
  return chosen === undefined || chosen === "" ? undefined : Path.resolve(chosen)
})

const file: Effect.Effect<string> = Effect.map(chosenDirectory, (chosen) => {
  const xdg = process.env["XDG_CONFIG_HOME"]
  // The specification wants relative paths ignored.
  const base = xdg !== undefined && Path.isAbsolute(xdg) ? xdg : Path.join(Os.homedir(), ".config")
  return Path.join(chosen ?? Path.join(base, "mls"), "config.json")
})

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
    Either.flatMap(Schema.decodeUnknownEither(File)),
    Either.mapLeft(() => invalid(path, "not a configuration of mls", "Remove it and run `mls login URL`."))
  )
}

/** What is remembered; nothing where there is no file. `ConfigurationInvalid` for one that cannot be read. */
export const load: Effect.Effect<File, ConfigurationInvalid> = Effect.gen(function* () {
  const path = yield* file
  const text = yield* Effect.tryPromise({ try: () => Fs.readFile(path, "utf8"), catch: codeOf }).pipe(
    Effect.catchAll((code) =>
      code === "ENOENT"
        ? Effect.succeed(undefined)
        : invalid(path, `cannot be read (${code})`, "Check its owner and permissions, or set MLS_CONFIG_DIR.")
    )
  )
  return text === undefined ? empty : yield* decode(path, text)
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

/** Remembers a server and makes it the one that is used where none is named. */
export const remember = (server: Server): Effect.Effect<void, ConfigurationInvalid, Output> =>
  Effect.gen(function* () {
    const known = yield* loadOrSetAside
    const others = known.servers.filter((other) => other.url !== server.url)
    const next: File = { version: VERSION, default: server.url, servers: [...others, server] }
    const text = `${JSON.stringify(next, undefined, 2)}\n`
    const path = yield* file
    const target = yield* Effect.promise(() => targetOf(path))
    yield* Effect.mapError(PrivateFile.replace(target, text), (code) =>
      invalid(path, `cannot be written (${code})`, "Make it writable, or set MLS_CONFIG_DIR.")
    )
  }).pipe(Effect.uninterruptible)
