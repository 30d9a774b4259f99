/** Directories of tokens that can be read and not written, or not any more when a renewal comes back. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Servers from "./Servers.js"

const mountable = process.geteuid?.() === 0 && ChildProcess.spawnSync("unshare", ["-m", "true"]).status === 0

const readOnly = (state: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      ChildProcess.execFileSync("mount", ["--bind", state, state])
      ChildProcess.execFileSync("mount", ["-o", "remount,bind,ro", state])
    }),
    () => Effect.sync(() => ChildProcess.execFileSync("umount", ["--lazy", state]))
  )

describe.skipIf(!mountable)("a directory of tokens that cannot be written (only root can mount one)", () => {
  for (const args of [["refresh"], ["token", "--force-refresh"]]) {
    it.scopedLive(`when a renewal comes back to mls ${args.join(" ")}: exit 3, and it says what remains`, () =>
      Effect.gen(function* () {
        const { control, start, state } = yield* Servers.makeSignedIn()
        const gate = yield* control.hold("refresh", "after")
        const renewing = yield* start(args, { answersSecrets: true })
        yield* gate.awaitWaiting()
        yield* readOnly(state)
        yield* gate.release
        const { code, stderr } = yield* renewing.ended
        assert.strictEqual(code, 3, stderr)
        assert.include(stderr, "could not be saved")
        assert.include(stderr, "the stored ones are dead")
        assert.include(stderr, "mls login")
        assert.notInclude(stderr, "✓ Renewed")
        assert.strictEqual((yield* control.counts).refreshes, 1)
      })
    )
  }

  it.scopedLive("a renewal is exit 3, not 8; logout revokes at the server, exit 3, and says what remains", () =>
    Effect.gen(function* () {
      const { control, mls, state } = yield* Servers.makeSignedIn()
      yield* readOnly(state)
      yield* control.resetCounts
      const refresh = yield* mls(["refresh"])
      assert.strictEqual(refresh.code, 3, refresh.stderr)
      assert.include(refresh.stderr, "EROFS")
      assert.deepInclude(yield* control.counts, { refreshes: 0 })
      const logout = yield* mls(["logout"])
      assert.strictEqual(logout.code, 3, logout.stderr)
      assert.include(logout.stderr, "the session was revoked at the server")
      assert.deepInclude(yield* control.counts, { revocations: 1 })
    })
  )
})
