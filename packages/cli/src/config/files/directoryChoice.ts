/**
 * What a directory says about the profile to use: `.mls.json`, in it or above it. It may have come with another person's
 * repository, so it can select a profile that exists, and otherwise only propose: a host from it is where a password would
 * go. It is not looked for above the home directory, and one that belongs to another
 * user, whatever it is, is told of and passed over.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as HomeDirectory from "@mlserver-auth/node/HomeDirectory"
import * as TextFile from "@mlserver-auth/node/TextFile"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import { Output } from "../../cli/output.js"
import { NAME, places } from "./directoryFiles.js"
import { killable } from "./killable.js"
import * as Shape from "../shape.js"

/** Bytes. */
const LIMIT = 16 * 1024

const File = Shape.fields<{ readonly profile?: string | undefined; readonly host?: string | undefined }>({
  profile: Shape.optional(Shape.text),
  host: Shape.optional(Shape.text)
})

/** What it says, and where it says so. */
export interface DirectoryChoice {
  readonly path: string
  readonly profile: string | undefined
  /** An address that it proposes; it is used only where a person says so. */
  readonly host: string | undefined
}

const ADVICE = 'Write it like {"profile":"name"}, remove it, or name a profile with --profile.'

const invalid = (path: string, problem: string) => new ConfigurationInvalid({ setting: path, problem, fix: ADVICE })

/** Neither a link, which may lead anywhere, nor a pipe, which may never end. */
const SAFELY = Fs.constants.O_RDONLY | Fs.constants.O_NOFOLLOW | Fs.constants.O_NONBLOCK

const isForeign = ({ uid }: Fs.Stats): boolean => process.geteuid !== undefined && uid !== process.geteuid()

const isOurs = (path: string): boolean => {
  try {
    return !isForeign(Fs.lstatSync(path))
  } catch {
    return false
  }
}

/** Why it cannot be opened does not matter where it is another user's: that must not end every command below it. */
const whereNotOpened = (path: string, { code = "unknown error" }: NodeJS.ErrnoException): "none" | "foreign" => {
  if (code === "ENOENT" || code === "ENOTDIR") return "none"
  if (isOurs(path)) throw invalid(path, `cannot be read (${code})`)
  return "foreign"
}

const textOf = (path: string, file: number): "foreign" | { readonly text: string } => {
  const stats = Fs.fstatSync(file)
  if (isForeign(stats)) return "foreign"
  if (!stats.isFile()) throw invalid(path, "cannot be read (not a file)")
  const bytes = new Uint8Array(LIMIT + 1)
  const size = Fs.readSync(file, bytes)
  return { text: size > LIMIT ? "" : TextFile.decode(bytes.subarray(0, size)) }
}

const inspect = (path: string) => {
  try {
    const file = Fs.openSync(path, SAFELY)
    try {
      return textOf(path, file)
    } finally {
      Fs.closeSync(file)
    }
  } catch (error) {
    if (error instanceof ConfigurationInvalid) throw error
    return whereNotOpened(path, error as NodeJS.ErrnoException)
  }
}

/** The nearest one that is this user's, and those of others that were passed over on the way. */
const nearest = (homeDirectory: string | undefined) => {
  // The links in the way are those of the person who changed to it.
  const from = Fs.realpathSync(process.cwd())
  const home = homeDirectory !== undefined && Fs.existsSync(homeDirectory) ? Fs.realpathSync(homeDirectory) : ""
  const foreign: Array<string> = []
  for (const path of places(from, home)) {
    const found = inspect(path)
    if (typeof found === "object") return { foreign, path, text: found.text }
    if (found === "foreign") foreign.push(path)
  }
  return { foreign }
}

const decode = (path: string, text: string): Either.Either<DirectoryChoice, ConfigurationInvalid> =>
  Either.fromNullable(Shape.decodeText(File, text), () => invalid(path, "does not select a profile")).pipe(
    Either.map(({ host, profile }) => ({ path, host, profile }))
  )

/** The nearest one; `undefined` where there is none that counts. `ConfigurationInvalid` where it cannot be understood. */
export const find: Effect.Effect<DirectoryChoice | undefined, ConfigurationInvalid, Output> = Effect.gen(function* () {
  const home = Option.getOrUndefined(yield* Effect.option(HomeDirectory.find))
  const { foreign, path, text } = yield* Effect.try({
    try: () => killable(() => nearest(home)),
    catch: (error) =>
      error instanceof ConfigurationInvalid
        ? error
        : invalid(NAME, "cannot be looked for: the working directory is gone")
  })
  const { marked } = yield* Output
  for (const each of foreign) yield* marked("!", `${each} belongs to another user, so mls ignores it.`)
  return path === undefined ? undefined : yield* decode(path, text)
})
