/** Command lines as scripts write them: words, `--profile`, and some switches. */
import { isName } from "../config/profile.js"

/** What one says. */
export interface Line {
  readonly words: ReadonlyArray<string>
  readonly profile: string | undefined
  readonly switches: ReadonlySet<string>
}

const PROFILE: ReadonlySet<string | undefined> = new Set(["-p", "--profile"])

/** `undefined` where it says anything else, or something twice. */
export const read = (args: ReadonlyArray<string>, known: ReadonlyArray<string>): Line | undefined => {
  const words: Array<string> = []
  const switches = new Set<string>()
  let profile: string | undefined
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? ""
    if (PROFILE.has(argument)) {
      const name = args[++at]
      if (profile !== undefined || name === undefined || !isName(name)) return undefined
      profile = name
    } else if (!argument.startsWith("-")) words.push(argument)
    else if (known.includes(argument) && !switches.has(argument)) switches.add(argument)
    else return undefined
  }
  return { words, profile, switches }
}
