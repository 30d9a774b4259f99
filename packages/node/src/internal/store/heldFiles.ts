/**
 * Files that another program has open. Windows renames nothing over such a file, does not remove it at once, and may not
 * even open it; and scanners, indexers, backups and our own readers have files open every day. So what fails by that is
 * done again until the other program is through, and where it never is, the error names what is in the way.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { codeOf, type FileOperation } from "./diskFaults.js"

/** On Windows all three are what an operation on a file answers that another program has open, or is removing. */
const HELD: ReadonlySet<string> = new Set(["EPERM", "EACCES", "EBUSY"])

/** Whether another program may be what is in the way. On other systems the same codes tell of owners and rights. */
export const isHeldCode = (code: string, platform: NodeJS.Platform = process.platform): boolean =>
  platform === "win32" && HELD.has(code)

/** Whether an error says that another program has the file open. */
export const isHeld = (error: unknown, platform: NodeJS.Platform = process.platform): boolean =>
  isHeldCode(codeOf(error), platform)

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

/** Whether a code tells of what passes by itself, if not at once. */
export const isEphemeral = (code: string, platform: NodeJS.Platform = process.platform): boolean =>
  TEMPORARY.has(code) || isHeldCode(code, platform)

/**
 * For how long an operation is tried. `MOMENT`: where the caller looks again by itself. `LOOK`: where nothing is lost and
 * a person waits. `SAVE`: a renewed token that is not saved is a session that is lost.
 */
export const TIMEOUT = {
  MOMENT: Duration.millis(750),
  LOOK: Duration.seconds(2),
  SAVE: Duration.seconds(10)
} as const

/** For how long a change may be held up, in milliseconds: others wait for it so much longer. */
export const longest = (platform: NodeJS.Platform = process.platform): number =>
  platform === "win32" ? Duration.toMillis(TIMEOUT.SAVE) : 0

const policy = (patience: Duration.DurationInput) =>
  Schedule.exponential("10 millis", 1.5).pipe(
    Schedule.union(Schedule.spaced("250 millis")),
    // Programs that are in each other's way must not meet again and again.
    Schedule.jittered,
    Schedule.upTo(patience)
  )

/** Does it again while another program holds it up, for that long at most. */
export const patiently =
  (patience: Duration.DurationInput, platform: NodeJS.Platform = process.platform) =>
  <A>(operation: FileOperation<A>): FileOperation<A> =>
    Effect.retry(operation, { schedule: policy(patience), while: (error) => isHeld(error, platform) })

/** What is in the way, in a sentence about a file or a directory. */
export const words = (code: string): string =>
  `another program has a file there open, or it may not be touched (${code})`

/** What to do about it. */
export const FIX =
  "Try again. If it stays so, end the program that has it open (a scanner, an indexer, a backup), or give yourself the right to change it."
