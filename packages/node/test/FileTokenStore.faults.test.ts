/** Records where the directory is full, cannot be written, or is not what it seems: real ones where they can be made. */
import type { StoreUnavailable } from "@mlserver-auth/core/AuthError"
import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import * as Authority from "./authority.js"
import * as Disks from "./disks.js"
import { accessOf, key, list, listening, readText, records, token } from "./sealed.js"

const posix = process.getuid !== undefined
const root = process.getuid?.() === 0
const SEALINGS = ["none", "keyFile"] as const

const prepared = (directory: string, sealing: (typeof SEALINGS)[number] = "none") =>
  Effect.gen(function* () {
    const store = yield* FileTokenStore.make({ directory, sealing })
    yield* store.write(key, token("first"))
    const path = yield* Effect.fromNullable((yield* records(directory))[0])
    return { store, path, text: yield* readText(path) }
  })

type Store = Effect.Effect.Success<ReturnType<typeof prepared>>["store"]

const changes = (store: Store) => [
  store.write(key, token("second")),
  store.write(key, token("second"), Option.some(token("first"))),
  store.remove(key, token("first"))
]

/** It names the directory and no secret. */
const assertTold = (error: StoreUnavailable, directory: string, fix: RegExp, retryable: boolean) => {
  assert.include(["write", "remove"], error.operation)
  assert.strictEqual(error.retryable, retryable)
  assert.match(error.fix, fix)
  assert.include(error.message, directory)
  assert.notInclude(inspect(error, { depth: 10 }) + JSON.stringify(error), "canary")
}

describe.skipIf(!Disks.mountable)("a record on a full disk (only root can mount one to test with)", () => {
  for (const sealing of SEALINGS) {
    // With one page of room the turn finds a place, and the record does not.
    for (const pages of [0, 1]) {
      it.scopedLive(
        `(sealing ${sealing}, room for ${pages}) stays whole, and changes fail typed and leave nothing`,
        () =>
          Effect.gen(function* () {
            const directory = yield* Disks.disk
            const { path, store, text } = yield* prepared(directory, sealing)
            yield* Disks.fill(directory, pages)
            const names = yield* list(directory)
            for (const change of changes(store).slice(0, pages === 0 ? 3 : 2)) {
              assertTold(yield* Effect.flip(change), directory, /Free some space/, true)
              assert.strictEqual(yield* readText(path), text)
              assert.sameMembers(yield* list(directory), names)
            }
            const next = yield* FileTokenStore.make({ directory, sealing })
            assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
            yield* Disks.empty(directory)
            assert.isTrue(yield* next.write(key, token("second"), Option.some(token("first"))))
            assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
          })
      )
    }
  }

  for (const pages of [1, 2, 3, 4]) {
    it.scopedLive(`room for ${pages}: a section either does not begin, or what it has got can be saved`, () =>
      Effect.gen(function* () {
        const directory = yield* Disks.disk
        const { store } = yield* prepared(directory, "keyFile")
        yield* Disks.fill(directory, pages)
        let begun = false
        const renewed = store.exclusive(key)(
          Effect.suspend(() => {
            begun = true
            return store.write(key, token("second"), Option.some(token("first")))
          })
        )
        const result = yield* Effect.either(renewed)
        if (Either.isRight(result)) assert.isTrue(result.right)
        else {
          assert.isFalse(begun, "sent, and not saved")
          assert.deepInclude(result.left, { operation: "lock", retryable: true })
          assert.match(result.left.fix, /Free some space/)
        }
        // The room that is needed is found as soon as it is there, and is given back.
        yield* Disks.empty(directory)
        assert.strictEqual((yield* Effect.either(store.exclusive(key)(store.write(key, token("third")))))._tag, "Right")
        assert.strictEqual((yield* list(directory)).length, 2)
      })
    )
  }

  it.scopedLive("can be removed: nobody is kept from signing out", () =>
    Effect.gen(function* () {
      const directory = yield* Disks.disk
      const { store } = yield* prepared(directory)
      yield* Disks.fill(directory)
      assert.isTrue(yield* store.remove(key))
      assert.deepStrictEqual(yield* list(directory), ["filler"])
    })
  )
})

