/**
 * What `FileTokenStore` has on the disk for a key, told without opening, repairing or changing anything: for programs
 * that show people where their tokens are, and who keeps them waiting.
 */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as KeyFile from "./internal/keyFile.js"
import * as LockHolder from "./internal/lockHolder.js"
import * as LockRecord from "./internal/lockRecord.js"
import * as Records from "./internal/records.js"
import * as TokenRecord from "./internal/tokenRecord.js"
import type * as RecordKey from "./RecordKey.js"

/** A record of tokens. No token in it. */
export type StoredRecord = Data.TaggedEnum<{
  /** Nothing that could be read is there. */
  readonly Absent: { readonly path: string }
  /** The tokens are in clear. */
  readonly Clear: { readonly path: string }
  /** The tokens are sealed; with a key in a file, `keyFile` is its path, whether it is there or not. */
  readonly Sealed: { readonly path: string; readonly place: RecordKey.Place; readonly keyFile: string | undefined }
  /** A newer version of this package wrote it. */
  readonly Newer: { readonly path: string }
  /** It is no record of this key. */
  readonly Damaged: { readonly path: string }
}>
/** Constructors and matching for `StoredRecord`. */
export const StoredRecord = Data.taggedEnum<StoredRecord>()

/**
 * The record of a key, as it says itself. Whether it opens only its key tells.
 *
 * @example
 * import type { TokenKey } from "@mlserver-auth/core/TokenKey"
 * import { FileTokenStore, Inspection } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const isSealed = (key: TokenKey) =>
 *   FileTokenStore.defaultDirectory.pipe(
 *     Effect.flatMap((directory) => Inspection.record(directory, key)),
 *     Effect.map((found) => found._tag === "Sealed")
 *   )
 */
export const record = (directory: string, key: TokenKey): Effect.Effect<StoredRecord> =>
  Effect.map(textOf(directory, Records.fileOf(key)), ({ path, text }) => {
    if (text === undefined) return StoredRecord.Absent({ path })
    const found = TokenRecord.decode(key, text)
    switch (found._tag) {
      case "Record":
        return StoredRecord.Clear({ path })
      case "Newer":
        return StoredRecord.Newer({ path })
      case "Corrupt":
        return StoredRecord.Damaged({ path })
      case "Sealed": {
        const { place } = found.sealed
        return StoredRecord.Sealed({ path, place, keyFile: place === "file" ? KeyFile.pathIn(directory) : undefined })
      }
    }
  })

/** The lock that `exclusive` takes. */
export type StoredLock = Data.TaggedEnum<{
  readonly Free: { readonly path: string }
  /** `runs`: seen on this machine; `undefined` where it cannot be looked at from here and has given signs of life. */
  readonly Held: {
    readonly path: string
    readonly pid: number
    readonly host: string
    /** Epoch milliseconds of the holder's clock. */
    readonly since: number
    readonly runs: boolean | undefined
  }
  /** Its holder does not say who it is: a newer version wrote it, or it is damaged. */
  readonly Nameless: { readonly path: string }
}>
/** Constructors and matching for `StoredLock`. */
export const StoredLock = Data.taggedEnum<StoredLock>()

/** Who holds the lock of a key. One whose holder does not run any more is taken over by the next who wants it. */
export const lock = (directory: string, key: TokenKey): Effect.Effect<StoredLock> =>
  Effect.gen(function* () {
    const { modifiedAt, path, text } = yield* textOf(directory, Records.lockOf(key, "lock"))
    if (text === undefined) return StoredLock.Free({ path })
    const { holder, since } = LockRecord.decode({ text, modifiedAt, inode: 0 })
    if (holder === undefined) return StoredLock.Nameless({ path })
    const { host, pid } = holder
    const patience = yield* Effect.promise(async () => LockHolder.patience(holder, await LockHolder.make()))
    if (patience === 0) return StoredLock.Held({ path, pid, host, since, runs: false })
    if (patience === Infinity) return StoredLock.Held({ path, pid, host, since, runs: true })
    // Twice: the disk's clock, which decides, may differ from ours.
    const silent = (yield* Clock.currentTimeMillis) - modifiedAt > 2 * patience
    return StoredLock.Held({ path, pid, host, since, runs: silent ? false : undefined })
  })

interface Contents {
  readonly path: string
  readonly text: string | undefined
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

const textOf = (directory: string, name: string): Effect.Effect<Contents> =>
  Effect.promise(async () => {
    const path = Path.join(directory, name)
    try {
      const stats = await Fs.lstat(path)
      // A pipe would be waited for.
      const text = stats.isFile() ? await Fs.readFile(path, "utf8") : undefined
      return { path, text, modifiedAt: stats.mtimeMs }
    } catch {
      return { path, text: undefined, modifiedAt: 0 }
    }
  })
