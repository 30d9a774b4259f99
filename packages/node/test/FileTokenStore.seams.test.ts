/** What disks do that this machine has none of: each fault is put in where Node is asked. */
import { FileTokenStore, RecordKey } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { beforeEach, vi } from "vitest"
import * as Files from "../src/internal/store/privateFiles.js"
import * as WholeFiles from "../src/internal/store/wholeFiles.js"
import * as Authority from "./authority.js"
import { accessOf, key, list, listening, otherKey, readText, records, token } from "./sealed.js"

const none = { chmod: undefined, link: undefined, open: undefined, times: 0, longest: 255, opening: undefined }
const disk = vi.hoisted(() => ({
  chmod: undefined as string | undefined,
  link: undefined as string | undefined,
  /** The answer of `open`, so many times. */
  open: undefined as string | undefined,
  times: 0,
  longest: 255,
  /** Runs before a file is opened. */
  opening: undefined as ((path: string) => Promise<void>) | undefined
}))
beforeEach(() => void Object.assign(disk, none))

vi.mock("node:fs/promises", async (original) => {
  const fs = await original<typeof Fs>()
  const failing = (code: string) => Object.assign(new Error(code), { code })
  const chmod = async () => {
    if (disk.chmod !== "no effect") throw failing(disk.chmod ?? "")
  }
  const open: typeof fs.open = async (path, ...rest) => {
    if (disk.open !== undefined && disk.times-- > 0) throw failing(disk.open)
    await disk.opening?.(String(path))
    if (Path.basename(String(path)).length > disk.longest) throw failing("ENAMETOOLONG")
    const handle = await fs.open(path, ...rest)
    return disk.chmod === undefined ? handle : Object.assign(handle, { chmod })
  }
  const writeFile: typeof fs.writeFile = async (path, ...rest) => {
    if (typeof path === "string" && Path.basename(path).length > disk.longest) throw failing("ENAMETOOLONG")
    await fs.writeFile(path, ...rest)
  }
  const link: typeof fs.link = async (from, to) => {
    if (disk.link !== undefined && disk.link !== "lost") throw failing(disk.link)
    await fs.link(from, to)
    if (disk.link === "lost") throw failing("EEXIST")
  }
  return {
    ...fs,
    open,
    writeFile,
    link,
    chmod: async (...args: Parameters<typeof fs.chmod>) => {
      await (disk.chmod === undefined ? fs.chmod(...args) : chmod())
    }
  }
})

const prepared = (sealing: "none" | "keyFile" = "keyFile") =>
  Effect.gen(function* () {
    const directory = yield* Authority.directory
    const store = yield* FileTokenStore.make({ directory, sealing, lockTimeout: "1 second" })
    return { directory, store, enter: store.exclusive(key)(Effect.succeed("inside")) }
  })

/** A store in clear with one record. */
const stored = Effect.gen(function* () {
  const { directory, store } = yield* prepared("none")
  yield* store.write(key, token("first"))
  const [path = ""] = yield* records(directory)
  return { directory, store, path, text: yield* readText(path) }
})

describe.skipIf(process.geteuid === undefined)("a disk that keeps no modes", () => {
  for (const answer of ["no effect", "EPERM", "ENOTSUP"]) {
    it.scopedLive(`(chmod: ${answer}) is refused with what to do, and nobody is told that it was mended`, () =>
      listening((warnings) =>
        Effect.gen(function* () {
          const { directory, store } = yield* prepared("none")
          yield* store.write(key, token("first"))
          const [path = ""] = yield* records(directory)
          for (const each of [path, directory]) {
            yield* Effect.promise(() => Fs.chmod(each, 0o777))
            disk.chmod = answer
            const attempt = each === path ? Effect.asVoid(store.read(key)) : store.write(key, token("second"))
            const error = yield* Effect.flip(Effect.asVoid(attempt))
            assert.match(error.message, /open to other users \(mode 777\), and its disk keeps no other mode/)
            assert.match(error.fix, /mounted|metadata/)
            assert.notMatch(error.fix, /sudo/)
            disk.chmod = undefined
            yield* Effect.promise(() => Fs.chmod(each, each === path ? 0o600 : 0o700))
          }
          assert.deepStrictEqual(warnings, [])
        })
      )
    )
  }
})

