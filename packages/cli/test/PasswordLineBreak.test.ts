/** A password that a variable has from a file, with the line break at the file's end. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Servers from "./Servers.js"

const WARNING = "MLS_PASSWORD ends with a line break"

describe("a password of the environment with a line break at its end", () => {
  it.scopedLive("is warned of before it is sent, by every command that would; others say nothing", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const env = { MLS_HOST: url, MLS_USERNAME: "grace", MLS_PASSWORD: `${Servers.passwords.grace}\n` }
      for (const args of [
        ["api", "services"],
        ["login", url]
      ]) {
        const { code, stderr } = yield* mls(args, { env })
        assert.strictEqual(code, 5, stderr)
        assert.include(stderr, WARNING)
        assert.isBelow(stderr.indexOf(WARNING), stderr.indexOf("✗"))
      }
      const quiet = yield* mls(["api", "services"], { env: { ...env, MLS_PASSWORD: Servers.passwords.grace } })
      assert.deepStrictEqual([quiet.code, quiet.stderr.includes(WARNING)], [0, false])
      assert.notInclude((yield* mls(["api", "services", "--dry-run"], { env })).stderr, WARNING)
    })
  )
})
