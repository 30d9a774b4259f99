/** The operations of locks on real files, in one directory. */
import { randomBytes } from "node:crypto"
import { constants } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { hasNoLinks } from "../store/diskFaults.js"
import * as HeldFiles from "../store/heldFiles.js"
import * as LockHolder from "./holder.js"
import * as Protocol from "./protocol.js"
import * as Leftovers from "../store/leftovers.js"
import * as Files from "../store/privateFiles.js"

/** What else is done to locks, by those who hold one. */
export interface Locks extends Protocol.LockFiles {
  /** A sign of life; false where the lock is not held with this token any more. */
  readonly touch: (name: string, token: string) => Promise<boolean>
  /** Whether nothing but its silence can show that the holder is dead. */
  readonly isUnseen: (found: LockHolder.Found) => Promise<boolean>
  /** Whether there may be any such files, or claims, of this lock. Says so once for what it has seen. */
  readonly mayHaveLeft: (lock: string) => Promise<boolean>
  /** Removes what programs that died in the middle left of a moment's files. */
  readonly sweepMoments: (lock: string) => Promise<void>
}

/**
 * Tokens of this process whose files could not be removed yet. For all stores of the process: one that was made later must
 * not wait for what an earlier one left.
 */
const left = new Set<string>()

/** Between two tries to remove what was left, in milliseconds: the first pause, and the longest. */
const RECLAIM_PAUSES = [20, 30_000] as const

/**
 * Until it is gone, or the process ends, which this does not put off: then its files are a dead one's. What will not pass by
 * itself, as on a disk that cannot be written any more, is not tried on: this process takes over what it left when it
 * comes upon it.
 */
const reclaiming = (locks: Protocol.LockFiles, gone: Protocol.Left): void => {
  left.add(gone.token)
  const again = (pause: number): void => {
    const longer = Math.min(2 * pause, RECLAIM_PAUSES[1])
    setTimeout(() => {
      void Protocol.reclaim(locks, gone).then(
        (done) => (done ? void left.delete(gone.token) : again(longer)),
        (error: unknown) => (HeldFiles.isEphemeral(Files.codeOf(error)) ? again(longer) : undefined)
      )
    }, pause).unref()
  }
  again(RECLAIM_PAUSES[0])
}

/** `here`: this process. */
export const make = (
  directory: string,
  here: LockHolder.Holder,
  leftovers: Leftovers.Leftovers = Leftovers.make(directory)
): Locks => {
  const pathOf = (name: string) => Path.join(directory, name)
  const read = async (name: string) => {
    const contents = await Files.read(pathOf(name))
    return contents && LockHolder.decode(contents)
  }
  const silenceOf = LockHolder.observer()
  const isDead = async (found: LockHolder.Found): Promise<boolean> => {
    if (left.has(found.token)) return true
    const patience = await LockHolder.patience(found.holder, here)
    if (patience === 0 || patience === Infinity) return patience === 0
    const unproved = patience === LockHolder.SILENCE_ELSEWHERE && LockHolder.isHere(found.holder, here)
    return silenceOf(found, unproved ? LockHolder.ABSENT : Infinity) > patience
  }
  const locks: Locks = {
    read,
    isDead,
    leave: (gone) => reclaiming(locks, gone),
    isUnseen: async ({ holder }) => Number.isFinite((await LockHolder.patience(holder, here)) || Infinity),
    freshToken,
    create: async (name, token) => {
      // Not Effect's Clock: another program reads it, and shows it to a person.
      const text = LockHolder.encode(token, Date.now(), here)
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
    mayHaveLeft: async (lock) => {
      const own = await leftovers.of(`${lock}.`, `.${lock}.`, ".now.")
      leftovers.forget(own)
      return own.length > 0
    },
    sweepMoments: (lock) => sweepMoments(directory, lock)
  }
  return locks
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
    await Files.discard(temporary)
  }
}

const isOurs = async (path: string, token: string): Promise<boolean> => {
  const contents = await Files.read(path)
  return contents !== undefined && LockHolder.decode(contents).token === token
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
    if (created) await Files.discard(path)
    if (Files.codeOf(error) === "EEXIST") return false
    throw error
  }
}

/**
 * The first byte once more: the time of the file is then set by the machine that has the disk, by the same clock for
 * all. A file that was removed meanwhile does not come back by it.
 */
const rewrite = async (path: string): Promise<boolean> => {
  const handle = await Fs.open(path, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
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
    await Files.discard(probe)
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
    if (stats !== undefined && now - stats.mtimeMs > Leftovers.STALE_MILLIS) await Files.discard(path)
  }
}
