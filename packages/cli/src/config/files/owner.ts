/**
 * Who may write the configuration, which says where passwords go. Refused: a file of another user, or one that every user
 * of this machine can write. A group that can write it is told of by `mls doctor` alone: on many systems it is the
 * user's own. No Effect: the direct paths of `mls` read it too.
 */
import * as TextFile from "@mlserver-auth/node/TextFile"
import type { Stats } from "node:fs"
import * as Path from "node:path"
import { killable } from "./killable.js"

/** Without the copy of all that it exports which an `import` is in the bundle. */
const Fs = process.getBuiltinModule("node:fs")

/** Without waiting for the other end of a named pipe, which is then seen to be no file. Windows has no such flag. */
const READ = Fs.constants.O_RDONLY | (Fs.constants.O_NONBLOCK ?? 0)

const OTHERS = 0o002
const GROUP_OR_OTHERS = 0o022
const STICKY = 0o1000

/** Another user's, unless root's: an administrator may set it up. */
const isForeign = ({ uid }: Stats): boolean => process.geteuid !== undefined && uid !== 0 && uid !== process.geteuid()

/** In a directory with the sticky bit every user may add a file, and none may replace another's. */
const isOpen = (stats: Stats, who: number): boolean =>
  process.geteuid !== undefined && (stats.mode & who) !== 0 && !(stats.isDirectory() && (stats.mode & STICKY) !== 0)

/** Who else could have written a file in a directory, in words. */
const strangerOf = (file: Stats, directory: Stats): string | undefined => {
  if (isForeign(file)) return `belongs to another user (number ${file.uid})`
  if (isForeign(directory)) return `is in the directory of another user (number ${directory.uid})`
  if (isOpen(file, OTHERS)) return "can be written by every user of this machine"
  return isOpen(directory, OTHERS) ? "is in a directory that every user of this machine can write" : undefined
}

const FIX = "Check its content, then make it yours alone (`chown`, `chmod go-w`), or set MLS_CONFIG_DIR."

/** Its text, or why it is not read, with what to do about it. */
export type Contents = { readonly text: string } | { readonly problem: string; readonly fix: string }

/** Reads it. The file that is read is the one that is asked who may write it. Throws as Node does. */
export const read = (path: string): Contents =>
  killable(() => {
    const file = Fs.openSync(path, READ)
    try {
      const stats = Fs.fstatSync(file)
      if (!stats.isFile()) return { problem: "is not a file", fix: "Move it away, or set MLS_CONFIG_DIR." }
      const stranger = strangerOf(stats, Fs.statSync(Path.dirname(path)))
      return stranger === undefined ? { text: TextFile.decode(Fs.readFileSync(file)) } : { problem: stranger, fix: FIX }
    } finally {
      Fs.closeSync(file)
    }
  })

/** The file, or its directory, that a group or others can write; `undefined` where there is none. */
export const openToOthers = (path: string): string | undefined =>
  killable(() =>
    [path, Path.dirname(path)].find((each) => Fs.existsSync(each) && isOpen(Fs.statSync(each), GROUP_OR_OTHERS))
  )
