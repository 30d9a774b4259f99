import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hasOpenssl, secured } from "./Fronts.js"
import * as Servers from "./Servers.js"

describe.runIf(hasOpenssl)("a server with a company's own certificate", () => {
  it.scopedLive("is not trusted by itself, told as such, and remembered with its --cacert", () =>
    Effect.gen(function* () {
      const { control, home, mls, url: inside } = yield* Servers.make()
      const { authority, url } = yield* secured(home, new URL(inside))
      const login = (...more: ReadonlyArray<string>) =>
        mls(["login", url, "--user", "grace", "--password-stdin", ...more], { stdin: Servers.passwords.grace })
      const stranger = yield* login()
      assert.strictEqual(stranger.code, 7)
      assert.include(stranger.stderr, "--cacert")
      assert.strictEqual((yield* control.counts).requests, 0)
      const known = yield* login("--cacert", authority)
      assert.strictEqual(known.code, 0, known.stderr)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
      assert.strictEqual((yield* mls(["logout"])).code, 0)
    })
  )
})
