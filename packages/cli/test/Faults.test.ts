import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const TAP = new URL("faultTap.cjs", import.meta.url).pathname

// Processes: what is loaded before the program is a process's.
describe.each(["thrown", "emitted"] as const)("a fault of the program itself, %s while it sends", (kind) => {
  it.scopedLive("is no outage: exit 1, nothing to try again, and the session is kept", () =>
    Effect.gen(function* () {
      const { control, mls, mlsProcess, url } = yield* Servers.makeSignedIn()
      const env = { NODE_OPTIONS: `--require ${TAP}`, MLS_TEST_FAULT: kind }
      yield* control.revokeAccessTokens()
      yield* control.resetCounts
      const login = ["login", url, "--user", "grace", "--password-stdin", "--force"]
      for (const args of [["api", "services"], ["services", "list"], ["status", "--check"], ["refresh"], login]) {
        const stdin = args[0] === "login" ? Servers.passwords.grace : undefined
        const ended = yield* mlsProcess([...args, "--json"], { env: { ...env, MLS_LOG: "none" }, stdin })
        const command = `mls ${args[0]}: ${ended.stderr}`
        assert.strictEqual(ended.code, 1, command)
        const { error } = Sandbox.jsonOf(ended.stderr.trimStart()) as { readonly error: Record<string, unknown> }
        assert.deepInclude(error, { code: "Fault", exit: 1, transient: false }, command)
        assert.notInclude(ended.stderr, "planted-text")
      }
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["api", "services"])).code, 0)
    })
  )
})
