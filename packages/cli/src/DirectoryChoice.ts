/**
 * What a directory says about the profile to use: `.mls.json`, in it or above it. It may have come with somebody else's
 * repository, so it can select a profile that exists, and otherwise only propose: a host from it is where a password would
 * go. It is not looked for above the home directory, and one that belongs to another
 * user, whatever it is, is told of and passed over.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as HomeDirectory from "@mlserver-auth/node/HomeDirectory"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import { constants, type Stats } from "node:fs"
import * as Path from "node:path"
import { Output } from "./Output.js"

const NAME = ".mls.json"
/** Bytes. */
const LIMIT = 16 * 1024

const File = Schema.Struct({ profile: Schema.optional(Schema.String), host: Schema.optional(Schema.String) })

/** What it says, and where it says so. */
export interface DirectoryChoice {
  readonly path: string
  readonly profile: string | undefined
  /** An address that it proposes; it is used only where a person says so. */
  readonly host: string | undefined
}

type Found =
  | { readonly _tag: "None" }
  | { readonly _tag: "Foreign"; readonly path: string }
  | { readonly _tag: "Text"; readonly path: string; readonly text: string }

/** The nearest one that is this user's, and those of others that were passed over on the way. */
interface Nearest {
  readonly found: Found
  readonly foreign: ReadonlyArray<string>
}

/** The working directory and those above it, up to the home directory or the root. */
const directories = (from: string, home: string): ReadonlyArray<string> => {
  const above = Path.dirname(from)
  return from === home || above === from ? [from] : [from, ...directories(above, home)]
}

/** Neither a link, which may lead anywhere, nor a pipe, which may never end. */
const open = (path: string) => Fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)

const isForeign = ({ uid }: Stats): boolean => process.geteuid !== undefined && uid !== process.geteuid()

/** Why it cannot be opened does not matter where it is another user's: that must not end every command below it. */
const whereNotOpened = async (path: string, error: NodeJS.ErrnoException): Promise<Found> => {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return { _tag: "None" }
  const stats = await Fs.lstat(path).catch(() => undefined)
  if (stats === undefined || isForeign(stats)) return { _tag: "Foreign", path }
  throw new Unreadable(path, error.code ?? "unknown error")
}

const inspect = async (path: string): Promise<Found> => {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => error)
  if (file instanceof Error) return await whereNotOpened(path, file)
  try {
    const stats = await file.stat()
    if (isForeign(stats)) return { _tag: "Foreign", path }
    if (!stats.isFile()) throw new Unreadable(path, "not a file")
    const { buffer, bytesRead } = await file.read(new Uint8Array(LIMIT + 1), 0, LIMIT + 1)
    return {
      _tag: "Text",
      path,
      text: bytesRead > LIMIT ? "" : new TextDecoder().decode(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

const nearest = async (homeDirectory: string | undefined): Promise<Nearest> => {
  // The links in the way are those of whoever changed to it.
  const from = await Fs.realpath(process.cwd())
  const home = homeDirectory === undefined ? "" : await Fs.realpath(homeDirectory).catch(() => "")
  const foreign: Array<string> = []
  for (const directory of directories(from, home)) {
    const found = await inspect(Path.join(directory, NAME))
    if (found._tag === "Text") return { found, foreign }
    if (found._tag === "Foreign") foreign.push(found.path)
  }
  return { found: { _tag: "None" }, foreign }
}

class Unreadable {
  readonly path: string
  readonly code: string
  constructor(path: string, code: string) {
    this.path = path
    this.code = code
  }
}

const ADVICE = 'Write it like {"profile":"name"}, remove it, or name a profile with --profile.'

const invalid = (path: string, problem: string) => new ConfigurationInvalid({ setting: path, problem, fix: ADVICE })

const decode = (path: string, text: string): Either.Either<DirectoryChoice, ConfigurationInvalid> =>
  Either.try(() => JSON.parse(text) as unknown).pipe(
    Either.flatMap(Schema.decodeUnknownEither(File)),
    Either.map(({ host, profile }) => ({ path, host, profile })),
    Either.mapLeft(() => invalid(path, "does not select a profile"))
  )

/** The nearest one; `undefined` where there is none that counts. `ConfigurationInvalid` where it cannot be understood. */
export const find: Effect.Effect<DirectoryChoice | undefined, ConfigurationInvalid, Output> = Effect.gen(function* () {
  const home = Option.getOrUndefined(yield* Effect.option(HomeDirectory.find))
  const { found, foreign } = yield* Effect.tryPromise({
    try: () => nearest(home),
    catch: (error) =>
      error instanceof Unreadable
        ? invalid(error.path, `cannot be read (${error.code})`)
        : invalid(NAME, "cannot be looked for: the working directory is gone")
  })
  const { marked } = yield* Output
  for (const path of foreign) yield* marked("!", `${path} belongs to another user and is not obeyed.`)
  return found._tag === "Text" ? yield* decode(found.path, found.text) : undefined
})
