/**
 * Opens an address in the browser of the person at this machine, where there is one. Never through a shell; the program
 * gets the address as an argument of its own.
 */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"

/** A program and what comes before the address. */
export type Opener = readonly [command: string, ...before: ReadonlyArray<string>]

type Environment = Readonly<Record<string, string | undefined>>

/** One program without arguments: its name, or a path. */
const PLAIN_COMMAND = /^[\w./\\:+@-]+$/

/**
 * Programs to try, the best first; none where no browser would show itself to the person: over SSH, or without a display.
 * `BROWSER` goes before all, also over SSH, since an editor there sets it to something that opens at home; `none` in it
 * means none. One that is more than a plain command is passed over.
 */
export const openers = (env: Environment, platform: NodeJS.Platform): ReadonlyArray<Opener> => {
  const browser = env["BROWSER"] ?? ""
  if (browser === "none") return []
  if (PLAIN_COMMAND.test(browser)) return [[browser]]
  if (["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].some((name) => has(env, name))) return []
  if (platform === "darwin") return [["open"]]
  if (platform === "win32") return [["rundll32", "url.dll,FileProtocolHandler"]]
  if (has(env, "WSL_DISTRO_NAME")) return [["wslview"], ["explorer.exe"]]
  return has(env, "DISPLAY") || has(env, "WAYLAND_DISPLAY") ? [["xdg-open"]] : []
}

const has = (env: Environment, name: string): boolean => (env[name] ?? "") !== ""

/** A program that is still running after this long is taken to show the page. */
const PATIENCE = "1 second"

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
  Effect.async<boolean>((resume) => {
    const child = spawn(command, [...before, url], {
      detached: true,
      stdio: "ignore",
      env: withoutSecrets(process.env)
    })
    child.once("error", () => resume(Effect.succeed(false)))
    // Explorer of Windows answers 1 when all went well.
    child.once("exit", (code) => resume(Effect.succeed(code === 0 || command === "explorer.exe")))
    child.unref()
  }).pipe(Effect.timeoutTo({ duration: PATIENCE, onTimeout: () => true, onSuccess: (good) => good }))

/** A browser lives on for long after us, and has no use for passwords and tokens in our variables. */
const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("MLS_")))
