/**
 * The user's own directories: one answer for tokens, settings and every other file that a program keeps for its user.
 *
 * `os.homedir()` is `""` where `HOME` is empty, as it may be under cron, systemd or in a container, and throws where the
 * user has no entry in the password database. A path that is built on `""` is below the current directory, which may be
 * another person's: so what is not absolute counts as not set.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as Os from "node:os"
import * as Path from "node:path"

/** The value of an environment variable if it is an absolute path. */
const named = (variable: string): string | undefined => {
  const value = process.env[variable]
  return value !== undefined && Path.isAbsolute(value) ? value : undefined
}

/** What the system's own list of users says. */
const listed = (): string | undefined => {
  try {
    const { homedir } = Os.userInfo()
    return Path.isAbsolute(homedir) ? homedir : undefined
  } catch {
    // A container may have no entry for its user.
    return undefined
  }
}

/**
 * The home directory: `HOME` (on Windows `USERPROFILE`) if it is an absolute path, else what the password database says.
 * Fails with `ConfigurationInvalid` where neither is one. Nothing is looked at on the disk.
 *
 * @example
 * import { HomeDirectory } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const settings = Effect.map(HomeDirectory.find, (home) => `${home}/.report.json`)
 */
export const find: Effect.Effect<string, ConfigurationInvalid> = Effect.suspend(() => {
  const variable = process.platform === "win32" ? "USERPROFILE" : "HOME"
  const home = named(variable) ?? listed()
  if (home !== undefined) return Effect.succeed(home)
  return new ConfigurationInvalid({
    setting: variable,
    problem: "is no absolute path, and this user has no home directory in the list of users",
    fix: `Set ${variable}, or name the directory: in \`mls\` with MLS_CONFIG_DIR, in a program with \`directory\`.`
  })
})

/**
 * Where a program keeps what it knows: its name below `$XDG_STATE_HOME`, else `~/.local/state`; below `~/Library/Application
 * Support` on macOS; `%LOCALAPPDATA%\NAME\state` on Windows. A relative path in a variable counts as not set. Fails as `find`.
 */
export const state = (name: string): Effect.Effect<string, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const chosen = named("XDG_STATE_HOME")
    if (chosen !== undefined) return Effect.succeed(Path.join(chosen, name))
    if (process.platform === "win32") {
      const local = named("LOCALAPPDATA")
      const base = local === undefined ? Effect.map(find, below("AppData", "Local")) : Effect.succeed(local)
      return Effect.map(base, below(name, "state"))
    }
    const inHome = process.platform === "darwin" ? ["Library", "Application Support"] : [".local", "state"]
    return Effect.map(find, below(...inHome, name))
  })

/** Where a program's settings are: its name below `$XDG_CONFIG_HOME`, else `~/.config`. Fails as `find`. */
export const config = (name: string): Effect.Effect<string, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const chosen = named("XDG_CONFIG_HOME")
    return chosen === undefined ? Effect.map(find, below(".config", name)) : Effect.succeed(Path.join(chosen, name))
  })

const below =
  (...names: ReadonlyArray<string>) =>
  (directory: string): string =>
    Path.join(directory, ...names)
