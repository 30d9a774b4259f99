import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as Servers from "./Servers.js"

const posix = process.geteuid !== undefined
const root = process.geteuid?.() === 0

describe.skipIf(!posix)("a configuration that others could have written", () => {
  for (const what of ["file", "directory"] as const) {
    it.scopedLive(`every user can write the ${what}: exit 3, nothing sent, and doctor says how to mend it`, () =>
      Effect.gen(function* () {
        const { control, home, mls } = yield* Servers.makeSignedIn()
        const directory = Path.join(home, "config", "mls")
        const path = what === "file" ? Path.join(directory, "config.json") : directory
        yield* control.resetCounts
        yield* Effect.promise(() => Fs.chmod(path, 0o777))
        const { code, stderr } = yield* mls(["api", "services"])
        assert.strictEqual(code, 3)
        assert.include(stderr, "every user of this machine")
        assert.strictEqual((yield* mls(["doctor"])).code, 3)
        assert.strictEqual((yield* control.counts).requests, 0)
        // A group may be the user's own.
        yield* Effect.promise(() => Fs.chmod(path, 0o770))
        assert.strictEqual((yield* mls(["api", "services"])).code, 0)
        const doctor = yield* mls(["doctor", "--offline"])
        assert.match(doctor.stdout, /FAIL +config +others can write[\s\S]*chmod go-w/)
      })
    )
  }

  it.scopedLive.skipIf(!root)("it is another user's, or in another user's directory (only root can make one)", () =>
    Effect.gen(function* () {
      const { control, home, mls } = yield* Servers.makeSignedIn()
      const directory = Path.join(home, "config", "mls")
      yield* control.resetCounts
      for (const path of [Path.join(directory, "config.json"), directory]) {
        yield* Effect.promise(() => Fs.chown(path, 12345, 12345))
        const { code, stderr } = yield* mls(["api", "services"])
        assert.strictEqual(code, 3)
        assert.include(stderr, "number 12345")
        yield* Effect.promise(() => Fs.chown(path, 0, 0))
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )
})