describe.skipIf(!Disks.mountable)("a record that cannot be written (only root can mount such a directory)", () => {
  for (const sealing of SEALINGS) {
    it.scopedLive(`(sealing ${sealing}) is read; changes fail typed, and nothing changes`, () =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        const { path, text } = yield* prepared(directory, sealing)
        const place = yield* Disks.readOnly(directory)
        const names = yield* list(directory)
        const store = yield* FileTokenStore.make({ directory: place, sealing })
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
        for (const change of [...changes(store), store.remove(key)]) {
          assertTold(yield* Effect.flip(change), place, /can be written/, false)
        }
        // What needs no change is no failure.
        assert.isFalse(yield* store.write(key, token("second"), Option.none()))
        assert.isFalse(yield* store.remove(key, token("other")))
        assert.strictEqual(yield* readText(path), text)
        assert.deepStrictEqual(yield* list(directory), names)
      })
    )
  }

  it.scopedLive("is watched: who may only read is told of what others write", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { store } = yield* prepared(directory)
      const reader = yield* FileTokenStore.make({ directory: yield* Disks.readOnly(directory) })
      const signals = yield* reader.watch(key)
      yield* store.write(key, token("second"))
      yield* Queue.take(signals)
      assert.strictEqual(accessOf(yield* reader.read(key)), "canary-access-second")
    })
  )

  it.scopedLive("and is none: absent with one warning, and left where it is", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        const { path, text } = yield* prepared(directory)
        yield* Effect.promise(() => Fs.writeFile(path, text.slice(0, -20)))
        const readOnly = yield* Disks.readOnly(directory)
        // A program may make more than one store of a directory, as `mls login` does.
        for (let at = 0; at < 2; at++) {
          const store = yield* FileTokenStore.make({ directory: readOnly })
          for (let again = 0; again < 2; again++) assert.isTrue(Option.isNone(yield* store.read(key)))
        }
        assert.strictEqual(yield* readText(path), text.slice(0, -20))
        assert.strictEqual(warnings.length, 1)
        assert.match(warnings[0] ?? "", /counts as absent; a sign-in replaces it/)
        assert.notInclude(warnings[0], "canary")
      })
    )
  )

  it.scopedLive("and that others can read is refused, since that cannot be mended", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { path } = yield* prepared(directory)
      yield* Effect.promise(() => Fs.chmod(path, 0o644))
      const store = yield* FileTokenStore.make({ directory: yield* Disks.readOnly(directory) })
      assert.include((yield* Effect.flip(store.read(key))).message, "EROFS")
    })
  )
})

describe.skipIf(!posix)("what is not ours", () => {
  it.scopedLive("a directory that is a link: refused, and nothing behind it is touched", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { path, text } = yield* prepared(directory)
      const link = Path.join(yield* Authority.directory, "link")
      yield* Effect.promise(() => Fs.symlink(directory, link))
      const store = yield* FileTokenStore.make({ directory: link })
      for (const attempt of [Effect.asVoid(store.read(key)), ...changes(store), store.remove(key)]) {
        const error = yield* Effect.flip(attempt)
        assert.include(error.message, `${link}: the directory is a symbolic link`)
        assert.include(error.fix, "give another directory")
      }
      assert.strictEqual(yield* readText(path), text)
      assert.deepStrictEqual(yield* list(directory), [Path.basename(path)])
    })
  )

  it.scopedLive("a record that is a link: neither read nor written; removed without what it leads to", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { path, store, text } = yield* prepared(directory)
      const elsewhere = Path.join(yield* Authority.directory, "elsewhere")
      yield* Effect.promise(() => Fs.rename(path, elsewhere).then(() => Fs.symlink(elsewhere, path)))
      for (const attempt of [Effect.asVoid(store.read(key)), ...changes(store)]) {
        assert.include((yield* Effect.flip(attempt)).message, "a record is a symbolic link")
      }
      assert.isTrue(yield* store.remove(key))
      assert.deepStrictEqual(yield* list(directory), [])
      assert.strictEqual(yield* readText(elsewhere), text)
    })
  )

  it.scopedLive.skipIf(!root)("a directory of another user: refused, also to be read (only root can make one)", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { path, store, text } = yield* prepared(directory)
      yield* Effect.promise(() => Fs.chown(directory, 12345, 12345))
      for (const attempt of [Effect.asVoid(store.read(key)), ...changes(store), store.remove(key)]) {
        assert.include((yield* Effect.flip(attempt)).message, "the directory belongs to another user")
      }
      assert.strictEqual(yield* readText(path), text)
    })
  )

  it.scopedLive("a record of a newer program: left alone also by what has a condition, and by a removal", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const { path, store } = yield* prepared(directory)
      const newer = JSON.stringify({ version: 9, sealed: "canary" })
      yield* Effect.promise(() => Fs.writeFile(path, newer))
      const created = store.write(key, token("second"), Option.none())
      for (const attempt of [...changes(store), created, store.remove(key)]) {
        const error = yield* Effect.flip(attempt)
        assert.include(error.message, "newer version")
        assert.include(error.fix, "Update this program")
      }
      assert.strictEqual(yield* readText(path), newer)
      assert.deepStrictEqual(yield* list(directory), [Path.basename(path)])
    })
  )

  for (const over of [undefined, Option.none()]) {
    it.scopedLive(`a record that is none: never dropped without a word by a write (over ${over?._tag})`, () =>
      listening((warnings) =>
        Effect.gen(function* () {
          const directory = yield* Authority.directory
          const { path, store, text } = yield* prepared(directory)
          yield* Effect.promise(() => Fs.truncate(path, 50))
          assert.isTrue(yield* store.write(key, token("second"), over))
          assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
          const aside = (yield* list(directory)).filter((name) => name.endsWith(".corrupt"))
          assert.strictEqual(aside.length, 1)
          assert.strictEqual(yield* readText(Path.join(directory, aside[0] ?? "")), text.slice(0, 50))
          assert.strictEqual(warnings.length, 1)
          yield* store.remove(key)
          assert.deepStrictEqual(yield* list(directory), [])
        })
      )
    )
  }

  it.scopedLive("a record that is none holds no token: it is neither written over nor removed where one is named", () =>
    listening(() =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        const { path, store } = yield* prepared(directory)
        yield* Effect.promise(() => Fs.truncate(path, 50))
        assert.isFalse(yield* store.write(key, token("second"), Option.some(token("first"))))
        assert.isTrue(yield* store.remove(key, token("first")))
        assert.isTrue(Option.isNone(yield* store.read(key)))
        assert.strictEqual((yield* readText(path)).length, 50)
      })
    )
  )
})
