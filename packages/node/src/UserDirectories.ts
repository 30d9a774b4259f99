/**
 * Where a user's files are on each system, as plain values. `undefined` if the user has no such place. `HomeDirectory` is
 * the same as effects that fail with what to do.
 *
 * @example
 * import { UserDirectories } from "@mlserver-auth/node"
 *
 * // What the program would use on another machine, for a test.
 * const env = { USERPROFILE: "C:\\Users\\ada" }
 * const windows: UserDirectories.User = { platform: "win32", env, listed: () => undefined }
 *
 * UserDirectories.homeVariable(windows) // "USERPROFILE"
 * UserDirectories.home(windows) // "C:\\Users\\ada"
 * UserDirectories.config(windows, "report") // "C:\\Users\\ada\\AppData\\Roaming\\report"
 * UserDirectories.formerConfig(windows, "report") // "C:\\Users\\ada\\.config\\report"
 */
import * as Path from "node:path"

/** The facts about a user that decide. */
export interface User {
  readonly platform: NodeJS.Platform
  /** The environment: `HOME` or `USERPROFILE`, `XDG_STATE_HOME`, `XDG_CONFIG_HOME`, `LOCALAPPDATA`, `APPDATA`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The home directory in the system's own list of users. Asked only if the environment names none. */
  readonly listed: () => string | undefined
}

/** The user of this process. */
export const current = (): User => ({ platform: process.platform, env: process.env, listed })

const listed = (): string | undefined => {
  try {
    // Loaded where it is needed: most users have HOME.
    const { homedir } = process.getBuiltinModule("node:os").userInfo()
    return homedir
  } catch {
    // A container may have no entry for its user.
    return undefined
  }
}

const pathOf = ({ platform }: User) => (platform === "win32" ? Path.win32 : Path.posix)

/**
 * On Windows `\x` is one of whichever drive is the current one: not absolute enough. A path of a server begins with two.
 */
const isWhole = (user: User, path: string): boolean =>
  pathOf(user).isAbsolute(path) && (user.platform !== "win32" || /^(?:[a-z]:[\\/]|[\\/]{2}[^\\/])/i.test(path))

/** The value of a variable if it is an absolute path. */
const named = (user: User, variable: string): string | undefined => {
  const value = user.env[variable]
  return value !== undefined && isWhole(user, value) ? value : undefined
}

/** The variable that names the home directory. */
export const homeVariable = ({ platform }: Pick<User, "platform">): string =>
  platform === "win32" ? "USERPROFILE" : "HOME"

/** The home directory. `undefined` if there is no absolute path. */
export const home = (user: User): string | undefined => {
  const found = named(user, homeVariable(user))
  if (found !== undefined) return found
  const listed = user.listed()
  return listed !== undefined && isWhole(user, listed) ? listed : undefined
}

const below = (user: User, directory: string | undefined, ...names: ReadonlyArray<string>): string | undefined =>
  directory === undefined ? undefined : pathOf(user).join(directory, ...names)

/**
 * Where a program of this name keeps its state. `HomeDirectory.state` says which directory that is.
 *
 * @example
 * import { UserDirectories } from "@mlserver-auth/node"
 *
 * const state = UserDirectories.state(UserDirectories.current(), "report") // /home/ada/.local/state/report
 */
export const state = (user: User, name: string): string | undefined => {
  const chosen = named(user, "XDG_STATE_HOME")
  if (chosen !== undefined) return below(user, chosen, name)
  if (user.platform === "win32") {
    return below(user, named(user, "LOCALAPPDATA") ?? below(user, home(user), "AppData", "Local"), name, "state")
  }
  const inHome = user.platform === "darwin" ? ["Library", "Application Support"] : [".local", "state"]
  return below(user, home(user), ...inHome, name)
}

/** Where a program of this name keeps its settings. `HomeDirectory.config` says which directory that is. */
export const config = (user: User, name: string): string | undefined => {
  const chosen = named(user, "XDG_CONFIG_HOME")
  if (chosen !== undefined) return below(user, chosen, name)
  return user.platform === "win32"
    ? below(user, named(user, "APPDATA") ?? below(user, home(user), "AppData", "Roaming"), name)
    : formerConfig(user, name)
}

/** Where a program of this name kept its settings until 0.2: below `~/.config`, on Windows too. */
export const formerConfig = (user: User, name: string): string | undefined => below(user, home(user), ".config", name)
