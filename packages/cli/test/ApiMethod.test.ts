/** `mls api -X`, and the server that pages may call. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

describe("mls api --method", () => {
  it.scopedLive("is the method, in any case and however it is spelled; given twice it is exit 2", () =>
    Effect.gen(function* () {
      const { mls, url } = yield* Servers.make()
      const shown = (...args: ReadonlyArray<string>) => mls(["api", ...args, "--server", url, "--dry-run", "--json"])
      for (const args of [
        ["services/x/1", "-X", "delete"],
        ["-X", "DELETE", "services/x/1"],
        ["services/x/1", "--method", "DELETE"],
        ["DELETE", "services/x/1"]
      ]) {
        assert.deepInclude(Sandbox.jsonOf((yield* shown(...args)).stdout), { method: "DELETE" })
      }
      const withBody = Sandbox.jsonOf((yield* shown("x", "-X", "PUT", "-f", "a=b")).stdout)
      assert.deepInclude(withBody, { method: "PUT", body: { a: "b" } })
      for (const args of [
        ["POST", "x", "-X", "PUT"],
        ["x", "-X", "FETCH"]
      ]) {
        const { code, stderr } = yield* shown(...args)
        assert.strictEqual(code, 2, stderr)
      }
    })
  )
})

describe("mls dev-server --cors", () => {
  it.scopedLive("lets the pages of the origins that were named call it, or of all", () =>
    Effect.gen(function* () {
      const { start } = yield* Servers.make()
      const allowed = (options: ReadonlyArray<string>, origin: string) =>
        Effect.scoped(
          Effect.gen(function* () {
            const running = yield* start(["dev-server", "--port", "0", "--json", ...options], { answersSecrets: true })
            const url = yield* running.awaitFound(/"url":"([^"]+)"/)
            const answer = yield* Effect.promise(() => fetch(`${url}/status`, { headers: { origin } }))
            return answer.headers.get("access-control-allow-origin")
          })
        )
      const page = "http://localhost:5173"
      assert.strictEqual(yield* allowed([], page), null)
      assert.strictEqual(yield* allowed(["--cors", page, "--cors", "https://app.test"], page), page)
      assert.strictEqual(yield* allowed(["--cors", page], "http://localhost:5174"), null)
      assert.strictEqual(yield* allowed(["--cors", "*"], page), "*")
    })
  )

  it.scopedLive("refuses what no browser sends as an origin: exit 2", () =>
    Effect.gen(function* () {
      const { mls } = yield* Servers.make()
      for (const origin of ["localhost:5173", "http://localhost:5173/", "http://localhost/x"]) {
        assert.strictEqual((yield* mls(["dev-server", "--cors", origin])).code, 2, origin)
      }
    })
  )
})
