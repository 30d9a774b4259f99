/**
 * Files that only their owner can read, replaced as a whole. Plain promises and Node's own errors; no owner and no mode
 * is checked on Windows, where a user's own directories are private by inheritance.
 */
import type { Stats } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { codeOf } from "./diskFaults.js"
import { isOpenToOthers, MAX_BYTES, NotPrivate, OpenToOthers, READ, assertOwner } from "./fileRules.js"
import { type Leftovers, STALE_MILLIS } from "./leftovers.js"

export { codeOf, MAX_BYTES, NotPrivate, OpenToOthers }

/** A file's text, whether its mode had to be repaired, which file it was, and when it was written (epoch milliseconds). */
export interface Contents {
  readonly text: string
  readonly repaired: boolean
  readonly inode: number
  readonly modifiedAt: number
}

/** `undefined` where there is no file. */
export const read = async (path: string): Promise<Contents | undefined> => {
  const handle = await open(path)
  if (handle === undefined) return undefined
  try {
    const look = () => handle.stat()
    const stats = await look()
    if (!stats.isFile()) throw new NotPrivate("a record is not a file")
    const repaired = await secure("a record", look, () => handle.chmod(0o600))
    const text = stats.size > MAX_BYTES ? "" : await handle.readFile("utf8")
    return { text, repaired, inode: stats.ino, modifiedAt: stats.mtimeMs }
  } finally {
    await handle.close()
  }
}

const open = async (path: string): Promise<Fs.FileHandle | undefined> => {
  try {
    return await Fs.open(path, READ)
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined
    if (codeOf(error) === "ELOOP") throw new NotPrivate("a record is a symbolic link")
    throw error
  }
}

/** Makes the directory where it is missing; true if its mode had to be repaired. */
export const prepareDirectory = async (directory: string): Promise<boolean> => {
  await Fs.mkdir(directory, { recursive: true, mode: 0o700 })
  return await secure(
    "the directory",
    () => own(directory),
    () => Fs.chmod(directory, 0o700)
  )
}

/** Refuses a directory in which another user can change files. A missing directory is accepted. */
export const checkDirectory = async (directory: string): Promise<void> => {
  try {
    assertOwner("the directory", await own(directory))
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error
  }
}

/**
 * Of the directory itself: a user who can change a link decides where it leads. Root may decide that for all others, and does so
 * for services (systemd's `DynamicUser`).
 */
const own = async (directory: string): Promise<Stats> => {
  const stats = await Fs.lstat(directory)
  if (!stats.isSymbolicLink()) return stats
  if (stats.uid === 0 && process.geteuid !== undefined && process.geteuid() !== 0) return await Fs.stat(directory)
  throw new NotPrivate("the directory is a symbolic link")
}

/** Where a file goes that is no record: one place for each record, so that it is found again without a look at the directory. */
export const asideOf = (path: string): string => `${path}.corrupt`

/** Removes what `remains` found. */
export const removeAll = async (path: string, left: Leftovers): Promise<void> => {
  const found = await remains(path, left)
  for (const each of found) await Fs.rm(each, { force: true })
  left.forget(found.map((each) => Path.basename(each)))
  await syncDirectory(Path.dirname(path))
}

/** The file, what was set aside of it, by former versions too, and what a program that died left of it. */
export const remains = async (path: string, left: Leftovers): Promise<ReadonlyArray<string>> => {
  const [directory, name] = [Path.dirname(path), Path.basename(path)]
  const found: Array<string> = []
  for (const own of [path, asideOf(path)]) if (await exists(own)) found.push(own)
  for (const entry of await left.of(`.${name}.`, `${name}.corrupt-`)) {
    const sibling = Path.join(directory, entry)
    if (entry.startsWith(".") ? await isStale(sibling) : await exists(sibling)) found.push(sibling)
  }
  return found
}

/** Removes a file, for good; a missing one is no error. */
export const remove = async (path: string): Promise<void> => {
  await Fs.rm(path, { force: true })
  await syncDirectory(Path.dirname(path))
}

/** Removes a file of a moment. One that cannot be removed now is left, and swept away later: what it was made for is done. */
export const discard = (path: string): Promise<void> => Fs.rm(path, { force: true }).catch(() => undefined)

/** Gives a file that was read another name; false where it says something else by now. A missing one is no error. */
export const setAside = async (path: string, text: string, name: string): Promise<boolean> => {
  const found = await read(path)
  if (found === undefined) return true
  if (found.text !== text) return false
  await Fs.rename(path, name)
  return true
}

/** What a disk answers that keeps no modes, although the file is ours: shares of Windows, FAT. */
const NO_MODES: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"])

/** Looked at again afterwards: some disks say that a mode was given, and give none. */
const secure = async (what: string, look: () => Promise<Stats>, chmod: () => Promise<void>): Promise<boolean> => {
  const stats = await look()
  assertOwner(what, stats)
  if (!isOpenToOthers(stats)) return false
  try {
    await chmod()
  } catch (error) {
    throw NO_MODES.has(codeOf(error)) ? new OpenToOthers(what, stats.mode) : error
  }
  const after = await look()
  if (isOpenToOthers(after)) throw new OpenToOthers(what, after.mode)
  return true
}

const exists = async (path: string): Promise<boolean> => {
  try {
    await Fs.lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false
    throw error
  }
}

const isStale = async (path: string): Promise<boolean> => {
  try {
    // Not Effect's Clock: the time of a file is the machine's.
    return Date.now() - (await Fs.stat(path)).mtimeMs > STALE_MILLIS
  } catch {
    return false
  }
}

/** So that the new name, or the removal, survives a power failure. Windows opens no directories. */
export const syncDirectory = async (directory: string): Promise<void> => {
  try {
    const handle = await Fs.open(directory, "r")
    await handle.sync().finally(() => handle.close())
  } catch {
    // The content is safe either way; only which of two versions is found after a power failure is not.
  }
}
