import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { TokenStore } from "@mlserver-auth/core/TokenStore"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { inspect } from "node:util"
import { vi } from "vitest"
import * as Files from "../src/internal/store/privateFiles.js"
import * as WholeFiles from "../src/internal/store/wholeFiles.js"
import * as Authority from "./authority.js"

const posix = process.getuid !== undefined
const root = process.getuid?.() === 0

const key = TokenKey.make({ issuer: "https://mls.test", principal: "canary-user" })

const token = (name: string) =>
  Token.first(
    {
      accessToken: Redacted.make(`canary-access-${name}`),
      refreshToken: Redacted.make(`canary-refresh-${name}`),
      obtainedAt: 1000,
      expiresAt: 2000,
      clockDifference: 0
    },
    "ada"
  )

/** A store in a directory of its own, with one token in it, and the warnings it gives. */
const prepared = Effect.gen(function* () {
  const directory = Path.join(yield* Authority.directory, "state", "mls")
  const store = yield* FileTokenStore.make({ directory, sealing: "none" })
  yield* store.write(key, token("first"))
  const names = yield* Effect.promise(() => Fs.readdir(directory))
  const name = yield* Effect.fromNullable(names[0])
  return { directory, store, name, path: Path.join(directory, name) }
})

const listening = <A, E, R>(effect: (warnings: ReadonlyArray<string>) => Effect.Effect<A, E, R>) => {
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => void warnings.push(`${logLevel.label} ${inspect(message)}`))
  return Effect.provide(effect(warnings), Logger.replace(Logger.defaultLogger, logger))
}

const modeOf = (path: string) => Effect.promise(async () => (await Fs.stat(path)).mode & 0o777)
const list = (directory: string) => Effect.promise(() => Fs.readdir(directory))
const accessOf = (found: Option.Option<Token.Token>) =>
  Option.getOrUndefined(Option.map(found, ({ accessToken }) => Redacted.value(accessToken)))

describe("the contract of token stores", () => {
  for (const check of TokenStoreContract.checks) {
    it.scopedLive(check.name, () =>
      Effect.gen(function* () {
        const directory = yield* Authority.directory
        yield* Effect.provide(check.run, FileTokenStore.layer({ directory }))
      })
    )
  }
})

