/** A configuration that another program has open, as Windows answers then. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { vi } from "vitest"
import * as ConfigFile from "../src/config/files/file.js"
import { ExitCode } from "../src/cli/exitCode.js"
import * as Problem from "../src/cli/problem.js"

/** How often the file is still refused. */
let held = 0

/** As the reader gets it: without the copy of its exports that an `import` is. */
const { openSync } = process.getBuiltinModule("node:fs")

const refuseWhileHeld = () =>
  vi.spyOn(process.getBuiltinModule("node:fs"), "openSync").mockImplementation((path, flags, mode) => {
    if (String(path).endsWith("config.json") && held-- > 0) throw Object.assign(new Error("held"), { code: "EBUSY" })
    return openSync(path, flags, mode)
  })

const prepared = Effect.acquireRelease(
  Effect.promise(async () => {
    const directory = await Fs.mkdtemp(Path.join(Os.tmpdir(), "mls-held-"))
    await Fs.writeFile(Path.join(directory, "config.json"), '{"version":2,"profiles":[]}', { mode: 0o600 })
    vi.stubEnv("MLS_CONFIG_DIR", directory)
    const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {}
    Object.defineProperty(process, "platform", { ...platform, value: "win32" })
    refuseWhileHeld()
    return { directory, platform }
  }),
  ({ directory, platform }) =>
    Effect.promise(() => {
      vi.restoreAllMocks()
      Object.defineProperty(process, "platform", platform)
      vi.unstubAllEnvs()
      return Fs.rm(directory, { recursive: true })
    })
)

describe("a configuration that another program has open, on Windows", () => {
  it.scopedLive("is read as soon as that is over", () =>
    Effect.gen(function* () {
      yield* prepared
      held = 6
      assert.deepStrictEqual(yield* ConfigFile.load, { version: 2, profiles: [] })
      assert.isBelow(held, 0)
    })
  )

  it.scopedLive("and not let go: a failure that may pass, as one of the tokens is, with no word of owners", () =>
    Effect.gen(function* () {
      yield* prepared
      held = Infinity
      const problem = Problem.fromFailure(yield* Effect.flip(ConfigFile.load))
      assert.deepInclude(problem, { code: "StoreUnavailable", transient: true, exit: ExitCode.locked })
      assert.match(problem.message, /config\.json: another program/)
      assert.notMatch(problem.message + problem.fix.join(), /owner|sudo|chmod/)
    })
  )
})
