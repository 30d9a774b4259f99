/** A file that is made once, by the first program, also where a disk has no hard links. */
import * as Path from "node:path"
import { hasNoLinks } from "./diskFaults.js"
import * as LockFiles from "../lock/files.js"
import * as LockHolder from "../lock/holder.js"
import * as Protocol from "../lock/protocol.js"
import * as WholeFiles from "./wholeFiles.js"

/** Milliseconds between two looks at the lock. */
const PAUSE = 20

/** Milliseconds: a holder that cannot be looked at counts as dead before that. */
const LIMIT = LockHolder.SILENCE_ELSEWHERE + 5000

/**
 * Makes a file that is whole before it has the name; false, and nothing changed, where there is another one. Without links
 * its makers take turns by a lock, which has a way of its own there, and a rename makes it appear whole.
 */
export const createOnly = async (path: string, text: string): Promise<boolean> => {
  try {
    return await WholeFiles.createOnly(path, text)
  } catch (error) {
    if (!hasNoLinks(error)) throw error
    return await inTurn(path, () => WholeFiles.createAbsent(path, text))
  }
}

const inTurn = async <A>(path: string, action: () => Promise<A>): Promise<A> => {
  const locks = LockFiles.make(Path.dirname(path), await LockHolder.make())
  const [name, token] = [`${Path.basename(path)}.turn`, locks.freshToken()]
  const deadline = performance.now() + LIMIT
  while (!(await Protocol.take(locks, name, token)).taken) {
    if (performance.now() > deadline) throw Object.assign(new Error(`${name} is held`), { code: "EBUSY" })
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
  try {
    return await action()
  } finally {
    await Protocol.release(locks, name, token).catch(() => locks.leave({ lock: name, name, token }))
  }
}
