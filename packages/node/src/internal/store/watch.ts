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
import { codeOf } from "./diskFaults.js"

/** Between two looks, in milliseconds. */
const INTERVAL = 2000

/** How many of the files that are followed are looked at each time: a program may follow ten thousand. */
const LOOKS = 500

/** For the files of one directory: they share one watcher and one timer, which are there while there are watchers. */
export interface RecordWatch {
  /** Has begun when the effect has ended, and ends with the scope. Several changes may be one signal. */
  readonly watch: (name: string) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
  /** As many files as are added, each with what it is called for. */
  readonly follow: <A>(changed: (what: A) => void) => Effect.Effect<Follower<A>, never, Scope.Scope>
}

export interface Follower<A> {
  readonly add: (name: string, what: A) => Effect.Effect<void>
  readonly remove: (name: string) => Effect.Effect<void>
}

export const make = (directory: string, interval: number = INTERVAL): RecordWatch => {
  const watched = new Files()
  let hints: FSWatcher | undefined
  let timer: NodeJS.Timeout | undefined

  const closeHints = () => {
    hints?.close()
    hints = undefined
  }
  const hinted = (_: string, name: string | null) => {
    // The directory itself was moved or removed: there may be another one of its name by the next look.
    if (name === Path.basename(directory)) closeHints()
    for (const file of watched.named(name)) file.hinted()
  }
  const openHints = () => {
    try {
      hints ??= watchDirectory(directory, { persistent: false }, hinted).on("error", closeHints)
    } catch {
      // Missing as yet, or no more of them are allowed: tried again at the next look.
    }
  }
  const lookAtSome = () => {
    openHints()
    for (const file of watched.due()) file.look()
  }
  const begin = async (name: string, kind: Kind, changed: () => void): Promise<WatchedFile> => {
    openHints()
    timer ??= setInterval(lookAtSome, interval).unref()
    // What has come with its directory, since that was looked for, is told of at once from then on.
    const file = new WatchedFile(Path.join(directory, name), kind, () => {
      if (timer !== undefined) openHints()
      changed()
    })
    watched.add(name, file)
    await file.begin()
    return file
  }
  const end = (file: WatchedFile) => {
    if (watched.remove(Path.basename(file.path), file)) return
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
          Effect.promise(() => begin(name, "watched", changed)),
          (file) => Effect.sync(() => end(file))
        )
        return queue
      }),
    follow: <A>(changed: (what: A) => void) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => new Map<string, Promise<WatchedFile>>()),
          (files) => Effect.promise(async () => (await Promise.all(files.values())).forEach(end))
        ),
        (files): Follower<A> => ({
          add: (name, what) =>
            Effect.promise(async () => {
              const file = files.get(name) ?? begin(name, "followed", () => changed(what))
              files.set(name, file)
              await file
            }),
          remove: (name) =>
            Effect.promise(async () => {
              const file = files.get(name)
              if (files.delete(name) && file !== undefined) end(await file)
            })
        })
      )
  }
}

/** Watched: looked at each time. Followed: in its turn, and when there is a hint. */
type Kind = "watched" | "followed"

class Files {
  readonly #all = new Map<string, Set<WatchedFile>>()
  readonly #watched = new Set<WatchedFile>()
  readonly #followed = new Set<WatchedFile>()
  #round = this.#followed.values()

  add(name: string, file: WatchedFile): void {
    this.#all.set(name, (this.#all.get(name) ?? new Set()).add(file))
    this.#of(file).add(file)
  }

  /** Whether any are left. */
  remove(name: string, file: WatchedFile): boolean {
    const same = this.#all.get(name)
    if (same?.delete(file) === true && same.size === 0) this.#all.delete(name)
    this.#of(file).delete(file)
    return this.#all.size > 0
  }

  /** Of one file, or all of them where it is not known which. */
  named(name: string | null): Iterable<WatchedFile> {
    return name === null ? [...this.#watched, ...this.#followed] : (this.#all.get(name) ?? [])
  }

  due(): ReadonlyArray<WatchedFile> {
    const files = [...this.#watched]
    for (let left = Math.min(LOOKS, this.#followed.size); left > 0; left--) {
      const next = this.#round.next()
      if (next.done === true) this.#round = this.#followed.values()
      else files.push(next.value)
    }
    return files
  }

  #of({ kind }: WatchedFile): Set<WatchedFile> {
    return kind === "watched" ? this.#watched : this.#followed
  }
}

/** One look at a time: on a disk that hangs they would pile up. */
class WatchedFile {
  readonly path: string
  readonly kind: Kind
  readonly #changed: () => void
  #seen = ""
  #looking = true
  #again = false

  constructor(path: string, kind: Kind, changed: () => void) {
    this.path = path
    this.kind = kind
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
    return codeOf(error) === "ENOTDIR" ? "ENOENT" : codeOf(error)
  }
}
