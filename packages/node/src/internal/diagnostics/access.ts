/** Whether this user, and only this user, can use a file or a directory. */
import { constants, type Stats } from "node:fs"
import * as Fs from "node:fs/promises"
import { codeOf } from "../store/diskFaults.js"

type Kind = "directory" | "file"

/** A directory that root made a link of is what it leads to, as the store has it. */
const statsOf = async (path: string, kind: Kind): Promise<Stats> => {
  const stats = await Fs.lstat(path)
  const byRoot = stats.isSymbolicLink() && stats.uid === 0 && process.geteuid?.() !== 0
  return kind === "directory" && byRoot ? await Fs.stat(path) : stats
}

export const look = async (path: string, kind: Kind) => {
  try {
    const stats = await statsOf(path, kind)
    if (!(kind === "directory" ? stats.isDirectory() : stats.isFile()))
      return { _tag: "WrongKind" as const, path, kind }
    const self = process.geteuid?.()
    if (self !== undefined && stats.uid !== self) return { _tag: "Foreign" as const, path, uid: stats.uid }
    if (self !== undefined && (stats.mode & 0o077) !== 0)
      return { _tag: "Open" as const, path, kind, mode: stats.mode & 0o777 }
    await Fs.access(path, constants.R_OK | constants.W_OK | (kind === "directory" ? constants.X_OK : 0))
    return { _tag: "Usable" as const, path }
  } catch (error) {
    const code = codeOf(error)
    return code === "ENOENT" ? { _tag: "Absent" as const, path } : { _tag: "Unusable" as const, path, kind, code }
  }
}
