/** What goes wrong with files and keys, as the failure of a store with what to do about it. */
import { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as RecordKey from "../../RecordKey.js"
import { type FileOperation, operation as operationOf, persistently } from "./diskFaults.js"
import * as HeldFiles from "./heldFiles.js"
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
    if (HeldFiles.isHeldCode(code)) {
      return new StoreUnavailable({ operation, problem, fix: HeldFiles.FIX, retryable: true, reason: "InUse" })
    }
    const advice = FIXES.get(code) ?? fix
    return new StoreUnavailable({
      operation,
      problem,
      fix: advice,
      retryable: retryable || HeldFiles.isEphemeral(code)
    })
  })

/** A token that is not written is lost, and one that is not removed is still there; a read can be repeated. */
const TIMEOUT = {
  read: HeldFiles.TIMEOUT.LOOK,
  lock: HeldFiles.TIMEOUT.MOMENT,
  write: HeldFiles.TIMEOUT.SAVE,
  remove: HeldFiles.TIMEOUT.SAVE
} as const satisfies Record<Operation, unknown>

/** What fails by something that passes, or because another program has a file open, is tried again for a while. */
export const attempt = <A>(
  store: Directory,
  operation: Operation,
  action: () => Promise<A>,
  patience: Duration.Duration = TIMEOUT[operation]
): Effect.Effect<A, StoreUnavailable> =>
  failingAsStore(store, operation, operationOf(action).pipe(persistently, HeldFiles.patiently(patience)))

/** An operation that has a patience of its own. */
export const failingAsStore = <A>(
  store: Directory,
  operation: Operation,
  done: FileOperation<A>
): Effect.Effect<A, StoreUnavailable> =>
  Effect.mapError(done, (error) => {
    const isOurs = error instanceof Files.NotPrivate || error instanceof Files.OpenToOthers
    return unavailable(store, operation, Files.codeOf(error), isOurs ? error.message : undefined)
  })

/** By Node's code; `words` where more is known. */
export const unavailable = (
  { directory }: Directory,
  operation: Operation,
  code: string,
  words?: string
): StoreUnavailable => {
  const held = HeldFiles.isHeldCode(code)
  const problem = words ?? (held ? HeldFiles.words(code) : code || "unknown error")
  return new StoreUnavailable({
    operation,
    problem: `${directory}: ${problem}`,
    fix: held ? HeldFiles.FIX : (FIXES.get(code) ?? "Check the directory, or give another one."),
    retryable: HeldFiles.isEphemeral(code),
    ...(FULL.has(code) ? { reason: "Full" } : held ? { reason: "InUse" } : {})
  })
}

/** Whether another program has a file open, so that the same may be had a moment later. */
export const isInUse = ({ reason }: StoreUnavailable): boolean => reason === "InUse"

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
      "Mount that disk so that only you can use it (WSL: with `metadata`; Azure Files, CIFS, FAT: with your `uid`, " +
      "`file_mode=0600` and `dir_mode=0700`), or give a directory on another one.",
    MLS_NOT_PRIVATE: "Look at the files there and remove what is not yours, or give another directory.",
    ENOSPC: ROOM,
    EDQUOT: ROOM,
    EROFS: "Give a directory that can be written.",
    ENOTDIR: "A part of that path is a file: give another directory.",
    EEXIST: "A part of that path is a file: give another directory."
  })
)
