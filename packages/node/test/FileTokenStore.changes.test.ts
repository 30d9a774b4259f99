import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as LockHolder from "../src/internal/lock/holder.js"
import * as TokenRecord from "../src/internal/store/tokenRecord.js"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"
import { accessOf, key, list, numberIn, readText, token } from "./sealed.js"

/** What a removal of a record waits for. */
const slow = vi.hoisted(() => ({ removal: undefined as (() => Promise<void>) | undefined }))

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>()
  const rm: typeof fs.rm = async (path, options) => {
    if (String(path).endsWith(".json")) await slow.removal?.()
    return await fs.rm(path, options)
  }
  return { ...fs, rm }
})

const NAME = createHash("sha256").update(key.id).digest("hex")

const prepared = Effect.gen(function* () {
  const directory = yield* Authority.directory
  const store = yield* FileTokenStore.make({ directory })
  yield* store.write(key, token("first"))
  return { directory, store, path: Path.join(directory, `${NAME}.json`), turn: Path.join(directory, `${NAME}.turn`) }
})

/** A turn that somebody has: this process, which lives, if no other is named. */
const taken = (turn: string, pid = process.pid) =>
  Effect.promise(async () => {
    const { started, ...here } = await LockHolder.make()
    const holder = { ...here, pid, ...(pid === process.pid && started !== undefined ? { started } : {}) }
    await Fs.writeFile(turn, LockHolder.encode("a".repeat(32), 0, holder), { mode: 0o600 })
  })

const adding = (directory: string, comparing: boolean) =>
  Effect.gen(function* () {
    const start = yield* Processes.starter
    const programs = yield* Effect.all(
      Array.from({ length: 4 }, () => start),
      { concurrency: 2 }
    )
    yield* Effect.forEach(programs, ({ ask }) => ask({ _tag: "Add", directory, times: 25, comparing }), {
      concurrency: "unbounded"
    })
    const store = yield* FileTokenStore.make({ directory })
    return numberIn(yield* store.read(key))
  })

describe("programs that change a record without its section", () => {
  it.scopedLive("each over what it has read: no change of another one is lost, and nothing is left lying", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      assert.strictEqual(yield* adding(directory, true), 100)
      assert.deepStrictEqual(yield* list(directory), [`${NAME}.json`])
    })
  )

  it.scopedLive("a check of the check: without comparing they lose some", () =>
    Effect.gen(function* () {
      assert.isBelow(yield* adding(yield* Authority.directory, false), 100)
    })
  )

  it.scopedLive("one replaces a token while others remove it: one of them has done it, and nobody else's is gone", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      const others = yield* Effect.all([FileTokenStore.make({ directory }), FileTokenStore.make({ directory })])
      const seen = { replaced: 0, removed: 0 }
      for (let round = 0; round < 60; round++) {
        const [old, next] = [token(`old-${round}`), token(`new-${round}`)]
        yield* store.write(key, old)
        const write = store.write(key, next, Option.some(old))
        const removals = others.map((other) => Effect.delay(other.remove(key, old), `${round % 6} millis`))
        const [replaced, ...removed] = yield* Effect.all([write, ...removals], { concurrency: "unbounded" })
        const after = accessOf(yield* store.read(key))
        assert.strictEqual(after, replaced ? `canary-access-new-${round}` : undefined)
        assert.deepStrictEqual(removed, [!replaced, !replaced])
        seen[replaced ? "replaced" : "removed"]++
      }
      // Else nothing was shown.
      assert.isAbove(seen.replaced, 0)
      assert.isAbove(seen.removed, 0)
    })
  )
})