describe("a disk without hard links", () => {
  for (const code of ["EPERM", "ENOTSUP", "ENOSYS"]) {
    it.scopedLive(`(${code}) keeps sealed records: the key file is made once, by whoever is first`, () =>
      Effect.gen(function* () {
        disk.link = code
        const { directory, store } = yield* prepared()
        const keys = yield* Effect.all(
          Array.from({ length: 8 }, () => RecordKey.keyFile(directory).obtain),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(keys.map((found) => Buffer.from(Redacted.value(found)).toString("hex"))).size, 1)
        yield* store.write(key, token("first"))
        const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
        assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-first")
        assert.strictEqual((yield* list(directory)).length, 2)
      })
    )
  }
})

describe("a network disk", () => {
  it.scopedLive("that made a link and lost the answer: a program does not wait for itself, and has its own key", () =>
    Effect.gen(function* () {
      disk.link = "lost"
      const { directory, enter, store } = yield* prepared()
      assert.strictEqual(yield* enter, "inside")
      assert.isTrue(yield* store.write(key, token("first")))
      assert.strictEqual((yield* list(directory)).length, 2)
      // What was another one's is another one's.
      assert.isTrue(yield* Effect.promise(() => WholeFiles.createOnly(Path.join(directory, "new"), "mine")))
      assert.isFalse(yield* Effect.promise(() => WholeFiles.createOnly(Path.join(directory, "new"), "another's")))
    })
  )

  for (const code of ["ESTALE", "EMFILE", "EAGAIN"]) {
    it.scopedLive(`that says ${code} for a moment is asked again, for locks, keys and records`, () =>
      Effect.gen(function* () {
        const { enter, store } = yield* prepared()
        const attempts = [store.write(key, token("first")), enter, store.read(key), store.remove(key)]
        for (const attempt of attempts) {
          Object.assign(disk, { open: code, times: 2 })
          yield* attempt
          assert.isAtMost(disk.times, 0)
        }
        Object.assign(disk, { open: code, times: 100 })
        assert.deepInclude(yield* Effect.flip(store.read(key)), { _tag: "StoreUnavailable", retryable: true })
      })
    )
  }

  it.scopedLive("whose names have 143 bytes: a dead holder's lock is taken over there too", () =>
    Effect.gen(function* () {
      disk.longest = 143
      const { directory, enter, store } = yield* prepared()
      const text = yield* store.exclusive(key)(
        Effect.promise(async () => {
          const name = (await Fs.readdir(directory)).find((found) => found.endsWith(".lock")) ?? ""
          return { name, text: await Fs.readFile(Path.join(directory, name), "utf8") }
        })
      )
      const dead = text.text.replace(`"pid":${process.pid}`, '"pid":4194304')
      yield* Effect.promise(() => Fs.writeFile(Path.join(directory, text.name), dead))
      assert.strictEqual(yield* enter, "inside")
      assert.deepStrictEqual(yield* list(directory), [])
    })
  )
})

