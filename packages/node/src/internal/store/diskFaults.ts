/** What disks answer that is no end: it passes, or there is another way. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** It fails with Node's own error. */
export type FileOperation<A> = Effect.Effect<A, unknown>

/** A file operation as an effect. */
export const operation = <A>(action: () => Promise<A>): FileOperation<A> =>
  Effect.tryPromise({ try: action, catch: (error) => error })

/** Node's code of an error, or an empty string. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""

/** What passes: too many open files for a moment, a signal, a file that a network disk says is another one by now. */
const PASSING: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "EAGAIN", "EBUSY", "EINTR", "ESTALE"])

/** Three quarters of a second in all. */
const pauses = Schedule.fromDelays("0 millis", "50 millis", "100 millis", "200 millis", "400 millis")

/** Tries again what fails by something that passes. A renewed token that is not saved is a session that is lost. */
export const persistently = <A>(tried: FileOperation<A>): FileOperation<A> =>
  Effect.retry(tried, { schedule: pauses, while: (error) => PASSING.has(codeOf(error)) })

/** Where a file system has no hard links, or a system allows none: FAT, some of FUSE, some shares, telephones. */
export const hasNoLinks = (error: unknown): boolean => NO_LINKS.has(codeOf(error))

const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])