describe("files", () => {
  it.scopedLive("another store, as in the next program, finds the token", () =>
    Effect.gen(function* () {
      const { directory } = yield* prepared
      const next = yield* FileTokenStore.make({ directory, sealing: "none" })
      assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
    })
  )

  it.scopedLive.skipIf(!posix)("only their owner can read them, whatever the umask", () =>
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => process.umask(0)),
        (umask) => Effect.sync(() => process.umask(umask))
      )
      const { directory, path } = yield* prepared
      assert.strictEqual(yield* modeOf(directory), 0o700)
      assert.strictEqual(yield* modeOf(Path.dirname(directory)), 0o700)
      assert.strictEqual(yield* modeOf(path), 0o600)
    })
  )

  it.scopedLive("their names tell nothing, and nothing else is left in the directory", () =>
    Effect.gen(function* () {
      const { directory, name, store } = yield* prepared
      yield* store.write(key, token("second"))
      assert.match(name, /^[0-9a-f]{64}\.json$/)
      assert.deepStrictEqual(yield* list(directory), [name])
    })
  )

  it.scopedLive("a failed write leaves what was there and no temporary file", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const path = Path.join(directory, "record.json")
      yield* Effect.promise(() => Fs.mkdir(Path.join(path, "in the way"), { recursive: true }))
      yield* Effect.flip(WholeFiles.replace(path, "new"))
      assert.deepStrictEqual(yield* list(directory), ["record.json"])
    })
  )

  it.scopedLive("a record that was replaced since it was read is not set aside", () =>
    Effect.gen(function* () {
      const { directory, name, path, store } = yield* prepared
      const read = yield* Effect.fromNullable(yield* Effect.promise(() => Files.read(path)))
      yield* store.write(key, token("second"))
      assert.isFalse(yield* Effect.promise(() => Files.setAside(path, read.text, Files.asideOf(path))))
      assert.deepStrictEqual(yield* list(directory), [name])
    })
  )

  it.scopedLive("sixty writers at once leave one whole record", () =>
    Effect.gen(function* () {
      const { directory, name, store } = yield* prepared
      const names = Array.from({ length: 60 }, (_, i) => String(i))
      const reads = yield* Effect.forEach(
        names,
        (each) => Effect.zipRight(store.write(key, token(each)), Effect.map(store.read(key), accessOf)),
        { concurrency: "unbounded" }
      )
      for (const read of reads) assert.match(read ?? "nothing", /^canary-access-\d+$/)
      assert.deepStrictEqual(yield* list(directory), [name])
    })
  )

  it.scopedLive("removal takes what was set aside and what a dead program left, but no other key's", () =>
    Effect.gen(function* () {
      const { directory, name, store } = yield* prepared
      const other = TokenKey.make({ issuer: "https://other.test" })
      yield* store.write(other, token("other"))
      const [stale, fresh] = [Path.join(directory, `.${name}.1.tmp`), Path.join(directory, `.${name}.2.tmp`)]
      yield* Effect.promise(async () => {
        await Promise.all([Fs.writeFile(stale, ""), Fs.writeFile(fresh, "")])
        await Fs.writeFile(Path.join(directory, `${name}.corrupt-1`), "")
        await Fs.utimes(stale, 0, 0)
      })
      // Of programs that ended long ago: as the first look of a program finds it.
      yield* (yield* FileTokenStore.make({ directory })).remove(key)
      assert.isTrue(Option.isSome(yield* store.read(other)))
      const left = yield* list(directory)
      assert.deepStrictEqual(
        left.filter((entry) => entry.includes(name)),
        [`.${name}.2.tmp`]
      )
    })
  )
})

