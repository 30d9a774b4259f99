/** The operations of locks on real files, in one directory. */
import { randomBytes } from "node:crypto"
import { constants } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as LockHolder from "./lockHolder.js"
import type * as Protocol from "./lockProtocol.js"
import * as LockRecord from "./lockRecord.js"
import * as Files from "./privateFiles.js"

/** Nobody needs a moment's file for longer. */
const STALE_MILLIS = 60_000

/** Where a file system has no hard links, or a system allows none: FAT, some of FUSE, some shares, telephones. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])

/** What else is done to locks, by those who hold one. */
export interface Locks extends Protocol.LockFiles {
  /** A sign of life; false where the lock is not held with this token any more. */
  readonly touch: (name: string, token: string) => Promise<boolean>
  /** Removes what programs that died in the middle left of a moment's files. */
  readonly sweepMoments: (lock: string) => Promise<void>
}

/** `here`: this process. */
export const make = (directory: string, here: LockRecord.Holder): Locks => {
  const pathOf = (name: string) => Path.join(directory, name)
  const read = async (name: string) => {
    const contents = await Files.read(pathOf(name))
    return contents && LockRecord.decode(contents)
  }
  const isDead = async (found: LockRecord.Found): Promise<boolean> => {
    const patience = await LockHolder.patience(found.holder, here)
    if (patience === 0 || patience === Infinity) return patience === 0
    return (await fileTime(directory)) - found.modifiedAt > patience
  }
  return {
    read,
    isDead,
    freshToken,
    create: async (name, token) => {
      // Not Effect's Clock: another program reads it, and shows it to a person.
      const text = LockRecord.encode(token, Date.now(), here)
      try {
        return await publish(directory, name, text)
      } catch (error) {
        if (Files.codeOf(error) !== "ENOENT") throw error
        await Files.prepareDirectory(directory)
        return await publish(directory, name, text)
      }
    },
    remove: (name) => Fs.rm(pathOf(name), { force: true }),
    touch: async (name, token) => (await read(name))?.token === token && (await rewrite(pathOf(name))),
    list: async (lock) => (await Fs.readdir(directory)).filter((name) => name.startsWith(lock)),
    sweepMoments: (lock) => sweepMoments(directory, lock)
  }
}

const freshToken = (): string => randomBytes(16).toString("hex")

const temporaryOf = (directory: string, name: string): string => Path.join(directory, `.${name}.${freshToken()}.tmp`)

/** A link appears whole or not at all; a file that is opened under its name is empty for a moment. */
const publish = async (directory: string, name: string, text: string): Promise<boolean> => {
  const [path, temporary] = [Path.join(directory, name), temporaryOf(directory, name)]
  try {
    await Fs.writeFile(temporary, text, { flag: "wx", mode: 0o600 })
    await Fs.link(temporary, path)
    return true
  } catch (error) {
    if (Files.codeOf(error) === "EEXIST") return false
    if (!NO_LINKS.has(Files.codeOf(error))) throw error
    return await openNew(path, text)
  } finally {
    await Fs.rm(temporary, { force: true })
  }
}

/** Others may see the file empty. It says nothing of its holder then, and counts as a living one's while it is young. */
const openNew = async (path: string, text: string): Promise<boolean> => {
  let created = false
  try {
    const handle = await Fs.open(path, "wx", 0o600)
    created = true
    await handle.writeFile(text).finally(() => handle.close())
    return true
  } catch (error) {
    if (created) await Fs.rm(path, { force: true })
    if (Files.codeOf(error) === "EEXIST") return false
    throw error
  }
}

/**
 * The first byte once more: the time of the file is then set by the machine that has the disk, by the same clock for
 * all. A file that was removed meanwhile does not come back by it.
 */
const rewrite = async (path: string): Promise<boolean> => {
  const handle = await Fs.open(path, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0))
  await handle.write("{", 0).finally(() => handle.close())
  return true
}

/** The time of the machine that has the disk, which may not be ours. */
const fileTime = async (directory: string): Promise<number> => {
  const probe = temporaryOf(directory, "now")
  try {
    await Fs.writeFile(probe, "", { flag: "wx", mode: 0o600 })
    return (await Fs.stat(probe)).mtimeMs
  } finally {
    await Fs.rm(probe, { force: true })
  }
}

const sweepMoments = async (directory: string, lock: string): Promise<void> => {
  const all = await Fs.readdir(directory)
  const names = all.filter((name) => name.startsWith(`.${lock}.`) || name.startsWith(".now."))
  if (names.length === 0) return
  const now = await fileTime(directory)
  for (const name of names) {
    const path = Path.join(directory, name)
    const stats = await Fs.stat(path).catch(() => undefined)
    if (stats !== undefined && now - stats.mtimeMs > STALE_MILLIS) await Fs.rm(path, { force: true })
  }
}
