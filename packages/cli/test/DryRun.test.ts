import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Sandbox from "./Sandbox.js"
import * as Servers from "./Servers.js"

const env = { MLS_HOST: "http://127.0.0.1:1/base" }

describe("mls api --dry-run", () => {
  it.scopedLive("prints what would be sent, signed out and without the network", () =>
    Effect.gen(function* () {
      const { mls } = yield* Sandbox.make
      const { code, stderr, stdout } = yield* mls(
        ["api", "api/add/1.0.0", "-F", "x:=1", "-f", "author=ada", "-H", "Accept:text/csv", "--dry-run"],
        { env }
      )
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^POST http:\/\/127\.0\.0\.1:1\/base\/api\/add\/1\.0\.0\nauthorization: Bearer \(hidden\)\n/)
      assert.match(stdout, /^accept: text\/csv$/m)
      assert.match(stdout, /^content-type: application\/json$/m)
      assert.deepStrictEqual(JSON.parse(stdout.slice(stdout.indexOf("\n\n"))), { author: "ada", x: 1 })
    })
  )

  it.scopedLive("keeps back what may be a secret: in the query, in headers, anywhere in the body", () =>
    Effect.gen(function* () {
      const { mls, plant } = yield* Sandbox.make
      plant("s3cret-of-ada")
      const secret = "s3cret-of-ada"
      const input = JSON.stringify({ rows: [{ password: secret, n: 1 }], refreshToken: secret })
      const query = `x?refreshToken=${secret}&n=2&%63ode=${secret}`
      for (const args of [
        ["DELETE", query],
        ["GET", "x", "-f", `access_token=${secret}`, "-f", "n=2"],
        ["x", "-H", `Cookie:${secret}`, "-H", `X-Api-Key:${secret}`, "-f", "n=2"],
        ["x", "--input", "-"]
      ]) {
        for (const json of [[], ["--json"]]) {
          const { code, stderr, stdout } = yield* mls(["api", ...args, "--dry-run", ...json], { env, stdin: input })
          assert.strictEqual(code, 0, stderr)
          assert.include(stdout, "(hidden)")
          assert.match(stdout, /\bn"?[=:] ?"?[12]/)
        }
      }
      const other = yield* mls(["api", "x", "--input", "-", "-H", "content-type:text/csv", "--dry-run"], {
        env,
        stdin: `a,${secret}`
      })
      assert.include(other.stdout, "(15 bytes of text/csv, not shown)")
    })
  )

  it.scopedLive("sends nothing and renews nothing, and --json says that it was none", () =>
    Effect.gen(function* () {
      const { control, mls, url } = yield* Servers.makeSignedIn()
      yield* control.revokeAccessTokens()
      yield* control.resetCounts
      const { stdout } = yield* mls(["api", "DELETE", "services/add/1.0.0", "--dry-run", "--json"])
      assert.deepStrictEqual(Sandbox.jsonOf(stdout), {
        dryRun: true,
        method: "DELETE",
        url: `${url}/services/add/1.0.0`,
        headers: { authorization: "Bearer (hidden)" },
        body: null
      })
      assert.strictEqual((yield* control.counts).requests, 0)
      assert.strictEqual((yield* mls(["api", "https://example.com/x", "--dry-run"])).code, 2)
    })
  )
})
