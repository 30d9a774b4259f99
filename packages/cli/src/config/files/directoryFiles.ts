/** Where a `.mls.json` is looked for. No Effect: the direct paths of `mls` must see that there is none. */
import * as Path from "node:path"

/** Its name. */
export const NAME = ".mls.json"

/** Its places: the working directory and those above it, up to the home directory or the root. */
export const places = (from: string, home: string): ReadonlyArray<string> =>
  directories(from, home).map((directory) => Path.join(directory, NAME))

const directories = (from: string, home: string): ReadonlyArray<string> => {
  const above = Path.dirname(from)
  return from === home || above === from ? [from] : [from, ...directories(above, home)]
}