describe("a turn", () => {
  it.scopedLive("that is waited for: the record is looked at again, and a stranger's token is not touched", () =>
    Effect.gen(function* () {
      const { path, store, turn } = yield* prepared
      yield* taken(turn)
      const attempts = yield* Effect.fork(
        Effect.all([store.remove(key, token("first")), store.write(key, token("mine"), Option.some(token("first")))], {
          concurrency: "unbounded"
        })
      )
      yield* Effect.sleep("200 millis")
      const theirs = yield* Effect.promise(async () => {
        await Fs.writeFile(path, TokenRecord.encode(key, token("theirs")))
        return await Fs.stat(path, { bigint: true })
      })
      yield* Effect.promise(() => Fs.rm(turn))
      assert.deepStrictEqual(yield* Fiber.join(attempts), [false, false])
      const after = yield* Effect.promise(() => Fs.stat(path, { bigint: true }))
      // It had its name all the time: a file that is renamed away and back has another time.
      assert.deepStrictEqual([after.ino, after.ctimeNs], [theirs.ino, theirs.ctimeNs])
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-theirs")
    })
  )

  it.scopedLive("that a living program does not give back: reads go on, a change fails typed within its bound", () =>
    Effect.gen(function* () {
      const { directory, store, turn } = yield* prepared
      yield* taken(turn)
      const changes = [store.write(key, token("second")), store.remove(key), store.remove(key, token("first"))]
      const failing = yield* Effect.fork(Effect.forEach(changes, Effect.flip, { concurrency: "unbounded" }))
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
      for (const error of yield* Fiber.join(failing)) {
        assert.deepInclude(error, { operation: "lock", retryable: true })
        assert.include(error.message, `held by process ${process.pid}`)
        assert.include(error.fix, `${NAME}.turn`)
      }
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
      assert.sameMembers(yield* list(directory), [`${NAME}.json`, `${NAME}.turn`])
    })
  )

  it.scopedLive("of a program that died in it is taken over", () =>
    Effect.gen(function* () {
      const { directory, store, turn } = yield* prepared
      yield* taken(turn, spawnSync("true").pid)
      assert.isTrue(yield* store.write(key, token("second"), Option.some(token("first"))))
      assert.deepStrictEqual(yield* list(directory), [`${NAME}.json`])
    })
  )

  it.scoped("is waited for in the machine's time, also where a test's clock stands still", () =>
    Effect.gen(function* () {
      const { store, turn } = yield* prepared
      yield* taken(turn)
      const writing = yield* Effect.fork(store.write(key, token("second")))
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 100)))
      yield* Effect.promise(() => Fs.rm(turn))
      assert.isTrue(yield* Fiber.join(writing))
    })
  )

  it.scopedLive("that is waited for: a record that was sealed meanwhile is opened, and then compared", () =>
    Effect.gen(function* () {
      const { directory, path, turn } = yield* prepared
      const sealing = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      yield* sealing.write(key, token("first"))
      const sealed = yield* readText(path)
      for (const change of ["write", "remove"] as const) {
        const store = yield* FileTokenStore.make({ directory })
        yield* store.write(key, token("first"))
        yield* taken(turn)
        const changing = yield* Effect.fork(
          change === "write"
            ? store.write(key, token("second"), Option.some(token("first")))
            : store.remove(key, token("first"))
        )
        yield* Effect.sleep("200 millis")
        yield* Effect.promise(() => Fs.writeFile(path, sealed).then(() => Fs.rm(turn)))
        assert.isTrue(yield* Fiber.join(changing))
        assert.strictEqual(accessOf(yield* store.read(key)), change === "write" ? "canary-access-second" : undefined)
      }
    })
  )

  it.scopedLive("is not given back before the change is done, also where that is interrupted", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      const [begun, end] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      slow.removal = async () => {
        Deferred.unsafeDone(begun, Effect.void)
        await Effect.runPromise(Deferred.await(end))
      }
      yield* Effect.addFinalizer(() => Effect.sync(() => (slow.removal = undefined)))
      const removing = yield* Effect.fork(store.remove(key, token("first")))
      yield* Deferred.await(begun)
      const interrupting = yield* Effect.fork(Fiber.interrupt(removing))
      yield* Effect.sleep("100 millis")
      assert.sameMembers(yield* list(directory), [`${NAME}.json`, `${NAME}.turn`])
      yield* Deferred.succeed(end, undefined)
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )
})
