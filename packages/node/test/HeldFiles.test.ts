/** Files that another program has open, as Windows answers then: on any system, by operations that are refused. */
import { FileTokenStore, PrivateFile } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import { operation } from "../src/internal/store/diskFaults.js"
import * as HeldFiles from "../src/internal/store/heldFiles.js"
import * as Authority from "./authority.js"
import { accessOf, key, list, listening, records, token } from "./sealed.js"

type Operation = "open" | "rename" | "rm" | "readFile"

/** What is refused: operations on paths that end so, while `times` lasts. */
const held = vi.hoisted(() => ({
  code: "EPERM",
  operation: "rename" as Operation,
  ending: "",
  times: 0,
  refused: 0,
  refuse(asked: Operation, path: unknown) {
    if (asked !== this.operation || this.times <= 0 || !String(path).endsWith(this.ending)) return
    this.times--
    this.refused++
    throw Object.assign(new Error("held"), { code: this.code })
  }
}))

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>()
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      held.refuse("open", args[0])
      return await fs.open(...args)
    },
    rename: async (...args: Parameters<typeof fs.rename>) => {
      held.refuse("rename", args[1])
      return await fs.rename(...args)
    },
    rm: async (...args: Parameters<typeof fs.rm>) => {
      held.refuse("rm", args[0])
      return await fs.rm(...args)
    }
  }
})

const on = (platform: NodeJS.Platform) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.getOwnPropertyDescriptor(process, "platform") ?? {}
      Object.defineProperty(process, "platform", { ...before, value: platform })
      return before
    }),
    (before) =>
      Effect.sync(() => {
        held.times = 0
        Object.defineProperty(process, "platform", before)
      })
  )

const CODES = ["EPERM", "EACCES", "EBUSY"] as const

const prepared = Effect.gen(function* () {
  yield* on("win32")
  const directory = yield* Authority.directory
  const store = yield* FileTokenStore.make({ directory, lockTimeout: "30 seconds" })
  yield* store.write(key, token("first"))
  const record = yield* Effect.fromNullable((yield* records(directory))[0])
  return {
    directory,
    store,
    record,
    lock: record.replace(/\.json$/, ".lock"),
    turn: record.replace(/\.json$/, ".turn")
  }
})

describe("an operation that another program holds up", () => {
  const refusing = (code: string, times: number) => {
    let left = times
    return operation(async () => {
      if (left-- > 0) throw Object.assign(new Error("held"), { code })
      return "done"
    })
  }

  for (const code of CODES) {
    it.effect(`(${code}) is done again on Windows, and nowhere else`, () =>
      Effect.gen(function* () {
        const patient = HeldFiles.patiently(HeldFiles.TIMEOUT.SAVE, "win32")(refusing(code, 12))
        const fiber = yield* Effect.fork(patient)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(fiber), "done")
        for (const platform of ["linux", "darwin"] as const) {
          const error = yield* Effect.flip(HeldFiles.patiently(HeldFiles.TIMEOUT.SAVE, platform)(refusing(code, 1)))
          assert.propertyVal(error, "code", code)
        }
      })
    )
  }

  it.effect("not for ever: a file may be held for good, and a right may be missing", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(HeldFiles.patiently("2 seconds", "win32")(refusing("EPERM", 1e9))))
      yield* TestClock.adjust("1 seconds")
      assert.isNull(yield* Fiber.poll(fiber).pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit))))
      yield* TestClock.adjust("2 seconds")
      assert.propertyVal(yield* Fiber.join(fiber), "code", "EPERM")
    })
  )

  it.effect("what has another reason is told at once", () =>
    Effect.map(Effect.flip(HeldFiles.patiently("2 seconds", "win32")(refusing("ENOSPC", 1))), (error) =>
      assert.propertyVal(error, "code", "ENOSPC")
    )
  )
})

