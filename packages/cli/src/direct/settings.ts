/** Which stored token a command is about, where that is said in the usual way; `undefined` where it is not. */
import * as ServerAddress from "@mlserver-auth/core/ServerAddress"
import type { KeyFields } from "@mlserver-auth/core/TokenFields"
import * as UserDirectories from "@mlserver-auth/node/UserDirectories"
import * as Path from "node:path"
import { markedClient } from "../auth/sessionMark.js"
import * as DirectoryFiles from "../config/files/directoryFiles.js"
import * as ConfigOwner from "../config/files/owner.js"
import type { Profile } from "../config/profile.js"
import * as ProfileFile from "../config/files/profileFile.js"

/** A token, and where it is. */
export interface Settings {
  readonly directory: string
  readonly key: KeyFields
  /** Whether a record in clear is as it should be. */
  readonly clear: boolean
  /** The address of its server, without a slash at its end. */
  readonly base: string
  /** Whether an authority of a file is believed too. */
  readonly caFile: boolean
}

/** What says nothing of which token it is. Each other variable of ours is for the whole program to read. */
const KNOWN: ReadonlySet<string> = new Set(["MLS_CONFIG_DIR", "MLS_PROFILE", "MLS_NO_INPUT"])

/** By the names alone, since each value is asked of the system. */
const isUnusual = (name: string): boolean => /^MLS_/i.test(name) && !KNOWN.has(name) && variable(name) !== undefined

/** Without the copy of all that it exports which an `import` is in the bundle. */
const Fs = process.getBuiltinModule("node:fs")

/** An empty variable counts as not set. */
const variable = (name: string): string | undefined => process.env[name] || undefined

/** The directories of the settings and of the tokens. */
const places = () => {
  const user = UserDirectories.current()
  const chosen = variable("MLS_CONFIG_DIR")
  if (chosen !== undefined) {
    return Path.isAbsolute(chosen) ? { user, directory: chosen, state: ProfileFile.stateIn(chosen) } : undefined
  }
  const directory = UserDirectories.config(user, ProfileFile.PROGRAM)
  const state = UserDirectories.state(user, ProfileFile.PROGRAM)
  return directory === undefined || state === undefined ? undefined : { user, directory, state }
}

/** The profiles that there are; none where the settings are not as usual. */
export const profiles = (): ReadonlyArray<Profile> => {
  try {
    const found = places()
    const file = found === undefined ? undefined : read(ProfileFile.fileIn(found.directory))
    return file?.profiles ?? []
  } catch {
    return []
  }
}

/** `profile`: the name that the command line gives. Throws where files are not as usual. */
export const find = (profile: string | undefined): Settings | undefined => {
  const found = Object.keys(process.env).some(isUnusual) ? undefined : places()
  const file = found === undefined ? undefined : read(ProfileFile.fileIn(found.directory))
  if (found === undefined || file === undefined) return undefined
  const name = profile ?? variable("MLS_PROFILE") ?? (isElsewhere(found.user) ? undefined : file.default)
  const chosen = name === undefined ? undefined : file.profiles.find((one) => one.name === name)
  return chosen === undefined ? undefined : of(chosen, found.state)
}

const read = (path: string): ReturnType<typeof ProfileFile.decode> => {
  const found = ConfigOwner.read(path)
  return "text" in found ? ProfileFile.decode(JSON.parse(found.text)) : undefined
}

/** Whether a `.mls.json` may have something to say, whatever it is. */
const isElsewhere = (user: UserDirectories.User): boolean => {
  const home = UserDirectories.home(user)
  const top = home === undefined || !Fs.existsSync(home) ? "" : Fs.realpathSync.native(home)
  return DirectoryFiles.places(Fs.realpathSync.native(process.cwd()), top).some(
    (place) => Fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined
  )
}

/** Tokens of Azure, and log-in paths that may be none, are for the whole program. */
const of = (profile: Profile, directory: string): Settings | undefined => {
  if (profile.azure !== undefined || profile.loginPath !== undefined) return undefined
  const address = ServerAddress.check(profile.url, { dangerouslyAllowHttp: profile.allowHttp === true })
  if (address === undefined) return undefined
  const key = ServerAddress.keyOf(address, "")
  return {
    directory,
    key: { ...key, client: markedClient(key.client, profile.session) },
    clear: profile.store === "file",
    base: address.base,
    caFile: profile.caFile !== undefined
  }
}
