/**
 * Real disks that are small, full, or cannot be written: for tests where this machine lets us mount them. Their files get processes of
 * their own (`replacing` in `vitest.shared.ts`): a child that another thread is about to start holds a copy of each open file until it
 * begins, so that room comes late, and a disk is in use.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Authority from "./authority.js"

const run = (command: string, ...args: ReadonlyArray<string>): boolean => spawnSync(command, args).status === 0

/** Only root can, and not in every container. */
export const mountable = process.platform === "linux" && process.getuid?.() === 0 && run("unshare", "-m", "true")

const mounted = (...args: ReadonlyArray<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.flatMap(Authority.directory, (directory) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        assert.isTrue(run("mount", ...args, directory))
        return directory
      }),
      () => Effect.sync(() => assert.isTrue(run("umount", "--lazy", directory)))
    )
  )

/** A disk of 64 kB. */
export const disk = mounted("-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs")

const filler = (directory: string): string => Path.join(directory, "filler")

/** Leaves room for some pages of 4 kB. */
export const fill = (directory: string, pages = 0): Effect.Effect<void> =>
  Effect.promise(async () => {
    const file = await Fs.open(filler(directory), "w")
    const full = await file.writeFile(Buffer.alloc(1_000_000)).catch((error: NodeJS.ErrnoException) => error.code)
    if (pages > 0) await file.truncate((await file.stat()).size - pages * 4096)
    await file.close()
    assert.strictEqual(full, "ENOSPC")
  })

export const empty = (directory: string): Effect.Effect<void> => Effect.promise(() => Fs.rm(filler(directory)))

export const remount = (directory: string, mode: "ro" | "rw"): Effect.Effect<void> =>
  Effect.sync(() => assert.isTrue(run("mount", "-o", `remount,${mode}`, directory)))

/** The same directory at another place, where it cannot be written. */
export const readOnly = (directory: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.tap(mounted("--bind", directory), (place) =>
    Effect.sync(() => assert.isTrue(run("mount", "-o", "remount,bind,ro", place)))
  )
