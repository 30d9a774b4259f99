/**
 * The user's own directories, for tokens, settings and every other file that a program keeps for its user.
 *
 * `os.homedir()` is `""` where `HOME` is empty, as it may be under cron, systemd or in a container, and throws where the
 * user has no entry in the password database. A path that is built on `""` is below the current directory, which may be
 * another person's: so what is not absolute counts as not set.
 */
import { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import * as UserDirectories from "./UserDirectories.js"

const { current: user } = UserDirectories

const missing = (): ConfigurationInvalid => {
  const variable = UserDirectories.homeVariable(user())
  return new ConfigurationInvalid({
    setting: variable,
    problem: "is not an absolute path, and this user has no home directory in the list of users",
    fix: `Set ${variable}, or name the directory: in \`mls\` with MLS_CONFIG_DIR, in a program with \`directory\`.`
  })
}

const orMissing = (found: () => string | undefined): Effect.Effect<string, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const directory = found()
    return directory === undefined ? missing() : Effect.succeed(directory)
  })

/**
 * The home directory: `HOME` (on Windows `USERPROFILE`) if it is an absolute path, otherwise what the system's list of users
 * says. Fails with `ConfigurationInvalid` if neither is an absolute path. It does not look at the disk.
 *
 * @example
 * import { HomeDirectory } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const settings = Effect.map(HomeDirectory.find, (home) => `${home}/.report.json`)
 */
export const find: Effect.Effect<string, ConfigurationInvalid> = orMissing(() => UserDirectories.home(user()))

/**
 * Where a program keeps its state: its name below `$XDG_STATE_HOME`, otherwise `~/.local/state`; below
 * `~/Library/Application Support` on macOS; `%LOCALAPPDATA%\NAME\state` on Windows. A relative path in a variable counts as
 * not set (XDG Base Directory Specification). Fails as `find`.
 *
 * @example
 * import { FileTokenStore, HomeDirectory } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // ~/.local/state/report: tokens of this program alone, apart from those of `mls`.
 * const Store = Layer.unwrapEffect(
 *   Effect.map(HomeDirectory.state("report"), (directory) => FileTokenStore.layer({ directory }))
 * )
 */
export const state = (name: string): Effect.Effect<string, ConfigurationInvalid> =>
  orMissing(() => UserDirectories.state(user(), name))

/**
 * Where a program's settings are: its name below `$XDG_CONFIG_HOME`, otherwise `~/.config`; `%APPDATA%\NAME` on Windows.
 * Fails as `find`.
 *
 * @example
 * import { HomeDirectory, PrivateFile } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const save = (settings: object) =>
 *   Effect.flatMap(HomeDirectory.config("report"), (directory) =>
 *     PrivateFile.replace(`${directory}/settings.json`, JSON.stringify(settings))
 *   )
 */
export const config = (name: string): Effect.Effect<string, ConfigurationInvalid> =>
  orMissing(() => UserDirectories.config(user(), name))

/**
 * Where `config` was on Windows before 0.2: below `~/.config`, as everywhere else. `undefined` on other systems, and if the
 * user has no home directory.
 *
 * @example
 * import { HomeDirectory } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * // Where to look for settings: the new place first.
 * const places = Effect.map(HomeDirectory.config("mls"), (now) => [now, HomeDirectory.formerConfig("mls")])
 */
export const formerConfig = (name: string): string | undefined =>
  process.platform === "win32" ? UserDirectories.formerConfig(user(), name) : undefined
