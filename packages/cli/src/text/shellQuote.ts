/**
 * Advice in the words of the shell that its reader types at: a command that another shell has is of no use to them. Where
 * `sh` is named it is every shell that POSIX knows; fish takes these words too.
 */
import * as Path from "node:path"

/** A shell that people read advice at. */
export type ReaderShell = "sh" | "pwsh" | "cmd"

type Environment = Readonly<Record<string, string | undefined>>

/**
 * By what a shell leaves in the environment. Git Bash says where it is; PowerShell has modules of the user's own among its
 * places, and cmd those of the system alone.
 */
export const detect = (platform: NodeJS.Platform, env: Environment): ReaderShell => {
  if (platform !== "win32" || has(env, "MSYSTEM") || has(env, "SHELL")) return "sh"
  const own = (env["USERPROFILE"] ?? "").toLowerCase()
  const modules = (env["PSModulePath"] ?? "").toLowerCase().split(Path.win32.delimiter)
  return own !== "" && modules.some((place) => place.startsWith(own)) ? "pwsh" : "cmd"
}

const has = (env: Environment, name: string): boolean => (env[name] ?? "") !== ""

/** The one that this program was started from, as far as can be told. */
export const reader = (): ReaderShell => detect(process.platform, process.env)

interface Words {
  /** What needs no quotes. */
  readonly plain: RegExp
  readonly quote: (word: string) => string
  readonly unset: (variable: string) => string
  readonly add: (variable: string, value: string) => string
  readonly remove: string
  readonly kill: (pid: number) => string
  /** Makes a file or directory its user's to use; `mode` as POSIX has it. */
  readonly open: (path: string, mode: string) => string
  readonly pipe: (command: string) => string
  readonly fromFile: (variable: string) => string
}

const WINDOWS = { plain: /^[A-Za-z0-9_./:\\+=-]+$/, kill: (pid: number) => `taskkill /PID ${pid} /F` } as const

const WORDS: Readonly<Record<ReaderShell, Words>> = {
  sh: {
    plain: /^[A-Za-z0-9_./:@%+=,-]+$/,
    // Single quotes keep everything but a single quote.
    quote: (word) => `'${word.replaceAll("'", String.raw`'\''`)}'`,
    unset: (variable) => `unset ${variable}`,
    add: (variable, value) => `export ${variable}="$${variable},${value}"`,
    remove: "rm",
    kill: (pid) => `kill ${pid}`,
    open: (path, mode) => `chmod ${mode} ${path}`,
    pipe: (command) => `printf %s "$PASSWORD" | ${command}`,
    fromFile: (variable) => `export ${variable}="$(cat FILE)"`
  },
  pwsh: {
    ...WINDOWS,
    quote: (word) => `'${word.replaceAll("'", "''")}'`,
    unset: (variable) => `Remove-Item Env:${variable}`,
    add: (variable, value) => `$env:${variable} += ",${value}"`,
    remove: "Remove-Item",
    open: (path) => `icacls ${path} /grant "$($env:USERNAME):F"`,
    pipe: (command) => `$env:PASSWORD | ${command}`,
    fromFile: (variable) => `$env:${variable} = Get-Content FILE`
  },
  cmd: {
    ...WINDOWS,
    quote: (word) => `"${word.replaceAll('"', '""')}"`,
    unset: (variable) => `set ${variable}=`,
    add: (variable, value) => `set ${variable}=%${variable}%,${value}`,
    remove: "del",
    open: (path) => `icacls ${path} /grant "%USERNAME%:F"`,
    // No blank before the bar: it would be a part of the password.
    pipe: (command) => `echo %PASSWORD%| ${command}`,
    fromFile: (variable) => `set /p ${variable}=<FILE`
  }
}

/** A word as the shell takes it. */
export const quoted = (word: string, shell: ReaderShell = reader()): string =>
  WORDS[shell].plain.test(word) ? word : WORDS[shell].quote(word)

/** Removes a file. */
export const removal = (path: string, shell: ReaderShell = reader()): string =>
  `${WORDS[shell].remove} ${quoted(path, shell)}`

/** Ends a process. */
export const killing = (pid: number, shell: ReaderShell = reader()): string => WORDS[shell].kill(pid)

/** Lets its user read and write a path. */
export const opened = (path: string, mode: string, shell: ReaderShell = reader()): string =>
  WORDS[shell].open(quoted(path, shell), mode)

/** Goes to a host without the proxy that a variable names. */
export const withoutProxy = (variable: string, host: string, shell: ReaderShell = reader()): string =>
  `${WORDS[shell].unset(variable)}, or: ${WORDS[shell].add("NO_PROXY", host)}`

/** A command that has a password on its standard input. */
export const piped = (command: string, shell: ReaderShell = reader()): string => WORDS[shell].pipe(command)

/** A variable with what is in a file, without its line break. */
export const fromFile = (variable: string, shell: ReaderShell = reader()): string => WORDS[shell].fromFile(variable)

/** What ends the input at a terminal. */
export const endOfInput = (platform: NodeJS.Platform = process.platform): string =>
  platform === "win32" ? "Ctrl-Z and Enter" : "Ctrl-D"

/** What to do about text that is no Unicode. */
export const converted = (platform: NodeJS.Platform = process.platform): string =>
  platform === "win32" ? "Save it as UTF-8." : "Convert it, for example with iconv."

/** How to find out which clock is wrong, and set it. */
export const clockSet = (platform: NodeJS.Platform = process.platform): string =>
  platform === "win32"
    ? "Compare both with a third, and set the wrong one: w32tm /resync"
    : `Compare both with a third (date -u), and set the wrong one: ${platform === "darwin" ? "sudo sntp -sS time.apple.com" : "sudo timedatectl set-ntp true"}`

/** Whether a piped secret ends as `echo SECRET | …` of cmd sends it: with the blank before the bar. */
export const isOfEcho = (text: string, platform: NodeJS.Platform = process.platform): boolean =>
  platform === "win32" && text.endsWith(" \r\n")

/** A shell; `sh` is every one that POSIX knows. */
export type Shell = "sh" | "pwsh" | "fish" | "cmd"

const line: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  pwsh: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd: (name, value) => `set "${name}=${value.replaceAll(/["\r\n]/g, "")}"`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}

/**
 * A line for each variable, quoted so that nothing in a value is run. For cmd they are the lines of a
 * `for /f`, which takes percent signs as they are; what it can quote in no way (double quotes, line breaks) is left out,
 * since no address and no token has any.
 */
export const assignments = (shell: Shell, variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => line[shell](name, value))
    .join("\n")
