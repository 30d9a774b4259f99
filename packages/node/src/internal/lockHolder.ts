/** Which process this is, and for how long another one may be silent before it counts as dead. */
import { readlinkSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import { isMainThread } from "node:worker_threads"
import type { Holder } from "./lockRecord.js"

/** For a holder that cannot be looked at: ten signs of life missed, in milliseconds. */
export const SILENCE_ELSEWHERE = 20_000

/**
 * For a holder of this machine's name and another boot, in milliseconds. No machine restarts in that time, but two that
 * share a directory may share a name by mistake, and then the other one gives signs of life.
 */
export const SILENCE_OTHER_BOOT = 5_000

/** This process, and its thread, as locks name them. Asked once: they do not change. */
export const make = async (): Promise<Holder> => {
  // Not asynchronously: that would be done in another thread.
  const task = isMainThread ? undefined : threadSelf()
  const [boot, space, found, thread] = await Promise.all([
    quietly(Fs.readFile("/proc/sys/kernel/random/boot_id", "utf8")),
    quietly(Fs.readlink("/proc/self/ns/pid")),
    statOf(String(process.pid)),
    task === undefined ? undefined : statOf(`${process.pid}/task/${task}`)
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
 * is seen to run (or stopped: it may go on).
 */
export const patience = async (holder: Holder | undefined, here: Holder): Promise<number> => {
  if (holder === undefined || holder.host !== here.host || holder.space !== here.space) return SILENCE_ELSEWHERE
  if (holder.boot !== undefined && here.boot !== undefined && holder.boot !== here.boot) return SILENCE_OTHER_BOOT
  return (await lives(holder)) ? Infinity : 0
}

/** The number of the thread that this runs in, where the system tells. */
const threadSelf = (): number | undefined => {
  try {
    const id = Number(readlinkSync("/proc/thread-self").split("/").at(-1))
    return Number.isSafeInteger(id) && id > 0 ? id : undefined
  } catch {
    return undefined
  }
}

/** A worker thread that was terminated ends without a word, and its process lives on. */
const lives = async ({ pid, started, thread }: Holder): Promise<boolean> => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM and whatever else: somebody is there.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false
  }
  const found = await statOf(String(pid))
  if (found === undefined) return true
  if (!runs(found, started)) return false
  return thread === undefined || runs(await statOf(`${pid}/task/${thread.id}`), thread.started)
}

const runs = (found: Stat | undefined, started: string | undefined): boolean =>
  found !== undefined && !ENDED.has(found.state) && (started === undefined || found.started === started)

interface Stat {
  readonly state: string
  readonly started: string
}

/** Ended, and not yet waited for by the process that started it: some never wait. */
const ENDED: ReadonlySet<string> = new Set(["Z", "X", "x"])

/** State and start of a process or thread from Linux' /proc; its name, in brackets before them, may hold anything. */
const statOf = async (of: string): Promise<Stat | undefined> => {
  const text = await quietly(Fs.readFile(`/proc/${of}/stat`, "latin1"))
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
