import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/TestClock"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as LockHolder from "../src/internal/lock/holder.js"
import { BEAT } from "../src/internal/lock/processLock.js"
import * as Authority from "./authority.js"

const linux = process.platform === "linux"
const key = TokenKey.make({ issuer: "https://mls.test", principal: "canary-user" })
const NAME = `${createHash("sha256").update(key.id).digest("hex")}.lock`
const TOKEN = "0123456789abcdef0123456789abcdef"

const list = (directory: string) => Effect.promise(() => Fs.readdir(directory))
const here = Effect.promise(() => LockHolder.make())

/** A store that waits for a moment only, and the place of its lock. */
const prepared = Effect.gen(function* () {
  const directory = yield* Authority.directory
  const store = yield* FileTokenStore.make({ directory, lockTimeout: "150 millis" })
  return { directory, path: Path.join(directory, NAME), enter: store.exclusive(key)(Effect.succeed("inside")) }
})

/** A lock as another program left it, that long ago. */
const left = (path: string, text: string, secondsAgo = 0) =>
  Effect.promise(async () => {
    await Fs.writeFile(path, text, { mode: 0o600 })
    const time = Date.now() / 1000 - secondsAgo
    await Fs.utimes(path, time, time)
  })

const lockOf = (changes: Partial<LockHolder.Holder>) =>
  Effect.map(here, (holder) => LockHolder.encode(TOKEN, 1_700_000_000_000, { ...holder, ...changes }))

const listening = () => {
  const warnings: Array<unknown> = []
  const logger = Logger.make(({ message }) => void warnings.push(message))
  return { warnings, quietly: Effect.provide(Logger.replace(Logger.defaultLogger, logger)) }
}

/** The clock by which holders are watched, and no other: it moves when it is told to, however slow the machine is. */
const observed = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const clock = { now: performance.now() }
      return { clock, spy: vi.spyOn(performance, "now").mockImplementation(() => clock.now) }
    }),
    ({ spy }) => Effect.sync(() => spy.mockRestore())
  ),
  ({ clock }) =>
    (seconds: number) =>
      void (clock.now += seconds * 1000)
)

const gone = Effect.sync(() => spawnSync("true").pid)

