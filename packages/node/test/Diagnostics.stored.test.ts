import { FileTokenStore, Diagnostics, RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import * as Authority from "./authority.js"
import { key, list, otherKey, readText, token } from "./sealed.js"

type Sealing = FileTokenStore.Options["sealing"]

/** A directory with one record in it, sealed so. */
const prepared = (sealing: Sealing) =>
  Effect.gen(function* () {
    const directory = Path.join(yield* Authority.directory, "state")
    const store = yield* FileTokenStore.make({ directory, sealing })
    yield* store.write(key, token("first"))
    return { directory, store, record: Diagnostics.record(directory, key), lock: Diagnostics.lock(directory, key) }
  })

const write = (path: string, text: string) => Effect.promise(() => Fs.writeFile(path, text))

describe("a record, looked at from outside", () => {
  it.scopedLive("says how it is protected, and holds no token", () =>
    Effect.gen(function* () {
      const application = RecordKey.given(Redacted.make(new Uint8Array(randomBytes(32))))
      const rows = [
        ["none", "Clear", undefined],
        ["keyFile", "Sealed", "file"],
        [application, "Sealed", "application"]
      ] as const
      for (const [sealing, tag, place] of rows) {
        const { directory, record } = yield* prepared(sealing)
        const found = yield* record
        assert.strictEqual(found._tag, tag)
        assert.isTrue((yield* Effect.promise(() => Fs.stat(found.path))).isFile())
        assert.notInclude(inspect(found, { depth: 9 }), "canary")
        if (found._tag !== "Sealed") continue
        assert.strictEqual(found.place, place)
        assert.strictEqual(found.keyFile, place === "file" ? Path.join(directory, "store.key") : undefined)
      }
    })
  )

  it.scopedLive("absent, damaged, of another key or of a newer version is told, and left as it is", () =>
    Effect.gen(function* () {
      const { directory, record } = yield* prepared("none")
      const absent = yield* Diagnostics.record(directory, otherKey)
      assert.strictEqual(absent._tag, "Absent")
      const { path } = yield* record
      const text = yield* readText(path)
      yield* write(absent.path, text)
      assert.strictEqual((yield* Diagnostics.record(directory, otherKey))._tag, "Damaged")
      yield* write(path, text.replace('"version":1', '"version":99'))
      assert.strictEqual((yield* record)._tag, "Newer")
      yield* write(path, "scribble")
      yield* Effect.promise(() => Fs.chmod(path, 0o644))
      const before = yield* list(directory)
      assert.strictEqual((yield* record)._tag, "Damaged")
      assert.deepStrictEqual(yield* list(directory), before)
      assert.strictEqual((yield* Effect.promise(() => Fs.stat(path))).mode & 0o777, 0o644)
      yield* Effect.promise(() => Fs.rm(path).then(() => Fs.mkdir(path)))
      assert.strictEqual((yield* record)._tag, "Absent")
    })
  )
})

describe("a lock, looked at from outside", () => {
  it.scopedLive("names who holds it while it is held, and is free before and after", () =>
    Effect.gen(function* () {
      const { lock, store } = yield* prepared("none")
      assert.strictEqual((yield* lock)._tag, "Free")
      const held = yield* store.exclusive(key)(lock)
      assert.deepInclude(held, { _tag: "Held", pid: process.pid, runs: true })
      assert.strictEqual((yield* lock)._tag, "Free")
    })
  )

  it.scopedLive("of a process that ended, that is elsewhere, or that was silent for long", () =>
    Effect.gen(function* () {
      const { lock, store } = yield* prepared("none")
      const { path, text } = yield* store.exclusive(key)(
        Effect.flatMap(lock, ({ path }) => Effect.map(readText(path), (text) => ({ path, text })))
      )
      const by = (change: object) => {
        const { holder, ...rest } = JSON.parse(text) as { readonly holder: object }
        return write(path, JSON.stringify({ ...rest, holder: { ...holder, ...change } }))
      }
      yield* by({ pid: spawnSync(process.execPath, ["-e", "0"]).pid })
      assert.deepInclude(yield* lock, { _tag: "Held", runs: false })
      yield* by({ host: "elsewhere" })
      assert.deepInclude(yield* lock, { _tag: "Held", host: "elsewhere", runs: undefined })
      const minuteAgo = new Date(Date.now() - 60_000)
      yield* Effect.promise(() => Fs.utimes(path, minuteAgo, minuteAgo))
      assert.deepInclude(yield* lock, { _tag: "Held", host: "elsewhere", runs: false })
      yield* write(path, "scribble")
      assert.strictEqual((yield* lock)._tag, "Nameless")
      assert.strictEqual(yield* readText(path), "scribble")
    })
  )
})
