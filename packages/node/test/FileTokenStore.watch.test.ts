import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import type * as NodeFs from "node:fs"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import * as RecordWatch from "../src/internal/store/watch.js"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"
import { accessOf, key, otherKey, records, token } from "./sealed.js"

/** `fs.watch` as the system has it, until a test takes it away; what it opened, and what happens once it has missed the directory. */
const hints = vi.hoisted(() => ({
  refused: undefined as string | undefined,
  onMissed: () => {},
  open: new Set<NodeFs.FSWatcher>(),
  opened: 0
}))

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof NodeFs>()
  const watch = (path: string, options: NodeFs.WatchOptions, listener: NodeFs.WatchListener<string>) => {
    if (hints.refused !== undefined) throw Object.assign(new Error("no more"), { code: hints.refused })
    assert.isFalse(options.persistent)
    const at = fs.existsSync(path) ? path : (hints.onMissed(), `${path}/missing`)
    const watcher = fs.watch(at, options, listener)
    hints.opened++
    hints.open.add(watcher.once("close", () => hints.open.delete(watcher)))
    return watcher
  }
  return { ...fs, watch }
})

/** Milliseconds until a look at a file begins, as on a disk that is far away. */
const disk = vi.hoisted(() => ({ delay: 0, looks: 0 }))

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>()
  const lstat = async (...args: Parameters<typeof fs.lstat>) => {
    disk.looks++
    if (disk.delay > 0) await new Promise((resolve) => setTimeout(resolve, disk.delay))
    return await fs.lstat(...args).finally(() => disk.looks--)
  }
  return { ...fs, lstat }
})

const farDisk = Effect.acquireRelease(
  Effect.sync(() => (disk.delay = 50)),
  () => Effect.sync(() => (disk.delay = 0))
)

const refusing = (code: string) =>
  Effect.acquireRelease(
    Effect.sync(() => (hints.refused = code)),
    () => Effect.sync(() => (hints.refused = undefined))
  )

/** A store, and one in what might be another program. */
const prepared = Effect.gen(function* () {
  const directory = Path.join(yield* Authority.directory, "state")
  const make = FileTokenStore.make({ directory })
  return { directory, store: yield* make, other: yield* make }
})

const told = (signals: Queue.Dequeue<void>) => Queue.take(signals)

const NAME = `${createHash("sha256").update(key.id).digest("hex")}.json`

/** Ends the looks of what is watched in this scope: what is told from then on is told by the system. */
const looks = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => vi.spyOn(globalThis, "setInterval")),
    (spy) => Effect.sync(() => spy.mockRestore())
  ),
  ({ mock }) => ({
    end: Effect.sync(() => mock.results.forEach(({ value }) => clearInterval(value as NodeJS.Timeout)))
  })
)

describe("whoever watches a record", () => {
  it.scopedLive("is told at once of what this program and another store of it do", () =>
    Effect.gen(function* () {
      const { other, store } = yield* prepared
      yield* store.write(key, token("first"))
      const { end } = yield* looks
      const signals = yield* store.watch(key)
      yield* end
      for (const change of [
        store.write(key, token("second")),
        other.write(key, token("third"), Option.some(token("second"))),
        other.remove(key, token("third")),
        store.write(key, token("fourth"), Option.none()),
        store.remove(key)
      ]) {
        assert.isTrue(yield* change)
        yield* told(signals)
        yield* Queue.takeAll(signals)
      }
    })
  )

  it.scopedLive("is told at once of what another program does, and finds it then", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      yield* store.write(key, token("first"))
      const { ask } = yield* Effect.flatten(Processes.starter)
      const { end } = yield* looks
      const signals = yield* store.watch(key)
      yield* end
      for (const name of ["second", undefined, "third"]) {
        yield* ask({ _tag: "Change", directory, name })
        yield* told(signals)
        assert.strictEqual(accessOf(yield* store.read(key)), name && `canary-access-${name}`)
        yield* Queue.takeAll(signals)
      }
    })
  )

  it.scopedLive(
    "where there is no directory yet: is told when another program makes it, and at once from then on",
    () =>
      Effect.gen(function* () {
        const { directory, other, store } = yield* prepared
        const { end } = yield* looks
        const signals = yield* store.watch(key)
        assert.strictEqual(hints.open.size, 0)
        const { ask } = yield* Effect.flatten(Processes.starter)
        yield* ask({ _tag: "Change", directory, name: "first" })
        yield* told(signals)
        assert.strictEqual(hints.open.size, 1)
        yield* end
        yield* other.write(key, token("second"))
        yield* told(signals)
      })
  )

  it.scopedLive("the same where it is made between a look for the directory and that for the file", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      const signals = yield* store.watch(key)
      hints.onMissed = () => {
        hints.onMissed = () => {}
        mkdirSync(directory, { mode: 0o700 })
        writeFileSync(Path.join(directory, NAME), "not whole as yet", { mode: 0o600 })
      }
      yield* told(signals)
      assert.strictEqual(hints.open.size, 1)
    })
  )

  it.scopedLive("watches nothing any more where a look ends after the last watcher has left", () =>
    Effect.gen(function* () {
      const { other, store } = yield* prepared
      yield* store.write(key, token("first"))
      const scope = yield* Scope.make()
      yield* Scope.extend(store.watch(key), scope)
      yield* farDisk
      yield* other.write(key, token("second"))
      yield* Effect.repeat(Effect.yieldNow(), { until: () => disk.looks > 0 })
      yield* Scope.close(scope, Exit.void)
      yield* Effect.repeat(Effect.yieldNow(), { until: () => disk.looks === 0 })
      yield* Effect.promise(() => new Promise(setImmediate)) // where it tells
      yield* Effect.repeat(Effect.yieldNow(), { until: () => hints.open.size === 0 })
    })
  )

  it.scopedLive("is told when the directory is removed, and when there is another one of its name", () =>
    Effect.gen(function* () {
      const { directory, other, store } = yield* prepared
      yield* store.write(key, token("first"))
      const { end } = yield* looks
      const signals = yield* store.watch(key)
      yield* Effect.promise(() => Fs.rm(directory, { recursive: true }))
      yield* told(signals)
      yield* Queue.takeAll(signals)
      yield* other.write(key, token("second"))
      yield* told(signals)
      yield* Queue.takeAll(signals)
      yield* end
      yield* other.write(key, token("third"))
      yield* told(signals)
    })
  )

  it.scopedLive("gets one signal for several changes, and none for what is done to other files", () =>
    Effect.gen(function* () {
      const { other, store } = yield* prepared
      yield* store.write(key, token("first"))
      const [signals, others] = [yield* store.watch(key), yield* store.watch(otherKey)]
      yield* Effect.forEach(["1", "2", "3"], (name) => other.write(key, token(name)))
      yield* other.exclusive(key)(Effect.void)
      // A signal that came after these would have come by then.
      yield* other.write(otherKey, token("other"))
      yield* told(others)
      assert.strictEqual(yield* Queue.size(signals), 1)
      yield* Queue.take(signals)
      yield* other.write(otherKey, token("another"))
      yield* told(others)
      assert.strictEqual(yield* Queue.size(signals), 0)
    })
  )
})

