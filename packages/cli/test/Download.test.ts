import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { answering, MIB, peakOf } from "./Answering.js"
import * as Sandbox from "./Sandbox.js"
import * as SmallDisk from "./SmallDisk.js"

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))

/** A server with an answer of each kind, and a directory for files, with one in it. */
const serving = Effect.gen(function* () {
  const requests: Array<string> = []
  const begun = yield* Deferred.make<void>()
  const server = yield* answering(({ url = "" }, response) => {
    requests.push(url)
    switch (url) {
      case "/refused":
        return void response.writeHead(404, { "content-type": "application/json" }).end(`{"message":"none"}`)
      case "/page":
        return void response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>")
      case "/unchanged":
        return void response.writeHead(304).end()
      case "/broken":
        response.writeHead(200, { "content-length": "200000" }).write(BYTES)
        return void setImmediate(() => response.destroy())
      case "/endless":
        response.write(BYTES)
        return Deferred.unsafeDone(begun, Effect.void)
      default:
        return void response.writeHead(200, { "x-kind": "bytes" }).end(BYTES)
    }
  })
  const place = Path.join(server.home, "files")
  const old = Path.join(place, "old")
  yield* Effect.promise(async () => {
    await Fs.mkdir(place)
    await Fs.writeFile(old, "as it was, and longer than some", { mode: 0o640 })
  })
  const read = (name: string) => Effect.promise(() => Fs.readFile(name))
  const get = (path: string, ...more: ReadonlyArray<string>) => server.mls(["api", path, ...more], { env: server.env })
  /** Nothing but the file that was there, as it was. */
  const isUntouched = Effect.promise(async () => {
    assert.deepStrictEqual(await Fs.readdir(place), ["old"])
    assert.match(await Fs.readFile(old, "utf8"), /^as it was/)
  })
  return { ...server, begun, get, isUntouched, old, place, read, requests }
})