describe("a lock whose holder is dead is taken over at once", () => {
  it.scopedLive("its process is gone", () =>
    Effect.gen(function* () {
      const { directory, enter, path } = yield* prepared
      yield* left(path, yield* lockOf({ pid: yield* gone }))
      assert.strictEqual(yield* enter, "inside")
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )

  it.scopedLive.skipIf(!linux)("its number was given to another process since", () =>
    Effect.gen(function* () {
      const { enter, path } = yield* prepared
      yield* left(path, yield* lockOf({ started: "1" }))
      assert.strictEqual(yield* enter, "inside")
    })
  )

  it.scopedLive.skipIf(!linux)("its process ended, and was not waited for by the one that started it", () =>
    Effect.gen(function* () {
      const { enter, path } = yield* prepared
      // It ends only once its parent is a program that waits for nothing: a shell might have waited for it before.
      const script = 'until [ "$(cat /proc/$$/comm)" = sleep ]; do sleep 0.01; done & echo $!; exec sleep 60'
      const parent = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const [said] = yield* Effect.promise(() => once(parent.stdout, "data") as Promise<[Buffer]>)
      const pid = Number(said.toString())
      const { started: _, ...holder } = yield* here
      yield* left(path, LockHolder.encode(TOKEN, 0, { ...holder, pid }))
      assert.strictEqual(yield* Effect.retry(enter, { times: 400 }), "inside")
      assert.isTrue(process.kill(pid, 0))
    })
  )

  it.scopedLive.skipIf(!linux)("it held it before the machine restarted, and gives no signs of life", () =>
    Effect.gen(function* () {
      const { enter, path } = yield* prepared
      const pass = yield* observed
      yield* left(path, yield* lockOf({ boot: "another boot" }), 3600)
      assert.include((yield* Effect.flip(enter)).message, "held by process")
      pass(6)
      assert.strictEqual(yield* enter, "inside")
    })
  )

  it.scopedLive("so is the claim of one that died while it took such a lock over; nothing is left", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      const { exclusive } = yield* FileTokenStore.make({ directory })
      const dead = yield* here.pipe(Effect.zipWith(gone, (holder, pid) => ({ ...holder, pid })))
      const [second, third] = ["a".repeat(32), "b".repeat(32)]
      yield* left(path, LockHolder.encode(TOKEN, 0, dead))
      yield* left(`${path}.${TOKEN}.claim`, LockHolder.encode(second, 0, dead))
      yield* left(`${path}.${second}.claim`, LockHolder.encode(third, 0, dead))
      assert.strictEqual(yield* exclusive(key)(Effect.succeed("inside")), "inside")
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )
})

describe("a lock whose holder cannot be looked at counts by its signs of life", () => {
  const kinds = [
    ["of another machine", lockOf({ host: "else\u001b[2Jwhere" }), /held by process \d+ on else\[2Jwhere since 2023-/],
    ["of another container", lockOf({ space: "pid:[1]", pid: 4_000_000 }), /held by process 4000000 on/],
    ["truncated", Effect.map(lockOf({}), (text) => text.slice(0, 50)), /does not say who it is since 20/],
    ["empty", Effect.succeed(""), /does not say who it is/],
    ["of a newer version", Effect.succeed('{"version":2,"pid":"canary"}'), /held by a program that is newer than this/],
    ["with a token that is a path", Effect.map(lockOf({}), (text) => text.replace(TOKEN, "../x")), /does not say/]
  ] as const
  for (const [what, text, told] of kinds) {
    it.scopedLive(
      `${what}: waited for, then a typed error; taken over when it was silent for 20 s before our eyes`,
      () =>
        Effect.gen(function* () {
          const { directory, enter, path } = yield* prepared
          const pass = yield* observed
          // However old it is: the clock of a machine may have been set since.
          yield* left(path, yield* text, 86_400)
          const error = yield* Effect.flip(enter)
          assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "lock", retryable: true })
          assert.match(error.message, told)
          assert.include(error.fix, NAME)
          assert.notInclude(error.message, "canary")
          assert.deepStrictEqual(yield* list(directory), [NAME])
          pass(19)
          yield* Effect.flip(enter)
          // A sign of life: counted anew.
          yield* left(path, yield* text, 86_000)
          pass(2)
          yield* Effect.flip(enter)
          pass(19)
          yield* Effect.flip(enter)
          pass(2)
          assert.strictEqual(yield* enter, "inside")
          assert.deepStrictEqual(yield* list(directory), [])
        })
    )
  }
})

describe("a section", () => {
  it.scopedLive("another store of the same directory waits for it, and enters when it ends", () =>
    Effect.gen(function* () {
      const { directory, enter } = yield* prepared
      const other = yield* FileTokenStore.make({ directory })
      const [inside, leave] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const first = Effect.zipRight(Deferred.succeed(inside, undefined), Deferred.await(leave))
      const fiber = yield* Effect.fork(other.exclusive(key)(first))
      yield* Deferred.await(inside)
      assert.include((yield* Effect.flip(enter)).message, `held by process ${process.pid} on`)
      yield* Deferred.succeed(leave, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* enter, "inside")
    })
  )

  it.scopedLive("who waits for it waits no longer where the clock of the machine is set back", () =>
    Effect.gen(function* () {
      const { enter, path } = yield* prepared
      yield* left(path, yield* lockOf({}))
      let hours = 0
      const setBack: Clock.Clock = Object.assign(Object.create(Clock.make()), {
        currentTimeMillis: Effect.sync(() => Date.now() - hours++ * 3_600_000)
      })
      const error = yield* Effect.flip(Effect.withClock(enter, setBack))
      assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "lock" })
    })
  )

  it.scopedLive("who waits for another program can be interrupted at once, and leaves nothing", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      yield* left(path, yield* lockOf({}))
      // Longer than a test may last.
      const store = yield* FileTokenStore.make({ directory, lockTimeout: "1 day" })
      const waiter = yield* Effect.fork(store.exclusive(key)(Effect.die("inside")))
      yield* Effect.sleep("300 millis")
      yield* Fiber.interrupt(waiter)
      assert.deepStrictEqual(yield* list(directory), [NAME])
    })
  )

  it.scopedLive("its file is its owner's alone and tells nothing of the key", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      const store = yield* FileTokenStore.make({ directory })
      const looked = Effect.promise(() =>
        Promise.all([Fs.stat(path), Fs.readFile(path, "utf8"), Fs.readdir(directory)])
      )
      const [stats, text, names] = yield* store.exclusive(key)(looked)
      if (process.getuid !== undefined) assert.strictEqual(stats.mode & 0o777, 0o600)
      assert.notInclude(text, "canary")
      assert.deepStrictEqual(names, [NAME])
    })
  )

  it.scoped("gives signs of life while it lasts", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      const store = yield* FileTokenStore.make({ directory })
      const beaten = Effect.gen(function* () {
        yield* Effect.promise(() => Fs.utimes(path, 0, 0))
        yield* TestClock.adjust(BEAT)
        yield* Effect.repeat(
          Effect.promise(() => Fs.stat(path)),
          { until: ({ mtimeMs }) => mtimeMs > 0 }
        )
        return yield* Effect.promise(() => Fs.readFile(path, "utf8"))
      })
      const twice = yield* store.exclusive(key)(Effect.zip(beaten, beaten))
      assert.strictEqual(twice[0], twice[1])
      assert.isDefined(LockHolder.decode({ text: twice[0], inode: 0, modifiedAt: 0 }).holder)
    })
  )

  it.scopedLive("whose lock was taken by another leaves that one alone, says so, and keeps what it did", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      const { quietly, warnings } = listening()
      const store = yield* FileTokenStore.make({ directory })
      const stolen = lockOf({}).pipe(
        Effect.tap((text) => left(path, text)),
        Effect.as("done")
      )
      const done = yield* quietly(store.exclusive(key)(stolen))
      assert.strictEqual(done, "done")
      assert.deepStrictEqual(yield* list(directory), [NAME])
      assert.match(String(warnings), /taken by another program/)
    })
  )

  it.scopedLive("whose directory is removed underneath ends as it would, and the next one makes it anew", () =>
    Effect.gen(function* () {
      const { directory, enter } = yield* prepared
      const store = yield* FileTokenStore.make({ directory })
      const { quietly, warnings } = listening()
      yield* quietly(store.exclusive(key)(Effect.promise(() => Fs.rm(directory, { recursive: true }))))
      assert.match(String(warnings), /a lock was removed/)
      assert.strictEqual(yield* enter, "inside")
      assert.deepStrictEqual(yield* list(directory), [])
      yield* Effect.promise(() => Fs.rm(directory, { recursive: true }).then(() => Fs.writeFile(directory, "")))
      assert.strictEqual((yield* Effect.flip(enter)).operation, "lock")
    })
  )

  it.scopedLive("the first one of a store clears away what dead programs left, and nothing that is needed", () =>
    Effect.gen(function* () {
      const { directory, enter, path } = yield* prepared
      const dead = { ...(yield* here), pid: yield* gone }
      yield* left(`${path}.${TOKEN}.claim`, LockHolder.encode("c".repeat(32), 0, dead))
      yield* left(Path.join(directory, `.${NAME}.1.tmp`), "", 100)
      yield* left(Path.join(directory, `.${NAME}.2.tmp`), "", 10)
      yield* left(Path.join(directory, "another.json"), "{}", 100)
      yield* enter
      assert.deepStrictEqual(new Set(yield* list(directory)), new Set([`.${NAME}.2.tmp`, "another.json"]))
    })
  )
})
