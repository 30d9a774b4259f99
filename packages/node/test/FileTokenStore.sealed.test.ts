import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { FileTokenStore, NodeAuth, RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import * as Authority from "./authority.js"
import { accessOf, key, list, listening, otherKey, readText, records, token } from "./sealed.js"

const noKeyring = { module: "/no/such/package" }
const given = () => RecordKey.given(Redacted.make(new Uint8Array(randomBytes(32))))

/** A store with a key file, with one token in it. */
const prepared = Effect.gen(function* () {
  const directory = Path.join(yield* Authority.directory, "state")
  const store = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
  yield* store.write(key, token("first"))
  const path = yield* Effect.fromNullable((yield* records(directory))[0])
  return { directory, store, path, keyPath: Path.join(directory, "store.key") }
})

describe("the contract of token stores, sealed", () => {
  for (const check of TokenStoreContract.checks) {
    it.scopedLive(check.name, () =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        yield* Effect.provide(check.run, FileTokenStore.layer({ directory, sealing: "keyFile" }))
      })
    )
  }
})

describe("records that are sealed", () => {
  it.scopedLive("are opened by the next program", () =>
    Effect.gen(function* () {
      const { directory } = yield* prepared
      const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
    })
  )

  it.scopedLive("in clear are refused where a place was named, until they are replaced or removed as a whole", () =>
    Effect.gen(function* () {
      const { directory, path, store } = yield* prepared
      const clear = yield* FileTokenStore.make({ directory, sealing: "none" })
      yield* clear.write(key, token("planted"))
      for (const attempt of [
        Effect.asVoid(store.read(key)),
        Effect.asVoid(store.write(key, token("second"), Option.some(token("planted")))),
        Effect.asVoid(store.remove(key, token("planted")))
      ]) {
        const error = yield* Effect.flip(attempt)
        assert.include(error.message, "is in clear, and this program is set up to seal")
        assert.notInclude(error.message, "canary")
      }
      assert.include(yield* readText(path), "canary-access-planted")
      yield* store.write(key, token("second"))
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
      yield* clear.write(key, token("planted"))
      assert.isTrue(yield* store.remove(key))
      assert.deepStrictEqual(yield* records(directory), [])
    })
  )

  it.scopedLive("in clear are read where that was said, and sealed by the next write", () =>
    Effect.gen(function* () {
      const { directory, path } = yield* prepared
      const store = yield* FileTokenStore.make({ directory, sealing: "keyFile", clear: "read" })
      const clear = yield* FileTokenStore.make({ directory, sealing: "none" })
      yield* clear.write(key, token("clear"))
      assert.include(yield* readText(path), "canary-access-clear")
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-clear")
      yield* store.write(key, token("sealed"))
      assert.notInclude(yield* readText(path), "canary")
      // What opens a record is said by the record, what seals the next one by the choice.
      assert.strictEqual(accessOf(yield* clear.read(key)), "canary-access-sealed")
    })
  )

  it.scopedLive("under another record's name are refused: absent, and nothing of them is said", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { directory, path, store } = yield* prepared
        yield* store.write(otherKey, token("other"))
        const otherPath = yield* Effect.fromNullable((yield* records(directory)).find((each) => each !== path))
        yield* Effect.promise(() => Fs.copyFile(path, otherPath))
        assert.isTrue(Option.isNone(yield* store.read(otherKey)))
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
        assert.strictEqual(warnings.length, 1)
        assert.match(warnings[0] ?? "", /counts as absent; a sign-in replaces it/)
        assert.notInclude(warnings.join(), "canary")
      })
    )
  )

  it.scopedLive("whose key file was deleted are absent until it is back, and one can sign in again", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { directory, keyPath } = yield* prepared
        yield* Effect.promise(() => Fs.rename(keyPath, `${keyPath}.away`))
        const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
        assert.isTrue(Option.isNone(yield* next.read(key)))
        assert.isFalse((yield* list(directory)).includes("store.key"))
        assert.strictEqual(warnings.length, 1)
        assert.match(warnings[0] ?? "", /key that is gone[\s\S]*a sign-in replaces it/)
        yield* Effect.promise(() => Fs.rename(`${keyPath}.away`, keyPath))
        assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
        yield* Effect.promise(() => Fs.rm(keyPath))
        yield* next.write(key, token("second"))
        assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-second")
      })
    )
  )

  it.scopedLive("are opened with the key that is there now, by a program that began with another", () =>
    Effect.gen(function* () {
      const { directory, keyPath, store } = yield* prepared
      yield* Effect.promise(() => Fs.rm(keyPath))
      const later = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      yield* later.write(key, token("second"))
      assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
    })
  )

  it.scopedLive("are removed only if they hold the named token, by a program that has read nothing yet", () =>
    Effect.gen(function* () {
      const { directory } = yield* prepared
      const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      yield* next.remove(key, token("other"))
      assert.strictEqual((yield* records(directory)).length, 1)
      const another = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      yield* another.remove(key, token("first"))
      assert.deepStrictEqual(yield* list(directory), ["store.key"])
    })
  )
})

