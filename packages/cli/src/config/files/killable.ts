/** Files that are read at once, without giving way to anything else. No Effect: the direct paths of `mls` read them too. */

import { signals } from "../../cli/exitCode.js"

/**
 * Does something that blocks the program, for ever where the disk is one of a machine that is gone. A signal ends the process
 * meanwhile, as it ends one that does not listen: no listener could be called.
 */
export const killable = <A>(blocking: () => A): A => {
  const kept = Object.keys(signals).map((signal) => ({ signal, listeners: process.rawListeners(signal) }))
  for (const { signal } of kept) process.removeAllListeners(signal)
  try {
    return blocking()
  } finally {
    for (const { listeners, signal } of kept) {
      for (const listener of listeners) process.on(signal, listener as () => void)
    }
  }
}
