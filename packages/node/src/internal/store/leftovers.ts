/**
 * What lies in a directory beside records and locks: files of a moment, claims, and what former versions set aside. The whole
 * directory has to be read to know, which takes the longer the more records there are: once in a minute for all records and locks,
 * not for each that a program has not used before.
 */
import * as Fs from "node:fs/promises"

/** No program needs a moment's file for longer: what is younger than a list is no leftover before there is another list. */
export const STALE_MILLIS = 60_000

export interface Leftovers {
  /** The names that begin so, and have not been forgotten. */
  readonly of: (...beginnings: ReadonlyArray<string>) => Promise<ReadonlyArray<string>>
  readonly forget: (names: ReadonlyArray<string>) => void
}

const mayBeLeft = (name: string): boolean =>
  name.startsWith(".") || name.endsWith(".claim") || name.includes(".corrupt-")

export const make = (directory: string): Leftovers => {
  let listedAt = -Infinity
  let listed: Promise<Set<string>> = Promise.resolve(new Set())
  let names = new Set<string>()
  return {
    of: async (...beginnings) => {
      const now = performance.now()
      if (now - listedAt > STALE_MILLIS) {
        listedAt = now
        listed = Fs.readdir(directory).then(
          (found) => new Set(found.filter(mayBeLeft)),
          () => new Set()
        )
      }
      names = await listed
      return [...names].filter((name) => beginnings.some((start) => name.startsWith(start)))
    },
    forget: (gone) => {
      for (const name of gone) names.delete(name)
    }
  }
}
