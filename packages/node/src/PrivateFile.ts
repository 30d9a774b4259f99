/**
 * A file that only its owner can read, replaced as a whole: for what a program remembers beside its tokens.
 */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import * as Effect from "effect/Effect"
import { codeOf, operation, persistently } from "./internal/store/diskFaults.js"
import * as HeldFiles from "./internal/store/heldFiles.js"
import * as StoreFailure from "./internal/store/failure.js"
import * as WholeFiles from "./internal/store/wholeFiles.js"

/**
 * Replaces the content of a file as a whole: a reader sees the old text or the new one, even after a power failure. Mode
 * 0600 from its creation; a directory that is missing is made with 0700. Fails with Node's code (`EACCES`, `ENOSPC`, …),
 * and then leaves what was there. A symbolic link is replaced, not followed. On Windows, where a file that another program
 * has open cannot be replaced, that program is waited for, at most 10 seconds.
 *
 * @example
 * import { PrivateFile } from "@mlserver-auth/node"
 *
 * const saved = PrivateFile.replace("/home/ada/.config/report/settings.json", "{}")
 */
export const replace = (path: string, text: string): Effect.Effect<void, string> =>
  Effect.mapError(WholeFiles.create(path, text), codeOf).pipe(Effect.uninterruptible)

/**
 * Runs `look`, which must only read, and again while something that passes is in the way: too many open files, or on Windows
 * another program that has the file open, for at most 2 seconds. Fails with Node's code, `""` if an error has none.
 *
 * @example
 * import { PrivateFile } from "@mlserver-auth/node"
 * import * as Fs from "node:fs/promises"
 *
 * const settings = PrivateFile.patiently(() => Fs.readFile("/home/ada/.config/report/settings.json", "utf8"))
 */
export const patiently = <A>(look: () => Promise<A>): Effect.Effect<A, string> =>
  operation(look).pipe(persistently, HeldFiles.patiently(HeldFiles.TIMEOUT.LOOK), Effect.mapError(codeOf))

/**
 * Whether a failure with this code of Node may pass by itself: too many files are open, the disk is full, or, on Windows, another
 * program has this file open.
 */
export const isEphemeral = (code: string): boolean => HeldFiles.isEphemeral(code)

/**
 * A failure of `replace` or `patiently` as `StoreUnavailable`, which says what to do: for a file that a program keeps beside
 * its tokens. `code` is Node's.
 *
 * @example
 * import { PrivateFile } from "@mlserver-auth/node"
 * import * as Effect from "effect/Effect"
 *
 * const save = (path: string, text: string) =>
 *   PrivateFile.replace(path, text).pipe(
 *     Effect.mapError((code) =>
 *       PrivateFile.isEphemeral(code) ? PrivateFile.unavailable(path, "write", code) : `${path}: ${code}`
 *     )
 *   )
 */
export const unavailable = (path: string, operation: "read" | "write", code: string): StoreUnavailable =>
  StoreFailure.unavailable({ directory: path }, operation, code)
