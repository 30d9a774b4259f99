/** Who holds a lock: what its file says, which process this is, and for how long another one may be silent before it counts as dead. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { readlinkSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import { isMainThread } from "node:worker_threads"

/** The version this program writes. A change that an older program would misread needs the next number. */
const VERSION = 1

const Name = Schema.String.pipe(Schema.maxLength(255))

const HolderFields = Schema.Struct({
  pid: Schema.Int.pipe(Schema.positive()),
  host: Name,
  /** Changes with every start of the machine. */
  boot: Schema.optional(Name),
  /** Which numbers of processes are meant: containers on one machine have numbers of their own. */
  space: Schema.optional(Name),
  /** When the process started, in ticks since the boot: a number is given again, the two together are not. */
  started: Schema.optional(Name),
  /** Of a worker thread, which may end before its process. */
  thread: Schema.optional(Schema.Struct({ id: Schema.Int.pipe(Schema.positive()), started: Name }))
})

/** A process that holds a lock, as it is known to itself. What a platform does not tell is absent. */
export type Holder = typeof HolderFields.Type

const Record = Schema.Struct({
  version: Schema.Literal(VERSION),
  /** Of this one taking of the lock; never used again. It becomes a part of a file's name. */
  token: Schema.String.pipe(Schema.pattern(/^[0-9a-f]{32}$/)),
  /** Epoch milliseconds of the holder's clock; for people. */
  since: Schema.Number.pipe(Schema.int(), Schema.between(0, 8.64e15)),
  holder: HolderFields
})

const encodeRecord = Schema.encodeSync(Record)
const decodeRecord = Schema.decodeUnknownEither(Schema.parseJson(Record))
const decodeVersion = Schema.decodeUnknownEither(Schema.parseJson(Schema.Struct({ version: Schema.Int })))

export const encode = (token: string, since: number, holder: Holder): string =>
  JSON.stringify(encodeRecord({ version: VERSION, token, since, holder }))

/** A file that was read: its text, and what tells it from another one of the same name. */
export interface Written {
  readonly text: string
  readonly inode: number
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

/** A lock as it was found. */
export interface Found {
  /** Of this one taking of the lock: nothing that is found later under the same name has it again. */
  readonly token: string
  /** Absent where the text is not one of this version's. */
  readonly holder: Holder | undefined
  readonly newer: boolean
  /** Epoch milliseconds, of the holder's clock if it is known, else of the file. */
  readonly since: number
  /** When the holder last gave a sign of life. */
  readonly modifiedAt: number
}

export const decode = (written: Written): Found => {
  const { modifiedAt, text } = written
  const record = Either.getOrUndefined(decodeRecord(text))
  if (record !== undefined) {
    const { holder, since, token } = record
    return { token, holder, since, newer: false, modifiedAt }
  }
  const version = Either.getOrUndefined(decodeVersion(text))?.version ?? VERSION
  const newer = version > VERSION
  return { token: markOf(written), holder: undefined, since: modifiedAt, newer, modifiedAt }
}

/** In the place of a token that cannot be read. It changes with every sign of life, so that none is overlooked. */
const markOf = ({ inode, modifiedAt, text }: Written): string =>
  createHash("sha256").update(`${inode} ${modifiedAt} ${text}`).digest("hex").slice(0, 32)

/** For a holder that cannot be looked at: ten signs of life missed, in milliseconds. */
export const SILENCE_ELSEWHERE = 20_000

/**
 * For a holder of this machine's name and another boot, in milliseconds. No machine restarts in that time, but two that
 * share a directory may share a name by mistake, and then the other one gives signs of life.
 */
export const SILENCE_OTHER_BOOT = 5_000

/** Whether a holder is of this machine, and numbered as we are. */
export const isHere = (holder: Holder | undefined, here: Holder): holder is Holder =>
  holder !== undefined && holder.host === here.host && holder.space === here.space

/**
 * Where Linux tells of its processes. On Windows the same path is one that any user can make, and say there who lives.
 */
const procOf = (platform: NodeJS.Platform): string | undefined => (platform === "linux" ? "/proc" : undefined)

/** This process, and its thread, as locks name them. Asked once: they do not change. */
export const make = async (platform: NodeJS.Platform = process.platform): Promise<Holder> => {
  const proc = procOf(platform)
  // Not asynchronously: that would be done in another thread.
  const task = isMainThread || proc === undefined ? undefined : threadSelf(proc)
  const [boot, space, found, thread] = await Promise.all([
    proc && quietly(Fs.readFile(`${proc}/sys/kernel/random/boot_id`, "utf8")),
    proc && quietly(Fs.readlink(`${proc}/self/ns/pid`)),
    statOf(proc, String(process.pid)),
    task === undefined ? undefined : statOf(proc, `${process.pid}/task/${task}`)
  ])
  return {
    pid: process.pid,
    host: Os.hostname().slice(0, 255),
    ...(boot === undefined ? {} : { boot: boot.trim().slice(0, 255) }),
    ...(space === undefined ? {} : { space: space.slice(0, 255) }),
    ...(found === undefined ? {} : { started: found.started }),
    ...(task === undefined || thread === undefined ? {} : { thread: { id: task, started: thread.started } })
  }
}

/**
 * Milliseconds of silence after which a holder is dead: 0 where it is proved that the process ended, `Infinity` where it
 * is seen to run (or stopped: it may go on). A number alone proves nothing, since it is given again: a process of that number
 * whose start nothing tells counts by its signs of life, also where it is this one.
 */
export const patience = async (
  holder: Holder | undefined,
  here: Holder,
  platform: NodeJS.Platform = process.platform
): Promise<number> => {
  if (!isHere(holder, here)) return SILENCE_ELSEWHERE
  if (holder.boot !== undefined && here.boot !== undefined && holder.boot !== here.boot) return SILENCE_OTHER_BOOT
  return await byLooking(holder, procOf(platform))
}

/** The number of the thread that this runs in, where the system tells. */
const threadSelf = (proc: string): number | undefined => {
  try {
    const id = Number(readlinkSync(`${proc}/thread-self`).split("/").at(-1))
    return Number.isSafeInteger(id) && id > 0 ? id : undefined
  } catch {
    return undefined
  }
}

/** A worker thread that was terminated ends without a word, and its process lives on. */
const byLooking = async ({ pid, started, thread }: Holder, proc: string | undefined): Promise<number> => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM and whatever else: a process is there.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return 0
  }
  const found = await statOf(proc, String(pid))
  if (found === undefined) return SILENCE_ELSEWHERE
  if (ENDED.has(found.state)) return 0
  if (started === undefined) return SILENCE_ELSEWHERE
  if (found.started !== started) return 0
  return thread === undefined || runs(await statOf(proc, `${pid}/task/${thread.id}`), thread.started) ? Infinity : 0
}

