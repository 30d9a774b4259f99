/** What a key that is new to a program costs must not grow with the records that are there. */
import { describe, expect, it } from "@effect/vitest"
import { TokenKey } from "@mlserver-auth/core"
import * as Token from "@mlserver-auth/core/Token"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { vi } from "vitest"

const reads = vi.hoisted(() => ({ ofDirectories: 0 }))

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof Fs>()
  const readdir = (path: string) => {
    reads.ofDirectories++
    return real.readdir(path)
  }
  return { ...real, readdir }
})

describe("many keys that a program has not used before", () => {
  it.scopedLive("are written, entered and removed with one look at the directory, not one for each", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "many-"))),
        (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
      )
      const store = yield* FileTokenStore.make({ directory })
      const token = yield* Token.fromAccessToken(Redacted.make("one"))
      const keys = Array.from({ length: 20 }, (_, at) =>
        TokenKey.make({ issuer: "https://a.example", principal: `user ${at}` })
      )
      reads.ofDirectories = 0
      yield* Effect.forEach(keys, (key) => store.exclusive(key)(store.write(key, token)))
      yield* Effect.forEach(keys, (key) => store.remove(key))
      expect(reads.ofDirectories).toBeLessThanOrEqual(2)
      expect(yield* Effect.promise(() => Fs.readdir(directory))).toEqual([])
    })
  )
})
