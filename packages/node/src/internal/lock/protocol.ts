/**
 * Who holds a lock that is a file, decided by operations on files alone.
 *
 * A lock is held by the program that made its file; the file has a token that nothing has again. Its holder removes it. Where the
 * holder is dead, another has to, and there is the classic race: two find the dead holder's file, the first removes
 * it and makes its own, and the second removes that one. So a removal is itself claimed first:
 *
 * 1. A program that found token T of a dead holder makes the file `claim T`, which one alone can.
 * 2. It reads the lock again, removes it if it still holds T, and then removes the claim.
 *
 * Why no living holder's file is ever removed by another. Let P remove the lock after it has read T there, as the owner
 * of claim T. Between the two operations the lock holds T: T's holder is dead and removes nothing, and all others remove
 * it as owners of claim T only. There is no other owner while P lives, since the claim is removed by P alone, or by
 * a program that found P dead. And P finds nothing to do if it comes late: T was taken away, T never comes back, so the
 * lock that P reads holds another token.
 *
 * The owner of a claim may die too. A claim is a file with a token, so it is taken over by the same rule: a claim on the
 * claim. The argument is the same one, a step further. One dead claimer costs one claim more, and no waiting.
 *
 * A removal may fail, since Windows does not remove what a scanner has open. Then its token is `left`: its process does
 * nothing more as its holder, so that it is dead to this process at least, and any part of it may take it over as from the
 * dead, by a claim. Once again no two remove as owners of one claim. Others see a process that lives, and wait.
 *
 * All that rests on "dead" being for ever, which is so where a process or its thread was seen to have ended. Of other
 * machines only silence is known, and each observer counts it for itself, from its first look on, so that setting a clock
 * makes no holder dead: one that was cut off for longer than the patience and comes back may be inside together with
 * another. No lock on files can prevent that.
 *
 * `test/LockProtocol.test.ts` runs this code through all interleavings of some contenders with crashes at every step.
 */
import type { Found } from "./holder.js"

/** What a process could not remove, and will, as soon as it can. */
export interface Left {
  readonly lock: string
  /** The lock, or a claim. */
  readonly name: string
  readonly token: string
}

/** Everything that contenders do to what they share. Each is one step: others are before it or after it. */
export interface LockFiles {
  /** `undefined` where there is no such file. */
  readonly read: (name: string) => Promise<Found | undefined>
  /** Makes a file that has its content from its first moment; false where there is one of that name. */
  readonly create: (name: string, token: string) => Promise<boolean>
  /** A file that is missing is no error. It fails where another program has the file open, on Windows. */
  readonly remove: (name: string) => Promise<void>
  readonly isDead: (found: Found) => Promise<boolean>
  /** From here on the token is dead in this process, and `reclaim` is called for it until it is gone. Not a step. */
  readonly leave: (left: Left) => void
  /** The names of the lock and the claims that are there. */
  readonly list: (lock: string) => Promise<ReadonlyArray<string>>
  /** Never the same twice, in any program. */
  readonly freshToken: () => string
}

/** Whether the lock was taken, and else who was found there. */
export type Attempt = { readonly taken: true } | { readonly taken: false; readonly found: Found | undefined }

/** The name of the file whose owner may remove the lock, or the claim, that holds `token`. */
export const claimOn = (lock: string, token: string): string => `${lock}.${token}.claim`

/** Takes the lock if it is free or its holder is dead. Does not wait: `found` may be gone a moment later. */
export const take = async (files: LockFiles, lock: string, token: string): Promise<Attempt> => {
  const found = await files.read(lock)
  // An earlier try made it, and did not get to say so.
  if (found?.token === token) return { taken: true }
  if (found !== undefined) {
    if (!(await files.isDead(found))) return { taken: false, found }
    await evict(files, lock, lock, found)
  }
  return (await files.create(lock, token)) ? { taken: true } : { taken: false, found }
}

/** Removes the lock if it still holds this token; false where it does not. */
export const release = async (files: LockFiles, lock: string, token: string): Promise<boolean> => {
  if ((await files.read(lock))?.token !== token) return false
  await files.remove(lock)
  return true
}

/** Removes what this process left; true once it is gone. */
export const reclaim = async (files: LockFiles, { lock, name, token }: Left): Promise<boolean> => {
  const found = await files.read(name)
  if (found?.token !== token) return true
  await evict(files, lock, name, found)
  return (await files.read(name))?.token !== token
}

/**
 * Removes the claims that dead owners left on tokens that nothing holds any more. Such a claim allows nothing, to any
 * program: the token never comes back. Claims are listed before the tokens: a token is older than the claim on it.
 */
export const sweep = async (files: LockFiles, lock: string): Promise<void> => {
  const claims = (await files.list(lock)).filter((name) => name !== lock)
  if (claims.length === 0) return
  const needed = new Set<string>()
  for (const name of await files.list(lock)) {
    const found = await files.read(name)
    if (found !== undefined) needed.add(claimOn(lock, found.token))
  }
  for (const claim of claims.filter((name) => !needed.has(name))) {
    const found = await files.read(claim)
    if (found !== undefined && (await files.isDead(found))) await files.remove(claim)
  }
}

/** Removes the file `name`, the lock or a claim, in which a dead owner's token was found. */
const evict = async (files: LockFiles, lock: string, name: string, { token }: Found): Promise<void> => {
  const claim = claimOn(lock, token)
  const mine = files.freshToken()
  if (await files.create(claim, mine)) {
    try {
      const again = await files.read(name)
      // Of another machine it may have been silence, and be over.
      if (again?.token === token && (await files.isDead(again))) await files.remove(name)
    } finally {
      await files.remove(claim).catch(() => files.leave({ lock, name: claim, token: mine }))
    }
    return
  }
  const other = await files.read(claim)
  if (other !== undefined && (await files.isDead(other))) await evict(files, lock, claim, other)
}
