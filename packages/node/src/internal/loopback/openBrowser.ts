/**
 * Opens an address in the browser of the person at this machine, where there is one. Never through a shell; the program
 * gets the address as an argument of its own.
 */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { constants } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

/** A program and what comes before the address. */
export type Opener = readonly [command: string, ...before: ReadonlyArray<string>]

type Environment = Readonly<Record<string, string | undefined>>

/** One program without arguments: its name, or a path. */
const PLAIN_COMMAND = /^[\w./\\:+@-]+$/

/**
 * Programs to try, the best first; none where no browser would show itself to the person: over SSH, or without a display.
 * `BROWSER` goes before all, also over SSH, since an editor there sets it to something that opens at home; `none` in it
 * means none. One that is more than a plain command is passed over. A bare name is one in an absolute directory of PATH.
 */
export const openers = (env: Environment, platform: NodeJS.Platform): ReadonlyArray<Opener> => {
  const browser = env["BROWSER"] ?? ""
  if (browser === "none") return []
  if (PLAIN_COMMAND.test(browser)) return [[browser]]
  if (["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].some((name) => has(env, name))) return []
  if (platform === "darwin") return [["open"]]
  if (platform === "win32")
    return [[Path.win32.join(systemRoot(env), "System32", "rundll32.exe"), "url.dll,FileProtocolHandler"]]
  if (has(env, "WSL_DISTRO_NAME")) return [["wslview"], ["explorer.exe"]]
  return has(env, "DISPLAY") || has(env, "WAYLAND_DISPLAY") ? [["xdg-open"]] : []
}

const systemRoot = (env: Environment): string => {
  const told = env["SystemRoot"] ?? ""
  return Path.win32.isAbsolute(told) ? told : String.raw`C:\Windows`
}

/**
 * Where a program may be, the first first. Windows looks for a bare name in the working directory before all, and others do
 * where their PATH says so; that directory may be another person's, and a program in it would be given the address.
 */
export const placesOf = (command: string, env: Environment, platform: NodeJS.Platform): ReadonlyArray<string> => {
  const path = platform === "win32" ? Path.win32 : Path.posix
  if (path.isAbsolute(command)) return [command]
  // A path from the working directory on.
  if (path.basename(command) !== command) return []
  const endings = platform === "win32" && path.extname(command) === "" ? [".exe", ".com"] : [""]
  const variable = Object.keys(env).find((name) => name === "PATH" || (platform === "win32" && /^path$/i.test(name)))
  const directories = (variable === undefined ? "" : (env[variable] ?? "")).split(path.delimiter)
  return directories
    .filter((directory) => path.isAbsolute(directory))
    .flatMap((directory) => endings.map((ending) => path.join(directory, `${command}${ending}`)))
}

const isProgram = (path: string): Promise<boolean> =>
  Fs.access(path, constants.X_OK).then(
    () => true,
    () => false
  )

/** The program itself; `undefined` where there is none in an absolute place. */
const located = async (command: string): Promise<string | undefined> => {
  for (const place of placesOf(command, process.env, process.platform)) if (await isProgram(place)) return place
  return undefined
}

const has = (env: Environment, name: string): boolean => (env[name] ?? "") !== ""

/** A program that is still running after this long is taken to show the page. */
const CLOSE_TIMEOUT = "1 second"

/** Whether a browser could be started for an http(s) address. Waits a second at most. */
export const openBrowser = (address: string): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (url === undefined || !["http:", "https:"].includes(url.protocol)) return Effect.succeed(false)
    return started(openers(process.env, process.platform), url.href)
  })

const started = ([first, ...rest]: ReadonlyArray<Opener>, url: string): Effect.Effect<boolean> =>
  first === undefined
    ? Effect.succeed(false)
    : Effect.flatMap(run(first, url), (good) => (good ? Effect.succeed(true) : started(rest, url)))

const run = ([command, ...before]: Opener, url: string): Effect.Effect<boolean> =>
  Effect.flatMap(
    Effect.promise(() => located(command)),
    (program) => (program === undefined ? Effect.succeed(false) : runAt(program, command, [...before, url]))
  )

const runAt = (program: string, command: string, args: ReadonlyArray<string>): Effect.Effect<boolean> =>
  Effect.async<boolean>((resume) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: "ignore",
      env: withoutSecrets(process.env)
    })
    child.once("error", () => resume(Effect.succeed(false)))
    // Explorer of Windows answers 1 when all went well.
    child.once("exit", (code) => resume(Effect.succeed(code === 0 || command === "explorer.exe")))
    child.unref()
  }).pipe(Effect.timeoutTo({ duration: CLOSE_TIMEOUT, onTimeout: () => true, onSuccess: (good) => good }))

/** A browser lives on for long after us, and has no use for passwords and tokens in our variables. */
const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("MLS_")))