const runs = (found: Stat | undefined, started: string): boolean =>
  found !== undefined && !ENDED.has(found.state) && found.started === started

interface Stat {
  readonly state: string
  readonly started: string
}

/** Ended, and not yet waited for by the process that started it: some never wait. */
const ENDED: ReadonlySet<string> = new Set(["Z", "X", "x"])

/** State and start of a process or thread from Linux' /proc; its name, in brackets before them, may hold anything. */
const statOf = async (proc: string | undefined, of: string): Promise<Stat | undefined> => {
  const text = proc === undefined ? undefined : await quietly(Fs.readFile(`${proc}/${of}/stat`, "latin1"))
  const [state, ...rest] = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? []
  const started = rest[18]
  return state === undefined || started === undefined ? undefined : { state, started }
}

const quietly = async <A>(asked: Promise<A>): Promise<A | undefined> => {
  try {
    return await asked
  } catch {
    return undefined
  }
}

/** What is not looked at for so long is looked at as if for the first time, in milliseconds. */
const FORGOTTEN = 10 * SILENCE_ELSEWHERE

/**
 * Who waits looks several times a second. Where there was no look for so long, in milliseconds, this machine may have slept,
 * and a holder on it too, and some systems count that time: it is no silence.
 */
export const ABSENT = SILENCE_OTHER_BOOT

/**
 * For how long a holder has given no sign of life while this program looked, in milliseconds: 0 at the first sight. By a
 * clock of this program's own that only goes forward: the age of a file jumps when the clock of a machine is set, as when
 * a virtual one goes on after a rest, and its living holder would be taken for dead.
 */
export const observer = (): ((found: Found, absent: number) => number) => {
  const seen = new Map<string, { readonly modifiedAt: number; readonly since: number; readonly lookedAt: number }>()
  return ({ modifiedAt, token }, absent) => {
    const now = performance.now()
    const before = seen.get(token)
    if (before?.modifiedAt === modifiedAt) {
      // A holder is silent no longer than it was looked at while both could have been there.
      const since = now - before.lookedAt > absent ? before.since + now - before.lookedAt : before.since
      seen.set(token, { modifiedAt, since, lookedAt: now })
      return now - since
    }
    for (const [other, { lookedAt }] of seen) if (now - lookedAt > FORGOTTEN) seen.delete(other)
    seen.set(token, { modifiedAt, since: now, lookedAt: now })
    return 0
  }
}
