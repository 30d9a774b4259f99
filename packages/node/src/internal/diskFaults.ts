/** What disks answer that is no end: it passes, or there is another way. */
import { codeOf } from "./privateFiles.js"

/** What passes: too many open files for a moment, a signal, a file that a network disk says is another one by now. */
const PASSING: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "EAGAIN", "EBUSY", "EINTR", "ESTALE"])

/** Milliseconds between one try and the next: three quarters of a second in all. */
const PAUSES = [0, 50, 100, 200, 400] as const

/** Tries again what fails by something that passes. A renewed token that is not saved is a session that is lost. */
export const persistently = async <A>(action: () => Promise<A>): Promise<A> => {
  for (const pause of PAUSES) {
    try {
      return await action()
    } catch (error) {
      if (!PASSING.has(codeOf(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return await action()
}

/** Where a file system has no hard links, or a system allows none: FAT, some of FUSE, some shares, telephones. */
export const hasNoLinks = (error: unknown): boolean => NO_LINKS.has(codeOf(error))

const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"])
