/**
 * The command line that was typed, once more with another method: a person whose sign-in was refused should not have to
 * put it together again.
 */

import * as ReaderShell from "../text/shellQuote.js"
import { DEVICE_CODE, METHOD } from "./advice.js"

/** Options of `mls login` that belong to the refused attempt; those of the second set have a value. */
const DROPPED: ReadonlySet<string> = new Set(["--password-stdin", "--token-stdin", "--json", "--no-input"])
const DROPPED_WITH_VALUE: ReadonlySet<string> = new Set(["--method", "--user", "-u"])

/** `mls login …` as it was typed, by this method instead. The user's name is not repeated: errors name no person. */
export const withMethod = (args: ReadonlyArray<string>, method: string): string => {
  const kept: Array<string> = []
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ""
    const [name = "", value] = argument.split("=", 2)
    if (DROPPED_WITH_VALUE.has(name)) {
      if (value === undefined) at++
    } else if (!DROPPED.has(name)) kept.push(ReaderShell.quoted(argument))
  }
  return ["mls", ...kept, "--method", method].join(" ")
}

/** Advice to sign in once more, for the profile that the command named: other names are refused before anything is advised. */
const ofProfile = (line: string, args: ReadonlyArray<string>): string => {
  const at = args.findIndex((argument) => argument === "-p" || argument === "--profile")
  const name = args.map((argument) => /^--profile=(.*)$/.exec(argument)?.[1]).find((value) => value !== undefined)
  const profile = name ?? (at === -1 ? undefined : args[at + 1])
  const bare = line === "mls login" || line.startsWith(`${DEVICE_CODE} --force`)
  // The names that a profile may have.
  const isName = profile !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(profile)
  return isName && bare ? line.replace("mls login", `mls login ${profile}`) : line
}

const whole = (line: string, args: ReadonlyArray<string>): string => {
  const method = METHOD.exec(line)?.[1]
  return method === undefined ? line : withMethod(args, method)
}

/** Advice to sign in by another method, or once more, as the whole command where this was a sign-in already. */
export const completed = (fix: ReadonlyArray<string>, args: ReadonlyArray<string>): ReadonlyArray<string> =>
  fix.map((line) => (args[0] === "login" ? whole(line, args) : ofProfile(line, args)))
