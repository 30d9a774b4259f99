import { FileTokenStore, Diagnostics } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as LockFiles from "../src/internal/lock/files.js"
import * as LockHolder from "../src/internal/lock/holder.js"
import * as Authority from "./authority.js"
import { key, token } from "./sealed.js"

const TOKEN = "0123456789abcdef0123456789abcdef"
const gone = Effect.sync(() => spawnSync(process.execPath, ["-e", "0"]).pid)

/** What this process is known by where no system tells when a process was started. */
const unproved = Effect.promise(() => LockHolder.make("win32"))

/** Seconds pass on the clock by which holders are watched, and on no other. */
const observed = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const clock = { now: 0 }
      return { clock, spy: vi.spyOn(performance, "now").mockImplementation(() => clock.now) }
    }),
    ({ spy }) => Effect.sync(() => spy.mockRestore())
  ),
  ({ clock }) => clock
)

describe("a holder that is known by its number alone (Windows, macOS)", () => {
  for (const platform of ["win32", "darwin"] as const) {
    it.effect(
      `(${platform}) is dead at once where no process has the number, else by its silence, this process too`,
      () =>
        Effect.gen(function* () {
          const here = yield* Effect.promise(() => LockHolder.make(platform))
          assert.notProperty(here, "started")
          const patience = (pid: number) => Effect.promise(() => LockHolder.patience({ ...here, pid }, here, platform))
          assert.strictEqual(yield* patience(yield* gone), 0)
          for (const pid of [process.pid, process.ppid]) {
            assert.strictEqual(yield* patience(pid), LockHolder.SILENCE_ELSEWHERE)
          }
        })
    )
  }

  it.effect.skipIf(process.platform !== "linux")(
    "is the holder for sure where the system tells that it was started then",
    () =>
      Effect.gen(function* () {
        const here = yield* Effect.promise(() => LockHolder.make("linux"))
        const patience = (changes: object) =>
          Effect.promise(() => LockHolder.patience({ ...here, ...changes }, here, "linux"))
        assert.strictEqual(yield* patience({}), Infinity)
        assert.strictEqual(yield* patience({ started: "1" }), 0)
        assert.strictEqual(yield* patience({ started: undefined }), LockHolder.SILENCE_ELSEWHERE)
      })
  )

  it.scoped("is watched for 20 seconds; what this machine may have slept through is no silence", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const here = yield* unproved
      const locks = LockFiles.make(directory, here)
      yield* Effect.promise(() => Fs.writeFile(Path.join(directory, "lock"), LockHolder.encode(TOKEN, 0, here)))
      const clock = yield* observed
      const isDead = Effect.promise(async () => {
        const found = await locks.read("lock")
        return found !== undefined && (await locks.isDead(found))
      })
      const watch = (seconds: number) =>
        Effect.reduce(Array.from({ length: seconds }), false, () => {
          clock.now += 1000
          return isDead
        })
      assert.isFalse(yield* isDead)
      assert.isFalse(yield* watch(10))
      clock.now += 3_600_000
      assert.isFalse(yield* isDead)
      assert.isFalse(yield* watch(10))
      assert.isTrue(yield* watch(1))
    })
  )

  it.scopedLive("is not said to run: whoever ends it may end another one", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const store = yield* FileTokenStore.make({ directory })
      const here = yield* unproved
      const { path } = yield* Diagnostics.lock(directory, key)
      yield* store.write(key, token("first"))
      yield* Effect.promise(() => Fs.writeFile(path, LockHolder.encode(TOKEN, 0, { ...here, pid: process.ppid })))
      assert.deepInclude(yield* Diagnostics.lock(directory, key), { _tag: "Held", pid: process.ppid, runs: undefined })
      yield* Effect.promise(() => Fs.utimes(path, 0, 0))
      assert.deepInclude(yield* Diagnostics.lock(directory, key), { _tag: "Held", runs: false })
    })
  )
})