describe("a key file, or its directory, that is replaced while a program runs", () => {
  const replaced = {
    "by another key": async (directory: string, other: string) => {
      await Fs.rm(Path.join(directory, "store.key"))
      await Fs.copyFile(Path.join(other, "store.key"), Path.join(directory, "store.key"))
    },
    "by nothing": (directory: string) => Fs.rm(Path.join(directory, "store.key")),
    "by a new directory": async (directory: string) => {
      await Fs.rm(directory, { recursive: true })
      await Fs.mkdir(directory, { mode: 0o700 })
    }
  }
  for (const [how, replace] of Object.entries(replaced)) {
    it.scopedLive(`${how}: what it saves then, the next program opens`, () =>
      listening((warnings) =>
        Effect.gen(function* () {
          const [{ directory, store }, other] = [yield* prepared(), yield* prepared()]
          yield* store.write(key, token("first"))
          yield* store.write(otherKey, token("other"))
          yield* other.store.write(key, token("elsewhere"))
          yield* Effect.promise(() => replace(directory, other.directory))
          yield* store.write(key, token("second"))
          const next = yield* FileTokenStore.make({ directory, sealing: "keyFile" })
          assert.strictEqual(accessOf(yield* next.read(key)), "canary-access-second")
          // What only the former key opens stays readable where that one is not replaced by another.
          if (how === "by nothing") assert.strictEqual(accessOf(yield* next.read(otherKey)), "canary-access-other")
          assert.deepStrictEqual(warnings, [])
        })
      )
    )
  }
})

describe("a record that another program writes bit by bit, as one that puts a backup back", () => {
  it.scopedLive("is absent where that program pauses, and stays for it to come to its end", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { path, store, text } = yield* stored
        // One file from its first byte to its last, as `cp` writes it.
        const file = yield* Effect.acquireRelease(
          Effect.promise(() => Fs.open(path, "w", 0o600)),
          (opened) => Effect.promise(() => opened.close())
        )
        yield* Effect.promise(() => file.write(text.slice(0, 50)))
        assert.isTrue(Option.isNone(yield* store.read(key)))
        assert.strictEqual(warnings.length, 1)
        yield* Effect.promise(() => file.write(text.slice(50)))
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
      })
    )
  )

  it.scopedLive("is read when it is whole, and never set aside", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { directory, path, store, text } = yield* stored
        let looks = 0
        disk.opening = async (opened) => {
          if (opened === path) await Fs.writeFile(path, text.slice(0, [0, 50, 200][looks++]))
        }
        assert.strictEqual(accessOf(yield* store.read(key)), "canary-access-first")
        assert.strictEqual(looks, 4)
        assert.deepStrictEqual(warnings, [])
        assert.strictEqual((yield* list(directory)).length, 1)
      })
    )
  )
})

describe("a record whose instants are none", () => {
  it.scopedLive("is no record: counts as absent, with a warning", () =>
    listening((warnings) =>
      Effect.gen(function* () {
        const { path, store, text } = yield* stored
        for (const field of ["obtainedAt", "expiresAt", "chainStartedAt"]) {
          yield* Effect.promise(() =>
            Fs.writeFile(
              path,
              text.replace(new RegExp(`("${field}":)\\d+`), (_, name: string) => `${name}9000000000000000`)
            )
          )
          assert.isTrue(Option.isNone(yield* store.read(key)), field)
        }
        assert.isAbove(warnings.length, 0)
      })
    )
  )
})

describe.skipIf(process.geteuid === undefined)("a directory that is a link made by root", () => {
  it.scopedLive("is accepted by every other user, as systemd makes them; one that another user made is not", () =>
    Effect.gen(function* () {
      const [target, parent] = [yield* Authority.directory, yield* Authority.directory]
      const link = Path.join(parent, "link")
      yield* Effect.promise(() => Fs.symlink(target, link))
      const { uid } = yield* Effect.promise(() => Fs.lstat(link))
      const service = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const { geteuid } = process
          return { geteuid, spy: Object.assign(process, { geteuid: () => 12345 }) }
        }),
        (real) => Effect.sync(() => Object.assign(process, { geteuid: real.geteuid }))
      )
      if (uid === 0) {
        yield* Effect.promise(() => Fs.chown(target, 12345, 12345))
        yield* Effect.promise(() => Files.checkDirectory(link))
        yield* Effect.promise(() => Fs.lchown(link, 12346, 12346))
      }
      const refused = yield* Effect.promise(() => Files.checkDirectory(link).catch((error: unknown) => error))
      assert.match(String(refused), /symbolic link/)
      assert.notStrictEqual(service.geteuid?.(), 12345)
    })
  )
})
