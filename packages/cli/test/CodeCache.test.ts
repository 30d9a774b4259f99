import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const filesIn = (directory: string) =>
  Effect.promise(async () => {
    const entries = await Fs.readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    return entries.filter((entry) => entry.isFile()).map((entry) => Path.join(entry.parentPath, entry.name))
  })

/** A home directory with an empty place for compiled code. */
const place = Effect.gen(function* () {
  const sandbox = yield* Sandbox.make
  const caches = Path.join(sandbox.home, "caches")
  const start = (env: Readonly<Record<string, string>> = {}) =>
    sandbox.mls(["status"], { env: { XDG_CACHE_HOME: caches, ...env } })
  return { ...sandbox, caches, directory: Path.join(caches, "mls"), start }
})

/** Nobody is signed in: which the program can only say once it runs. */
const ran = ({ code, stderr }: Sandbox.Ended): void => {
  assert.strictEqual(code, 4, stderr)
  assert.include(stderr, "mls login")
}

describe("the code that was compiled at an earlier start", () => {
  it.scopedLive("is kept where nobody else can write, and run at the next", () =>
    Effect.gen(function* () {
      const { directory, start } = yield* place
      ran(yield* start())
      const { mode } = yield* Effect.promise(() => Fs.stat(directory))
      assert.strictEqual(mode & 0o777, 0o700)
      const kept = yield* filesIn(directory)
      assert.isAbove(kept.length, 0)
      ran(yield* start())
      assert.deepStrictEqual(yield* filesIn(directory), kept)
    })
  )

  it.scopedLive("goes when it was not written for thirty days; nothing else does", () =>
    Effect.gen(function* () {
      const { directory, start } = yield* place
      const files = ["chunk-program-AAAA.cjs-11.3-node.1", "chunk-program-BBBB.cjs-11.3-node.1", "mine.txt"]
      yield* Effect.promise(async () => {
        await Fs.mkdir(directory, { recursive: true, mode: 0o700 })
        for (const [at, name] of files.entries()) {
          const file = Path.join(directory, name)
          const days = at === 1 ? 29 : 31
          await Fs.writeFile(file, "")
          await Fs.utimes(file, Date.now() / 1000 - days * 86_400, Date.now() / 1000 - days * 86_400)
        }
      })
      ran(yield* start())
      const names = (yield* filesIn(directory)).map((file) => Path.basename(file))
      assert.deepStrictEqual(
        files.map((name) => names.includes(name)),
        [false, true, true]
      )
    })
  )

  it.scopedLive("remembers no word of a command line that was not understood", () =>
    Effect.gen(function* () {
      const { caches, directory, mls } = yield* place
      const env = { XDG_CACHE_HOME: caches }
      assert.strictEqual((yield* mls(["hunter"], { env })).code, 2)
      assert.deepStrictEqual(yield* filesIn(directory), [])
      for (const args of [["status"], ["hunter"], ["token"]]) yield* mls(args, { env })
      const heads = yield* Effect.promise(async () => {
        const names = await Fs.readdir(directory)
        return Promise.all(names.map((name) => Fs.readFile(Path.join(directory, name), "latin1")))
      })
      assert.match(heads.map((text) => text.slice(32, 256)).join(""), /^status token\0+$/)
    })
  )

  it.scopedLive("holds nothing of a password or a token that was there when it was kept", () =>
    Effect.gen(function* () {
      const { home, mls, url } = yield* Servers.make()
      const directory = Path.join(home, "caches")
      const env = { XDG_CACHE_HOME: directory }
      const stdin = Servers.passwords.grace
      const signedIn = yield* mls(["login", url, "--user", "grace", "--password-stdin"], { stdin, env })
      assert.strictEqual(signedIn.code, 0, signedIn.stderr)
      assert.strictEqual((yield* mls(["api", "services"], { env })).code, 0)
      const { stdout } = yield* mls(["token"], { env, answersSecrets: true })
      const kept = yield* filesIn(directory)
      assert.isAtLeast(kept.length, 1)
      for (const file of kept) {
        const bytes = yield* Effect.promise(() => Fs.readFile(file))
        // One byte a character, and two.
        for (const secret of [stdin, stdout.trim()]) {
          assert(!bytes.includes(secret) && !bytes.includes(secret, "utf16le"), "kept code holds a secret")
        }
      }
    })
  )

  it.scopedLive("is not believed where it was damaged: V8 would end the process", () =>
    Effect.gen(function* () {
      const { directory, start } = yield* place
      ran(yield* start())
      for (const file of yield* filesIn(directory)) {
        yield* Effect.promise(async () => {
          const kept = await Fs.readFile(file)
          await Fs.writeFile(file, kept.fill(0, Math.floor(kept.length / 3), Math.floor(kept.length / 2)))
        })
      }
      ran(yield* start())
      for (const file of yield* filesIn(directory)) yield* Effect.promise(() => Fs.truncate(file, 100))
      ran(yield* start())
    })
  )

  it.scopedLive(
    "is neither read nor written where others can write, where that is switched off, and where no place is",
    () =>
      Effect.gen(function* () {
        const { caches, directory, start } = yield* place
        ran(yield* start({ NODE_DISABLE_COMPILE_CACHE: "1" }))
        assert.deepStrictEqual(yield* filesIn(caches), [])
        yield* Effect.promise(async () => {
          await Fs.mkdir(directory, { recursive: true })
          await Fs.chmod(directory, 0o777)
        })
        ran(yield* start())
        assert.deepStrictEqual(yield* filesIn(caches), [])
        ran(yield* start({ XDG_CACHE_HOME: "/dev/null" }))
      })
  )
})
