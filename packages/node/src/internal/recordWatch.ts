/**
 * Tells when files of one directory change, by whomever.
 *
 * The truth is how a file looks every two seconds: so nothing is missed that another machine does on a shared disk, or
 * in a directory that is made later. `fs.watch` only says when to look at once; where it cannot be had (a limit, a file
 * system), or falls silent, nothing is lost but time. `fs.watchFile` would do the same looks, but does not say when it
 * has had its first, and what changes before that is lost. Nothing here keeps a program from ending.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { type FSWatcher, watch as watchDirectory } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Files from "./privateFiles.js"

/** Between two looks, in milliseconds. */
const INTERVAL = 2000

/** For the files of one directory: they share one watcher and one timer, which are there while somebody watches. */
export interface RecordWatch {
  /** Has begun when the effect has ended, and ends with the scope. Several changes may be one signal. */
  readonly watch: (name: string) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
}

export const make = (directory: string, interval: number = INTERVAL): RecordWatch => {
  const watched = new Set<WatchedFile>()
  let hints: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined

  const closeHints = () => {
    hints?.close()
    hints = undefined
  }
  const hinted = (_: string, name: string | null) => {
    // The directory itself was moved or removed: there may be another one of its name by the next look.
    if (name === Path.basename(directory)) closeHints()
    for (const file of watched) if (name === null || name === Path.basename(file.path)) file.hinted()
  }
  const openHints = () => {
    try {
      hints ??= watchDirectory(directory, { persistent: false }, hinted).on("error", closeHints)
    } catch {
      // Missing as yet, or no more of them are allowed: tried again at the next look.
    }
  }
  const lookAtAll = () => {
    openHints()
    for (const file of watched) file.look()
  }
  const begin = async (name: string, changed: () => void): Promise<WatchedFile> => {
    openHints()
    timer ??= setInterval(lookAtAll, interval).unref()
    const file = new WatchedFile(Path.join(directory, name), changed)
    watched.add(file)
    await file.begin()
    return file
  }
  const end = (file: WatchedFile) => {
    watched.delete(file)
    if (watched.size > 0) return
    closeHints()
    clearInterval(timer)
    timer = undefined
  }
  return {
    watch: (name) =>
      Effect.gen(function* () {
        const queue = yield* Effect.acquireRelease(Queue.sliding<void>(1), Queue.shutdown)
        const changed = () => void queue.unsafeOffer(undefined)
        yield* Effect.acquireRelease(
          Effect.promise(() => begin(name, changed)),
          (file) => Effect.sync(() => end(file))
        )
        return queue
      })
  }
}

/** One look at a time: on a disk that hangs they would pile up. */
class WatchedFile {
  readonly path: string
  readonly #changed: () => void
  #seen = ""
  #looking = true
  #again = false

  constructor(path: string, changed: () => void) {
    this.path = path
    this.#changed = changed
  }

  /** The first look: what is different later is a change. */
  async begin(): Promise<void> {
    this.#seen = await appearance(this.path)
    this.#looking = false
    if (this.#again) this.hinted()
  }

  /** A look that is under way may have been too early for what the hint is about. */
  hinted(): void {
    this.#again = this.#looking
    this.look()
  }

  look(): void {
    if (!this.#looking) void this.#look()
  }

  async #look(): Promise<void> {
    this.#looking = true
    const seen = await appearance(this.path)
    this.#looking = false
    if (seen !== this.#seen) this.#changed()
    this.#seen = seen
    if (this.#again) this.hinted()
  }
}

/** Differs for every file that was ever put in the place of another, and for one that was written to. Never fails. */
const appearance = async (path: string): Promise<string> => {
  try {
    const { ctimeNs, ino, mtimeNs, size } = await Fs.lstat(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return Files.codeOf(error) === "ENOTDIR" ? "ENOENT" : Files.codeOf(error)
  }
}
