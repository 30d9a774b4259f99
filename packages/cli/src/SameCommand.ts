/**
 * The command line that was typed, once more with another method: a person whose sign-in was refused should not have to
 * put it together again.
 */

/** A word as a POSIX shell takes it: single quotes keep everything but a single quote. */
export const quoted = (word: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`

/** Options of `mls login` that belong to the refused attempt; those of the second set have a value. */
const DROPPED: ReadonlySet<string> = new Set(["--password-stdin", "--token-stdin", "--json", "--no-input"])
const DROPPED_WITH_VALUE: ReadonlySet<string> = new Set(["--method", "--user", "-u"])

/** `mls login …` as it was typed, by this method instead. The user's name is not repeated: errors name nobody. */
export const withMethod = (args: ReadonlyArray<string>, method: string): string => {
  const kept: Array<string> = []
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ""
    const [name = "", value] = argument.split("=", 2)
    if (DROPPED_WITH_VALUE.has(name)) {
      if (value === undefined) at++
    } else if (!DROPPED.has(name)) kept.push(quoted(argument))
  }
  return ["mls", ...kept, "--method", method].join(" ")
}
