/**
 * Who may write the configuration, which says where passwords go. Refused: a file of another user, or one that every user
 * of this machine can write. A group that can write it is told of by `mls doctor` alone: on many systems it is the
 * user's own.
 */
import * as Effect from "effect/Effect"
import type { Stats } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

/** What to do about it. */
export const FIX = "Look at what is in it, then make it yours alone (`chown`, `chmod go-w`), or set MLS_CONFIG_DIR."

const OTHERS = 0o002
const GROUP_OR_OTHERS = 0o022
const STICKY = 0o1000

/** Another user's, unless root's: an administrator may set it up. */
const isForeign = ({ uid }: Stats): boolean => process.geteuid !== undefined && uid !== 0 && uid !== process.geteuid()

/** In a directory with the sticky bit everybody may add a file, and nobody may replace another's. */
const isOpen = (stats: Stats, who: number): boolean =>
  process.geteuid !== undefined && (stats.mode & who) !== 0 && !(stats.isDirectory() && (stats.mode & STICKY) !== 0)

const strangerOf = (file: Stats, directory: Stats): string | undefined => {
  if (isForeign(file)) return `belongs to another user (number ${file.uid})`
  if (isForeign(directory)) return `is in the directory of another user (number ${directory.uid})`
  if (isOpen(file, OTHERS)) return "can be written by every user of this machine"
  return isOpen(directory, OTHERS) ? "is in a directory that every user of this machine can write" : undefined
}

/** Its text, and who else could have written it. The file that is read is the one that is asked. */
export const read = async (path: string): Promise<{ readonly text: string; readonly stranger: string | undefined }> => {
  const file = await Fs.open(path, "r")
  try {
    const stranger = strangerOf(await file.stat(), await Fs.stat(Path.dirname(path)))
    return { stranger, text: stranger === undefined ? await file.readFile("utf8") : "" }
  } finally {
    await file.close()
  }
}

/** The file, or its directory, that a group or others can write; `undefined` where there is none. */
export const openToOthers = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(async () => {
    for (const each of [path, Path.dirname(path)]) {
      const stats = await Fs.stat(each).catch(() => undefined)
      if (stats !== undefined && isOpen(stats, GROUP_OR_OTHERS)) return each
    }
    return undefined
  })