describe("a record that another program has open", () => {
  for (const code of CODES) {
    it.scopedLive(`(${code}) is replaced as soon as that is over, by one new file; nothing is left lying`, () =>
      Effect.gen(function* () {
        const { directory, record, store } = yield* prepared
        Object.assign(held, { code, operation: "rename", ending: ".json", times: 9, refused: 0 })
        assert.isTrue(yield* store.write(key, token("second")))
        assert.strictEqual(held.refused, 9)
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
        assert.deepStrictEqual(yield* list(directory), [Path.basename(record)])
      })
    )
  }

  it.scopedLive(
    "and not let go: a failure that may pass names no owner, the old record stays, nothing is left lying",
    () =>
      Effect.gen(function* () {
        const { directory, record, store } = yield* prepared
        Object.assign(held, { code: "EPERM", operation: "rename", ending: ".json", times: Infinity })
        const error = yield* Effect.flip(store.write(key, token("second")))
        assert.deepInclude(error, { _tag: "StoreUnavailable", operation: "write", reason: "InUse", retryable: true })
        assert.match(error.message, /another program[\s\S]*EPERM/)
        assert.notMatch(error.message, /sudo|owner/)
        held.times = 0
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
        assert.deepStrictEqual(yield* list(directory), [Path.basename(record)])
      })
  )

  it.scopedLive("and lets nobody read is read a moment later, or told of in the same words", () =>
    Effect.gen(function* () {
      const { store } = yield* prepared
      Object.assign(held, { code: "EBUSY", operation: "open", ending: ".json", times: 12 })
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
      held.times = Infinity
      const error = yield* Effect.flip(store.read(key))
      assert.deepInclude(error, { operation: "read", reason: "InUse", retryable: true })
    })
  )

  it.scopedLive("is removed as soon as that is over", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      Object.assign(held, { code: "EPERM", operation: "rm", ending: ".json", times: 9 })
      assert.isTrue(yield* store.remove(key))
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )

  it.scopedLive("is what a settings file is too: waited for, then told by its code", () =>
    Effect.gen(function* () {
      yield* on("win32")
      const path = Path.join(yield* Authority.directory, "settings.json")
      Object.assign(held, { code: "EACCES", operation: "rename", ending: "settings.json", times: 9 })
      yield* PrivateFile.replace(path, "{}")
      Object.assign(held, { code: "EACCES", operation: "open", ending: "settings.json", times: 5 })
      const look = PrivateFile.patiently(() => Fs.open(path).then((file) => file.close()))
      yield* look
      held.times = Infinity
      const code = yield* Effect.flip(look)
      assert.strictEqual(code, "EACCES")
      assert.isTrue(PrivateFile.isEphemeral(code))
      assert.isFalse(PrivateFile.isEphemeral("ENOENT"))
    })
  )
})

describe("a lock that another program has open", () => {
  const entering = (store: Effect.Effect.Success<typeof prepared>["store"]) =>
    store.exclusive(key)(Effect.succeed("inside"))

  for (const suffix of ["lock", "turn"] as const) {
    it.scopedLive(
      `when its holder removes the .${suffix}: the same program goes on at once, and it is gone at last`,
      () =>
        listening((warnings) =>
          Effect.gen(function* () {
            const { directory, record, store } = yield* prepared
            const change = suffix === "lock" ? entering(store) : store.write(key, token("second"))
            Object.assign(held, { code: "EBUSY", operation: "rm", ending: `.${suffix}`, times: 40 })
            yield* change
            const another = yield* FileTokenStore.make({ directory, lockTimeout: "30 seconds" })
            held.times = 2
            yield* suffix === "lock" ? entering(another) : another.write(key, token("third"))
            held.times = 0
            yield* Effect.repeat(list(directory), { until: (names) => names.length === 1 }).pipe(
              Effect.timeout("20 seconds")
            )
            assert.deepStrictEqual(yield* list(directory), [Path.basename(record)])
            assert.deepStrictEqual(warnings, [])
          })
        )
    )
  }

  it.scopedLive("or that is on its way to be removed, is looked at again", () =>
    Effect.gen(function* () {
      const { directory, lock, store } = yield* prepared
      yield* Effect.promise(() => Fs.writeFile(lock, ""))
      Object.assign(held, { code: "EPERM", operation: "open", ending: ".lock", times: 25 })
      const fiber = yield* Effect.fork(entering(store))
      yield* Effect.promise(() => vi.waitUntil(() => held.times === 0, { timeout: 20_000 }))
      yield* Effect.promise(() => Fs.rm(lock))
      assert.strictEqual(yield* Fiber.join(fiber), "inside")
      assert.strictEqual((yield* list(directory)).length, 1)
    })
  )

  it.scopedLive("and not let go: the failure says so, and may pass", () =>
    Effect.gen(function* () {
      const { directory } = yield* prepared
      const store = yield* FileTokenStore.make({ directory, lockTimeout: "1 second" })
      Object.assign(held, { code: "EPERM", operation: "open", ending: ".lock", times: Infinity })
      const error = yield* Effect.flip(entering(store))
      assert.deepInclude(error, { operation: "lock", reason: "InUse", retryable: true })
    })
  )

  it.scopedLive(
    "a moment's file that cannot be removed once its lock is made: the section runs, and its lock goes",
    () =>
      Effect.gen(function* () {
        const { directory, store } = yield* prepared
        Object.assign(held, { code: "EPERM", operation: "rm", ending: ".tmp", times: 1, refused: 0 })
        assert.strictEqual(yield* entering(store), "inside")
        assert.strictEqual(held.refused, 1)
        const names = yield* list(directory)
        assert.isFalse(names.some((name) => name.endsWith(".lock")))
      })
  )
})
