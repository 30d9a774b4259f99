/** Which files are private: what `FileTokenStore` and a quick look at a record both go by. No Effect. */
import { constants, type Stats } from "node:fs"

/** Another user could have written the file, or could write through it. */
export class NotPrivate extends Error {
  override readonly name = "NotPrivate"
  readonly code = "MLS_NOT_PRIVATE"
}

/** Others can use what should be private, and no mode can be given to it: some disks keep none. */
export class OpenToOthers extends Error {
  override readonly name = "OpenToOthers"
  readonly code = "MLS_OPEN_TO_OTHERS"
  constructor(what: string, mode: number) {
    super(`${what} is open to other users (mode ${(mode & 0o777).toString(8)}), and its disk keeps no other mode`)
  }
}

/** An issuer's largest answer, sealed and spelt in base64url, with room to spare. */
export const MAX_BYTES = 2 * 1024 * 1024

/** Opens a file without following a link, and without waiting for the other end of a pipe. */
export const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const OTHERS = 0o077

/** Whether another user can use it. Windows has no modes. */
export const isOpenToOthers = ({ mode }: Pick<Stats, "mode">): boolean =>
  process.geteuid !== undefined && (mode & OTHERS) !== 0

/** Throws `NotPrivate` where it belongs to another user. */
export const assertOwner = (what: string, { uid }: Pick<Stats, "uid">): void => {
  if (process.geteuid !== undefined && uid !== process.geteuid()) {
    throw new NotPrivate(`${what} belongs to another user`)
  }
}