describe("a key file", () => {
  it.scopedLive("that holds no key is never written over, and the records stay", () =>
    Effect.gen(function* () {
      const { directory, keyPath, path } = yield* prepared
      const whole = yield* readText(keyPath)
      for (const text of ["", whole.slice(0, 40), '{"version":1,"key":"canary"}', '{"version":2,"key":"canary"}']) {
        yield* Effect.promise(() => Fs.writeFile(keyPath, text))
        const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
        for (const attempt of [
          Effect.asVoid(next.read(key)),
          next.write(key, token("lost")),
          next.remove(key, token("first"))
        ]) {
          const error = yield* Effect.flip(attempt)
          assert.include(error.message, `${keyPath} holds no key`)
          assert.notInclude(inspect(error) + JSON.stringify(error), "canary-")
        }
        assert.strictEqual(yield* readText(keyPath), text)
      }
      yield* Effect.promise(() => Fs.writeFile(keyPath, whole))
      const restored = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
      assert.strictEqual(accessOf(yield* restored.read(key)), "canary-access-first")
      assert.deepStrictEqual(yield* records(directory), [path])
    })
  )

  it.scopedLive.skipIf(process.getuid === undefined)(
    "that is a link is refused, and one that others read repaired",
    () =>
      Effect.gen(function* () {
        const { directory, keyPath } = yield* prepared
        yield* Effect.promise(() => Fs.chmod(keyPath, 0o644))
        const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
        yield* next.read(key)
        assert.strictEqual((yield* Effect.promise(() => Fs.stat(keyPath))).mode & 0o777, 0o600)
        yield* Effect.promise(() =>
          Fs.rename(keyPath, `${keyPath}.away`).then(() => Fs.symlink(`${keyPath}.away`, keyPath))
        )
        const linked = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
        assert.include((yield* Effect.flip(linked.read(key))).message, "symbolic link")
      })
  )
})

describe("a key that the application gives", () => {
  it.scopedLive("seals and opens; with another one a record is left alone, and a sign-in replaces it", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const service = given()
      const sealed = FileTokenStore.layerSealed({ directory }).pipe(
        Layer.provide(Layer.succeed(RecordKey.RecordKey, service))
      )
      const mine = yield* FileTokenStore.make({ directory, sealing: service })
      yield* mine.write(key, token("first"))
      assert.strictEqual((yield* list(directory)).length, 1)
      const [path = ""] = yield* records(directory)
      for (const sealing of [given(), "none", "keyFile"] as const) {
        const other = yield* FileTokenStore.make({ directory, sealing })
        assert.include((yield* Effect.flip(other.read(key))).message, "key of an application")
        assert.deepStrictEqual(yield* records(directory), [path])
      }
      const check = TokenStoreContract.checks.find(({ name }) => name.startsWith("what was written"))
      yield* Effect.provide(check?.run ?? Effect.die("no such check"), sealed)
      const other = yield* FileTokenStore.make({ directory, sealing: given() })
      yield* other.write(key, token("second"))
      assert.strictEqual(accessOf(yield* other.read(key)), "canary-access-second")
    })
  )

  it.scopedLive("that is no key is refused when the layer is built", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const sealing = RecordKey.given(Redacted.make(Buffer.from("canary password")))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(FileTokenStore.layer({ directory, sealing }))))
      assert.include(error.message, "does not have 32 bytes")
      assert.notInclude(inspect(error), "canary")
    })
  )
})

describe("what was chosen", () => {
  it.scopedLive("is kept or fails when the layer is built: no keyring, nothing written", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const options = { directory, sealing: "keyring", keyring: noKeyring } as const
      const error = yield* Effect.flip(Effect.scoped(Layer.build(FileTokenStore.layer(options))))
      assert.deepInclude(error, { _tag: "StoreUnavailable", retryable: false })
      assert.include(error.message, "@napi-rs/keyring is not installed")
      assert.include(error.fix, "Install it")
      const store = yield* FileTokenStore.make(options)
      yield* Effect.flip(store.write(key, token("lost")))
      assert.deepStrictEqual(yield* list(directory), [])
      const auth = NodeAuth.layer({ server: "https://mls.test", store: options })
      assert.strictEqual((yield* Effect.flip(Effect.scoped(Layer.build(auth))))._tag, "StoreUnavailable")
    })
  )

  it.scopedLive("in a place that cannot be one: what to do is said when the layer is built", () =>
    Effect.gen(function* () {
      const file = Path.join(yield* Authority.directory, "file")
      yield* Effect.promise(() => Fs.writeFile(file, ""))
      const options = { directory: Path.join(file, "state"), sealing: "keyFile" } as const
      const error = yield* Effect.flip(Effect.scoped(Layer.build(FileTokenStore.layer(options))))
      assert.include(error.message, file)
      assert.include(error.fix, "A part of that path is a file")
    })
  )

  it.scopedLive('"best" takes the key file with one warning in a program, when it first writes', () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        const options = { directory, sealing: "best", keyring: noKeyring } as const
        const store = yield* FileTokenStore.make(options)
        yield* store.read(key)
        assert.deepStrictEqual(warnings, [])
        yield* store.write(key, token("first"))
        const another = yield* FileTokenStore.make(options)
        yield* another.write(otherKey, token("other"))
        assert.strictEqual(warnings.length, 1)
        for (const part of [directory, "not installed", "store.key", "not against programs of the same user"]) {
          assert.include(warnings[0], part)
        }
        assert.include(yield* list(directory), "store.key")
        for (const path of yield* records(directory)) assert.notInclude(yield* readText(path), "canary")
      })
    )
  )
})
