/** What `FileTokenStore` has on the disk for a key, read without opening, repairing or changing it. */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as PrivateFile from "../../PrivateFile.js"
import * as KeyFile from "../key/keyFile.js"
import * as LockHolder from "../lock/holder.js"
import * as Records from "../store/records.js"
import * as TokenRecord from "../store/tokenRecord.js"

export const record = (directory: string, key: TokenKey) =>
  Effect.map(textOf(directory, Records.fileOf(key)), ({ path, text }) => {
    if (text === undefined) return { _tag: "Absent" as const, path }
    const found = TokenRecord.decode(key, text)
    switch (found._tag) {
      case "Record":
        return { _tag: "Clear" as const, path }
      case "Newer":
        return { _tag: "Newer" as const, path }
      case "Corrupt":
        return { _tag: "Damaged" as const, path }
      case "Sealed": {
        const { place } = found.sealed
        return {
          _tag: "Sealed" as const,
          path,
          place,
          keyFile: place === "file" ? KeyFile.pathIn(directory) : undefined
        }
      }
    }
  })

export const lock = (directory: string, key: TokenKey) =>
  Effect.gen(function* () {
    const { modifiedAt, path, text } = yield* textOf(directory, Records.lockOf(key, "lock"))
    if (text === undefined) return { _tag: "Free" as const, path }
    const { holder, since } = LockHolder.decode({ text, modifiedAt, inode: 0 })
    if (holder === undefined) return { _tag: "Nameless" as const, path }
    const { host, pid } = holder
    const patience = yield* Effect.promise(async () => LockHolder.patience(holder, await LockHolder.make()))
    if (patience === 0) return { _tag: "Held" as const, path, pid, host, since, runs: false }
    if (patience === Infinity) return { _tag: "Held" as const, path, pid, host, since, runs: true }
    // Twice: the disk's clock, which decides, may differ from ours.
    const silent = (yield* Clock.currentTimeMillis) - modifiedAt > 2 * patience
    return { _tag: "Held" as const, path, pid, host, since, runs: silent ? false : undefined }
  })

interface Contents {
  readonly path: string
  readonly text: string | undefined
  /** Epoch milliseconds. */
  readonly modifiedAt: number
}

const textOf = (directory: string, name: string): Effect.Effect<Contents> => {
  const path = Path.join(directory, name)
  return PrivateFile.patiently(async () => {
    const stats = await Fs.lstat(path)
    // A pipe would be waited for.
    const text = stats.isFile() ? await Fs.readFile(path, "utf8") : undefined
    return { path, text, modifiedAt: stats.mtimeMs }
  }).pipe(Effect.orElseSucceed(() => ({ path, text: undefined, modifiedAt: 0 })))
}
