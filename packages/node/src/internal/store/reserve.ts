/**
 * Room on the disk and places for open files, taken before anything is sent and given back when a token is to be saved:
 * where there is none, a renewal fails before the server has spent the old token, and not after.
 */
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Files from "./privateFiles.js"

/** Bytes beside a record's own: another record of its size is written while it is there, and two locks of a page each. */
const MORE = 16 * 1024

/** What a reserve is given back by; a second time does nothing. */
export type Release = () => Promise<void>

/** For a record of that name. Its file has no name once it is there, so that a program that dies leaves nothing. */
export const take = async (directory: string, lock: string, record: string): Promise<Release> => {
  // Windows keeps the name of a file that is open.
  if (process.platform === "win32") return async () => {}
  const size = await Fs.stat(Path.join(directory, record)).then(
    (stats) => Math.min(stats.size, Files.MAX_BYTES),
    () => 0
  )
  const path = Path.join(directory, `.${lock}.${randomBytes(8).toString("hex")}.tmp`)
  const handles: Array<Fs.FileHandle> = []
  const release = async () => {
    for (const handle of handles.splice(0)) await handle.close().catch(() => undefined)
  }
  try {
    const first = await Fs.open(path, "wx", 0o600)
    handles.push(first)
    // Not zeros: a disk that compresses would keep no room for those.
    await first.writeFile(randomBytes(size + MORE))
    handles.push(await Fs.open(path, "r"))
  } catch (error) {
    await release()
    throw error
  } finally {
    await Fs.rm(path, { force: true })
  }
  return release
}