describe("records that are not as they should be", () => {
  for (const [what, text] of [
    ["empty", ""],
    ["truncated", `{"version":1,"token":{"accessToken":"canary-ac`],
    ["no record", `{"version":1,"__proto__":{"token":"canary"}}`],
    ["another key's", `{"version":1,"key":{"issuer":"x","tenant":"","client":"","resource":"","principal":""}}`],
    ["huge", "x".repeat(1_100_000)]
  ] as const) {
    it.scopedLive(`${what}: absent with a warning, and set aside by the write that replaces it`, () =>
      listening((warnings) =>
        Effect.gen(function* () {
          const { directory, name, path, store } = yield* prepared
          yield* Effect.promise(() => Fs.writeFile(path, text))
          assert.isTrue(Option.isNone(yield* store.read(key)))
          assert.isTrue(Option.isNone(yield* store.read(key)))
          assert.deepStrictEqual(yield* list(directory), [name])
          assert.strictEqual(warnings.length, 1)
          assert.match(warnings[0] ?? "", /^WARN [\s\S]*counts as absent; a sign-in replaces it/)
          yield* store.write(key, token("second"))
          assert.deepStrictEqual(yield* list(directory), [name, `${name}.corrupt`])
          assert.match(warnings[1] ?? "", /^WARN [\s\S]*set aside/)
          assert.notInclude(warnings.join(), "canary")
          assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-second")
        })
      )
    )
  }

  it.scopedLive("a newer program's: a typed error, and it is left alone, also by a write", () =>
    Effect.gen(function* () {
      const { directory, path, store } = yield* prepared
      const newer = JSON.stringify({ version: 3, sealed: "canary" })
      yield* Effect.promise(() => Fs.writeFile(path, newer))
      for (const attempt of [Effect.asVoid(store.read(key)), store.write(key, token("second")), store.remove(key)]) {
        const error = yield* Effect.flip(attempt)
        assert.strictEqual(error._tag, "StoreUnavailable")
        assert.include(error.message, "newer version")
        assert.include(error.message, directory)
        assert.notInclude(inspect(error), "canary")
      }
      assert.strictEqual(yield* Effect.promise(() => Fs.readFile(path, "utf8")), newer)
    })
  )

  it.scopedLive.skipIf(!posix)("readable by others: repaired, with one warning", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { directory, path, store } = yield* prepared
        yield* Effect.promise(() => Promise.all([Fs.chmod(path, 0o644), Fs.chmod(directory, 0o755)]))
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
        assert.strictEqual(yield* modeOf(path), 0o600)
        yield* store.write(key, token("second"))
        assert.strictEqual(yield* modeOf(directory), 0o700)
        yield* Effect.promise(() => Fs.chmod(path, 0o640))
        yield* store.read(key)
        assert.strictEqual(yield* modeOf(path), 0o600)
        assert.strictEqual(warnings.length, 2)
        assert.notInclude(warnings.join(), "canary")
      })
    )
  )

  it.scopedLive.skipIf(!posix)("a symbolic link, or a pipe: refused without being followed or waited for", () =>
    Effect.gen(function* () {
      const { directory, path, store } = yield* prepared
      const elsewhere = Path.join(directory, "elsewhere")
      yield* Effect.promise(() => Fs.rename(path, elsewhere).then(() => Fs.symlink(elsewhere, path)))
      const linked = yield* Effect.flip(store.read(key))
      assert.include(linked.message, "symbolic link")
      assert.include(linked.message, directory)
      yield* Effect.promise(() => Fs.rm(path))
      assert.strictEqual(spawnSync("mkfifo", [path]).status, 0)
      assert.include((yield* Effect.flip(store.read(key))).message, "not a file")
    })
  )

  it.scopedLive.skipIf(!root)("another user's: refused (only root can make one to test with)", () =>
    Effect.gen(function* () {
      const { directory, path, store } = yield* prepared
      yield* Effect.promise(() => Fs.chown(path, 12345, 12345))
      assert.include((yield* Effect.flip(store.read(key))).message, "belongs to another user")
      yield* Effect.promise(() => Fs.rm(path).then(() => Fs.chown(directory, 12345, 12345)))
      assert.include((yield* Effect.flip(store.write(key, token("x")))).message, "belongs to another user")
    })
  )

  it.scopedLive("a directory that cannot be one: a typed error, and reading finds nothing", () =>
    Effect.gen(function* () {
      const file = Path.join(yield* Authority.directory, "file")
      yield* Effect.promise(() => Fs.writeFile(file, ""))
      const store = yield* FileTokenStore.make({ directory: Path.join(file, "mls") })
      assert.isTrue(Option.isNone(yield* store.read(key)))
      const error = yield* Effect.flip(store.write(key, token("x")))
      assert.strictEqual(error.operation, "write")
      assert.include(error.message, file)
      assert.notInclude(inspect(error, { depth: 10 }) + JSON.stringify(error), "canary")
    })
  )
})

describe("where the files are", () => {
  it.scopedLive("XDG_STATE_HOME counts where it is absolute", () =>
    Effect.gen(function* () {
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      vi.stubEnv("XDG_STATE_HOME", Path.resolve("/state"))
      assert.strictEqual(yield* FileTokenStore.defaultDirectory, Path.resolve("/state/mls"))
      vi.stubEnv("XDG_STATE_HOME", "relative")
      vi.stubEnv("HOME", Path.resolve("/home/ada"))
      const found = yield* FileTokenStore.defaultDirectory
      if (process.platform === "linux") assert.strictEqual(found, "/home/ada/.local/state/mls")
      assert.isTrue(Path.isAbsolute(found))
    })
  )

  it.scopedLive("layerConfig reads the directory", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      const layer = FileTokenStore.layerConfig({ directory: Config.string("MLS_STATE") }).pipe(
        Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["MLS_STATE", directory]]))))
      )
      yield* Effect.provide(
        Effect.flatMap(TokenStore, (store) => store.write(key, token("x"))),
        layer
      )
      assert.strictEqual((yield* list(directory)).length, 1)
    })
  )
})
