/** `mls __complete`: what may come next in a command line, for the scripts of `mls completions`. A line each: the word, and what it is. */
import { offersFor } from "../cli/completions/offers.js"
import { namesOf } from "../config/profile.js"
import * as Settings from "./settings.js"

/** Prints it, always. Names of profiles are left out where the settings cannot be read: nothing may be said beside a line that is typed. */
export const print = (words: ReadonlyArray<string>): true => {
  const typed = words.map((word, at) => (at === words.length - 1 ? word.replace(/^:/, "") : word))
  const offers = offersFor(typed, namesOf(Settings.profiles()))
  process.stdout.write(offers.map(({ description, word }) => `${word}\t${description}`.trimEnd() + "\n").join(""))
  return true
}
