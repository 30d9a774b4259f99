import { PrivateFile } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Authority from "./authority.js"

const read = (path: string) => Effect.promise(() => Fs.readFile(path, "utf8"))
const list = (directory: string) => Effect.promise(() => Fs.readdir(directory))

describe("a private file", () => {
  it.scopedLive("is made with its directory, readable by its owner only, and replaced as a whole", () =>
    Effect.gen(function* () {
      const path = Path.join(yield* Authority.directory, "made", "settings.json")
      yield* PrivateFile.replace(path, "one")
      yield* PrivateFile.replace(path, "two")
      assert.strictEqual(yield* read(path), "two")
      assert.deepStrictEqual(yield* list(Path.dirname(path)), ["settings.json"])
      if (process.platform === "win32") return
      assert.strictEqual((yield* Effect.promise(() => Fs.stat(path))).mode & 0o777, 0o600)
      assert.strictEqual((yield* Effect.promise(() => Fs.stat(Path.dirname(path)))).mode & 0o777, 0o700)
    })
  )

  it.scopedLive("that cannot be written fails with Node's code", () =>
    Effect.gen(function* () {
      const directory = yield* Authority.directory
      yield* PrivateFile.replace(Path.join(directory, "file"), "text")
      // Which of the two it is differs between versions of Node.
      const code = yield* Effect.flip(PrivateFile.replace(Path.join(directory, "file", "below"), ""))
      assert.include(["EEXIST", "ENOTDIR"], code)
    })
  )
})
