/** The operations of locks on real files, in one directory. */
import { randomBytes } from "node:crypto"
import { constants } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { hasNoLinks } from "./diskFaults.js"
import * as LockHolder from "./lockHolder.js"
import type * as Protocol from "./lockProtocol.js"
import * as LockRecord from "./lockRecord.js"
import * as Files from "./privateFiles.js"

/** Nobody needs a moment's file for longer. */
const STALE_MILLIS = 60_000

/** What else is done to locks, by those who hold one. */
export interface Locks extends Protocol.LockFiles {
  /** A sign of life; false where the lock is not held with this token any more. */
  readonly touch: (name: string, token: string) => Promise<boolean>
  /** Whether nothing but its silence can show that the holder is dead. */
  readonly isUnseen: (found: LockRecord.Found) => Promise<boolean>
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
  const silenceOf = observer()
  const isDead = async (found: LockRecord.Found): Promise<boolean> => {
    const patience = await LockHolder.patience(found.holder, here)
    if (patience === 0 || patience === Infinity) return patience === 0
    return silenceOf(found) > patience
  }
  return {
    read,
    isDead,
    isUnseen: async ({ holder }) => Number.isFinite((await LockHolder.patience(holder, here)) || Infinity),
    freshToken,
    create: async (name, token) => {
      // Not Effect's Clock: another program reads it, and shows it to a person.
      const text = LockRecord.encode(token, Date.now(), here)
      try {
        return await publish(directory, name, token, text)
      } catch (error) {
        if (Files.codeOf(error) !== "ENOENT") throw error
        await Files.prepareDirectory(directory)
        return await publish(directory, name, token, text)
      }
    },
    remove: (name) => Fs.rm(pathOf(name), { force: true }),
    touch: async (name, token) => (await read(name))?.token === token && (await rewrite(pathOf(name))),
    list: async (lock) => (await Fs.readdir(directory)).filter((name) => name.startsWith(lock)),
    sweepMoments: (lock) => sweepMoments(directory, lock)
  }
}

/** What is not looked at for so long is looked at as if for the first time, in milliseconds. */
const FORGOTTEN = 10 * LockHolder.SILENCE_ELSEWHERE

/**
 * For how long a holder has given no sign of life while this program looked, in milliseconds: 0 at the first sight. By a
 * clock of this program's own that only goes forward: the age of a file jumps when the clock of a machine is set, as when
 * a virtual one goes on after a rest, and its living holder would be taken for dead.
 */
const observer = (): ((found: LockRecord.Found) => number) => {
  const seen = new Map<string, { readonly modifiedAt: number; readonly since: number }>()
  return ({ modifiedAt, token }) => {
    const now = performance.now()
    const before = seen.get(token)
    if (before?.modifiedAt === modifiedAt) return now - before.since
    for (const [other, { since }] of seen) if (now - since > FORGOTTEN) seen.delete(other)
    seen.set(token, { modifiedAt, since: now })
    return 0
  }
}

const freshToken = (): string => randomBytes(16).toString("hex")

/** Short: some disks take names of 143 bytes, and a claim's has 108. */
const temporaryOf = (directory: string, name: string): string =>
  Path.join(directory, `.${name}.${randomBytes(8).toString("hex")}.tmp`)

/** A link appears whole or not at all; a file that is opened under its name is empty for a moment. */
const publish = async (directory: string, name: string, token: string, text: string): Promise<boolean> => {
  const [path, temporary] = [Path.join(directory, name), temporaryOf(directory, name)]
  try {
    await Fs.writeFile(temporary, text, { flag: "wx", mode: 0o600 })
    await Fs.link(temporary, path)
    return true
  } catch (error) {
    // Over a network the first answer may be lost, and the second one then tells of our own file.
    if (Files.codeOf(error) === "EEXIST") return await isOurs(path, token)
    if (!hasNoLinks(error)) throw error
    return await openNew(path, text)
  } finally {
    await Fs.rm(temporary, { force: true })
  }
}

const isOurs = async (path: string, token: string): Promise<boolean> => {
  const contents = await Files.read(path)
  return contents !== undefined && LockRecord.decode(contents).token === token
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
