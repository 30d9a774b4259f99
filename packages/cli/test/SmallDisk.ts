/** A disk that is full at once: for tests where this machine lets us mount one. */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { assert } from "vitest"

const run = (command: string, ...args: ReadonlyArray<string>): boolean => spawnSync(command, args).status === 0

/** Only root can, and not in every container. */
export const mountable = process.platform === "linux" && process.getuid?.() === 0 && run("unshare", "-m", "true")

/** A directory on a disk of 64 kB, below another directory. */
export const in64k = (parent: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const directory = Path.join(parent, "small")
      await Fs.mkdir(directory)
      assert.isTrue(run("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", directory))
      return directory
    }),
    (directory) => Effect.sync(() => assert.isTrue(run("umount", "--lazy", directory)))
  )