describe("where the system does not tell of changes", () => {
  it.scopedLive("the record is looked at every two seconds", () =>
    Effect.gen(function* () {
      const { other, store } = yield* prepared
      yield* refusing("ENOSPC")
      yield* store.write(key, token("first"))
      const signals = yield* store.watch(key)
      yield* other.write(key, token("second"))
      yield* told(signals)
    })
  )

  it.scopedLive("any more: nothing is lost, and it is asked again", () =>
    Effect.gen(function* () {
      const { other, store } = yield* prepared
      yield* store.write(key, token("first"))
      const { end } = yield* looks
      const signals = yield* store.watch(key)
      for (const watcher of hints.open) watcher.emit("error", Object.assign(new Error("gone"), { code: "EIO" }))
      const before = hints.opened
      yield* other.write(key, token("second"))
      yield* told(signals)
      assert.strictEqual(hints.opened, before + 1)
      yield* end
      yield* other.write(key, token("third"))
      yield* told(signals)
    })
  )

  it.scopedLive("a change right after the beginning is seen all the same, and what did not change is none", () =>
    Effect.gen(function* () {
      yield* refusing("ENOSPC")
      yield* farDisk
      const directory = yield* Authority.directory
      const path = Path.join(directory, "record")
      const { watch } = RecordWatch.make(directory, 20)
      for (const text of ["one", "two", "six", undefined]) {
        const signals = yield* watch("record")
        if (text === undefined) rmSync(path)
        else writeFileSync(path, text)
        yield* told(signals)
        // Two looks, in which nothing changed.
        yield* Effect.sleep("200 millis")
        assert.strictEqual(yield* Queue.size(signals), 0)
      }
    })
  )
})

describe("the end of watching", () => {
  it.scopedLive("comes with the scope: one watcher and one timer for all of a store, and then none", () =>
    Effect.gen(function* () {
      const { store } = yield* prepared
      yield* store.write(key, token("first"))
      const [set, cleared] = [vi.spyOn(globalThis, "setInterval"), vi.spyOn(globalThis, "clearInterval")]
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.restoreAllMocks()))
      const before = hints.opened
      const scopes = yield* Effect.all([Scope.make(), Scope.make(), Scope.make()])
      const queues = yield* Effect.forEach(scopes, (scope, at) =>
        Scope.extend(store.watch(at === 0 ? otherKey : key), scope)
      )
      assert.deepStrictEqual([hints.opened - before, hints.open.size, set.mock.calls.length], [1, 1, 1])
      const [timer] = set.mock.results.map(({ value }) => value as NodeJS.Timeout)
      assert.isFalse(timer?.hasRef())
      for (const [at, scope] of scopes.entries()) {
        assert.strictEqual(hints.open.size, 1)
        assert.strictEqual(cleared.mock.calls.length, 0)
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(yield* Queue.isShutdown(queues[at] ?? (yield* Queue.unbounded<void>())))
      }
      assert.deepStrictEqual(cleared.mock.calls, [[timer]])
      yield* Effect.repeat(Effect.yieldNow(), { until: () => hints.open.size === 0 })
      // And it begins anew.
      const signals = yield* store.watch(key)
      yield* store.write(key, token("second"))
      yield* told(signals)
    })
  )

  it.scopedLive("comes with the program, also where nobody closed the scope", () =>
    Effect.gen(function* () {
      const { directory, store } = yield* prepared
      yield* store.write(key, token("first"))
      const program = yield* Effect.flatten(Processes.starter)
      yield* program.tell({ _tag: "Watch", directory })
      yield* program.ended
      assert.strictEqual((yield* records(directory)).length, 1)
    })
  )
})
