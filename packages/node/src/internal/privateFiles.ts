/**
 * Files that only their owner can read, replaced as a whole. Plain promises and Node's own errors; no owner and no mode
 * is checked on Windows, where a user's own directories are private by inheritance.
 */
import { randomBytes } from "node:crypto"
import { constants, type Stats } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

/** Somebody else could have written the file, or could write through it. */
export class NotPrivate extends Error {
  override readonly name = "NotPrivate"
  readonly code = "MLS_NOT_PRIVATE"
}

/** Others can use what should be private, and no mode can be given to it: some disks keep none. */
export class OpenToOthers extends Error {
  override readonly name = "OpenToOthers"
  readonly code = "MLS_OPEN_TO_OTHERS"
  constructor(what: string, mode: number) {
    super(`${what} is open to other users (mode ${(mode & 0o777).toString(8)}), and its disk keeps no other mode`)
  }
}

/** An issuer's largest answer, sealed and spelt in base64url, with room to spare. */
export const MAX_BYTES = 2 * 1024 * 1024
const STALE_MILLIS = 60_000
const OTHERS = 0o077

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

/** Without following a link, and without waiting for the other end of a pipe. */
const open = async (path: string): Promise<Fs.FileHandle | undefined> => {
  try {
    return await Fs.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
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

/** Refuses a directory in which somebody else says what is there; one that is missing is nobody's. */
export const checkDirectory = async (directory: string): Promise<void> => {
  try {
    refuseStranger("the directory", await own(directory))
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error
  }
}

/**
 * Of the directory itself: whoever can change a link says where it leads to. Root may say that to all others, and does so
 * for services (systemd's `DynamicUser`).
 */
const own = async (directory: string): Promise<Stats> => {
  const stats = await Fs.lstat(directory)
  if (!stats.isSymbolicLink()) return stats
  if (stats.uid === 0 && process.geteuid !== undefined && process.geteuid() !== 0) return await Fs.stat(directory)
  throw new NotPrivate("the directory is a symbolic link")
}

/** Replaces a file by a new one that is on the disk, whole, before it has the name. */
export const replace = async (path: string, text: string): Promise<void> => {
  const temporary = temporaryFor(path)
  try {
    await writeNew(temporary, text)
    await Fs.rename(temporary, path)
  } catch (error) {
    await Fs.rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(Path.dirname(path))
}

/** Makes a file that is on the disk, whole, before it has the name; false, and nothing changed, where the name is taken. */
export const createOnly = async (path: string, text: string): Promise<boolean> => {
  const temporary = temporaryFor(path)
  try {
    await writeNew(temporary, text)
    await Fs.link(temporary, path)
  } catch (error) {
    // Over a network the first answer may be lost, and the second one then tells of our own file.
    if (codeOf(error) === "EEXIST") return await holds(path, text)
    throw error
  } finally {
    await Fs.rm(temporary, { force: true })
  }
  await syncDirectory(Path.dirname(path))
  return true
}

/** The same where one program at a time does it, and no name can be given twice to a file. */
export const createAbsent = async (path: string, text: string): Promise<boolean> => {
  const found = await read(path)
  if (found !== undefined) return found.text === text
  await replace(path, text)
  return true
}

const holds = async (path: string, text: string): Promise<boolean> => (await read(path))?.text === text

const temporaryFor = (path: string): string =>
  Path.join(Path.dirname(path), `.${Path.basename(path)}.${randomBytes(8).toString("hex")}.tmp`)

const writeNew = async (path: string, text: string): Promise<void> => {
  const handle = await Fs.open(path, "wx", 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Replaces a file in a directory that may be missing yet, and whose mode is its owner's business. */
export const create = async (path: string, text: string): Promise<void> => {
  await Fs.mkdir(Path.dirname(path), { recursive: true, mode: 0o700 })
  await replace(path, text)
}

/** Removes a file, what was set aside of it, and what a program that died left of it. */
export const removeAll = async (path: string): Promise<void> => {
  for (const each of await remains(path)) await Fs.rm(each, { force: true })
  await syncDirectory(Path.dirname(path))
}

/** What `removeAll` would remove. */
export const remains = async (path: string): Promise<ReadonlyArray<string>> => {
  const [directory, name] = [Path.dirname(path), Path.basename(path)]
  const found: Array<string> = []
  for (const entry of await entries(directory)) {
    const sibling = Path.join(directory, entry)
    const left = entry.startsWith(`.${name}.`) && (await isStale(sibling))
    if (left || entry === name || entry.startsWith(`${name}.corrupt-`)) found.push(sibling)
  }
  return found
}

/** Removes a file, for good; a missing one is no error. */
export const remove = async (path: string): Promise<void> => {
  await Fs.rm(path, { force: true })
  await syncDirectory(Path.dirname(path))
}

/** Gives a file that was read another name, unless it was replaced since. */
export const setAside = async (path: string, inode: number, name: string): Promise<void> => {
  try {
    if ((await Fs.lstat(path)).ino === inode) await Fs.rename(path, name)
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error
  }
}

/** Node's code of an error, or an empty string. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""

/** What a disk answers that keeps no modes, although the file is ours: shares of Windows, FAT. */
const NO_MODES: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"])

/** Looked at again afterwards: some disks say that a mode was given, and give none. */
const secure = async (what: string, look: () => Promise<Stats>, chmod: () => Promise<void>): Promise<boolean> => {
  const stats = await look()
  refuseStranger(what, stats)
  if (process.geteuid === undefined || (stats.mode & OTHERS) === 0) return false
  try {
    await chmod()
  } catch (error) {
    throw NO_MODES.has(codeOf(error)) ? new OpenToOthers(what, stats.mode) : error
  }
  const { mode } = await look()
  if ((mode & OTHERS) !== 0) throw new OpenToOthers(what, mode)
  return true
}

const refuseStranger = (what: string, { uid }: Stats): void => {
  if (process.geteuid !== undefined && uid !== process.geteuid()) {
    throw new NotPrivate(`${what} belongs to another user`)
  }
}

const entries = async (directory: string): Promise<ReadonlyArray<string>> => {
  try {
    return await Fs.readdir(directory)
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return []
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
const syncDirectory = async (directory: string): Promise<void> => {
  try {
    const handle = await Fs.open(directory, "r")
    await handle.sync().finally(() => handle.close())
  } catch {
    // The content is safe either way; only which of two versions is found after a power failure is not.
  }
}
