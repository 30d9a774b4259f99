/** What goes wrong with files and keys, as the failure of a store with what to do about it. */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import type * as RecordKey from "../RecordKey.js"
import { persistently } from "./diskFaults.js"
import * as Files from "./privateFiles.js"

export type Operation = StoreUnavailable["operation"]

interface Directory {
  readonly directory: string
}

/** A key that cannot be had is the store's failure. */
export const keyed = <A>(
  operation: Operation,
  effect: Effect.Effect<A, RecordKey.RecordKeyUnavailable>
): Effect.Effect<A, StoreUnavailable> =>
  Effect.mapError(effect, ({ code = "", fix, problem, retryable }) => {
    const advice = FIXES.get(code) ?? fix
    return new StoreUnavailable({ operation, problem, fix: advice, retryable: retryable || TEMPORARY.has(code) })
  })

export const attempt = <A>(
  store: Directory,
  operation: Operation,
  action: () => Promise<A>
): Effect.Effect<A, StoreUnavailable> =>
  Effect.tryPromise({ try: () => persistently(action), catch: (error) => unavailable(store, operation, error) })

const unavailable = (store: Directory, operation: Operation, error: unknown): StoreUnavailable => {
  const { directory } = store
  const code = Files.codeOf(error)
  const told = error instanceof Files.NotPrivate || error instanceof Files.OpenToOthers
  const problem = told ? error.message : code || "unknown error"
  return new StoreUnavailable({
    operation,
    problem: `${directory}: ${problem}`,
    fix: FIXES.get(code) ?? "Check the directory, or give another one.",
    retryable: TEMPORARY.has(code),
    ...(FULL.has(code) ? { reason: "Full" } : {})
  })
}

/** Whether there is no room on the disk, not even for a lock. */
export const isFull = ({ reason }: StoreUnavailable): boolean => reason === "Full"

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"])
const ROOM = "Free some space on its disk and try again."
const OWNER = "Make yourself its owner (was it written by `sudo`?), or give another directory."

const FIXES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EACCES: OWNER,
    EPERM: OWNER,
    MLS_OPEN_TO_OTHERS:
      "Have that disk mounted so that only you can use it (WSL: with `metadata`; Azure Files, CIFS, FAT: with your `uid`, " +
      "`file_mode=0600` and `dir_mode=0700`), or give a directory on another one.",
    MLS_NOT_PRIVATE: "Look at the files there and remove what is not yours, or give another directory.",
    ENOSPC: ROOM,
    EDQUOT: ROOM,
    EROFS: "Give a directory that can be written.",
    ENOTDIR: "A part of that path is a file: give another directory.",
    EEXIST: "A part of that path is a file: give another directory."
  })
)

const TEMPORARY: ReadonlySet<string> = new Set([
  "EMFILE",
  "ENFILE",
  "EBUSY",
  "EAGAIN",
  "EINTR",
  "ESTALE",
  "ENOSPC",
  "EDQUOT"
])