describe("mls api --output", () => {
  it.scopedLive("writes a success to a file, byte for byte, and nothing to stdout; replaces one that was there", () =>
    Effect.gen(function* () {
      const { env, get, mls, old, place, read } = yield* serving
      const made = yield* get("bytes", "--output", Path.join(place, "new"))
      assert.deepStrictEqual([made.code, made.stdout, made.stderr], [0, "", ""])
      assert.isTrue(BYTES.equals(yield* read(Path.join(place, "new"))))
      // By its name in the directory, and behind a link, which stays one.
      const link = Path.join(place, "link")
      yield* Effect.promise(() => Fs.symlink("old", link))
      assert.strictEqual((yield* mls(["api", "bytes", "-o", "link"], { env, cwd: place })).code, 0)
      assert.isTrue(BYTES.equals(yield* read(old)))
      const [mode, isLink] = yield* Effect.promise(async () => [
        (await Fs.stat(old)).mode & 0o777,
        (await Fs.lstat(link)).isSymbolicLink()
      ])
      assert.deepStrictEqual([mode, isLink], [0o640, true])
      assert.deepStrictEqual(yield* Effect.promise(() => Fs.readdir(place)), ["link", "new", "old"])
    })
  )

  it.scopedLive("- is stdout; -i shows the head there; --json tells of the file", () =>
    Effect.gen(function* () {
      const { get, old } = yield* serving
      assert.strictEqual((yield* get("page", "-o", "-", "-H", "accept:text/html")).stdout, "<html>log in</html>")
      assert.match((yield* get("bytes", "-o", old, "-i")).stdout, /^HTTP\/1\.1 200 OK\n[\s\S]*x-kind: bytes\n/)
      const told = Sandbox.jsonOf((yield* get("bytes", "-o", old, "--json")).stdout)
      assert.deepInclude(told, { status: 200, body: null, output: { file: old, bytes: BYTES.length } })
    })
  )

  for (const [what, path, code, stdout] of [
    ["a refusal", "refused", 6, `{"message":"none"}`],
    ["a page of whatever is in between", "page", 6, "<html>log in</html>"],
    ["that nothing has changed", "unchanged", 0, ""],
    ["an answer that breaks off", "broken", 7, ""]
  ] as const) {
    it.scopedLive(`${what}: the file stays as it was, and nothing is left beside it`, () =>
      Effect.gen(function* () {
        const { get, isUntouched, old } = yield* serving
        const ended = yield* get(path, "-o", old)
        assert.deepStrictEqual([ended.code, ended.stdout], [code, stdout], ended.stderr)
        yield* isUntouched
      })
    )
  }

  it.scopedLive("Ctrl-C while it comes: the same", () =>
    Effect.gen(function* () {
      const { begun, env, isUntouched, old, start } = yield* serving
      const running = yield* start(["api", "endless", "-o", old], { env })
      yield* Deferred.await(begun)
      yield* running.signal("SIGINT")
      assert.strictEqual((yield* running.ended).code, 130)
      yield* isUntouched
    })
  )

  it.scopedLive("where no file can be: told with its code, exit 3, before anything is sent", () =>
    Effect.gen(function* () {
      const { get, isUntouched, old, place, requests } = yield* serving
      for (const [file, code] of [
        [place, "EISDIR"],
        [Path.join(place, "none", "file"), "ENOENT"],
        [Path.join(old, "file"), "ENOTDIR"]
      ] as const) {
        const ended = yield* get("bytes", "-o", file)
        assert.strictEqual(ended.code, 3, ended.stderr)
        assert.include(ended.stderr, `The answer could not be written to ${file} (${code})`)
      }
      for (const other of [["--silent"], ["--field", "a"]]) {
        assert.strictEqual((yield* get("bytes", "-o", old, ...other)).code, 2)
      }
      assert.deepStrictEqual(requests, [])
      yield* isUntouched
    })
  )

  it.scopedLive.skipIf(!existsSync("/dev/full"))("what is no file is written to at once (/dev/full, /dev/null)", () =>
    Effect.gen(function* () {
      const { get } = yield* serving
      const full = yield* get("bytes", "-o", "/dev/full")
      assert.strictEqual(full.code, 3, full.stderr)
      assert.include(full.stderr, "/dev/full (ENOSPC)")
      assert.strictEqual((yield* get("bytes", "-o", "/dev/null")).code, 0)
    })
  )

  it.scopedLive.skipIf(!SmallDisk.mountable)(
    "a disk that is full: ENOSPC, exit 3, the room is free again (mounts a tmpfs)",
    () =>
      Effect.gen(function* () {
        const { get, place } = yield* serving
        const small = yield* SmallDisk.in64k(place)
        const kept = Path.join(small, "kept")
        yield* Effect.promise(() => Fs.writeFile(kept, "as it was"))
        const ended = yield* get("bytes", "-o", kept, "--json")
        assert.strictEqual(ended.code, 3, ended.stderr)
        assert.include(ended.stderr, "ENOSPC")
        assert.deepStrictEqual(yield* Effect.promise(() => Fs.readdir(small)), ["kept"])
        assert.strictEqual(yield* Effect.promise(() => Fs.readFile(kept, "utf8")), "as it was")
      })
  )

  // A process: memory is a process's.
  it.scopedLive("a long answer takes no more memory than a short one", () =>
    Effect.gen(function* () {
      const piece = Buffer.alloc(MIB)
      const server = yield* answering(({ url = "" }, response) => {
        let left = Number(url.slice(1))
        const more = (): void => {
          while (left > 0) if ((left--, !response.write(piece))) return
          response.end()
        }
        response.on("drain", more)
        more()
      })
      const peak = (mebibytes: number) => peakOf(server, `mls api ${mebibytes} -o file`)
      const few = yield* peak(40)
      assert.isBelow((yield* peak(340)) - few, 100 * MIB)
      assert.strictEqual((yield* Effect.promise(() => Fs.stat(Path.join(server.home, "file")))).size, 340 * MIB)
    })
  )
})
