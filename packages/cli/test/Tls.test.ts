import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
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

  // Processes: Node reads these when it starts.
  for (const option of ["--use-openssl-ca", "--use-system-ca"]) {
    const skipped = process.allowedNodeEnvironmentFlags.has(option) ? "" : " (skipped: this Node has no such option)"
    it.scopedLive.skipIf(skipped !== "")(`is trusted by ${option}, alone and beside --cacert${skipped}`, () =>
      Effect.gen(function* () {
        const { home, mlsProcess, url: inside } = yield* Servers.makeSignedIn()
        const [system, own] = [Path.join(home, "system"), Path.join(home, "own")]
        for (const directory of [system, own]) yield* Effect.promise(() => Fs.mkdir(directory))
        const [first, second] = [yield* secured(system, new URL(inside)), yield* secured(own, new URL(inside))]
        const call = (url: string, more: ReadonlyArray<string>, env: Readonly<Record<string, string>>) =>
          Effect.map(
            mlsProcess(["api", "services", "--server", url, ...more], {
              env: { MLS_ACCESS_TOKEN: "of-a-variable", ...env }
            }),
            ({ code }) => code
          )
        const given = { NODE_OPTIONS: option, SSL_CERT_FILE: first.authority }
        // 4: the server was reached, and does not take the token.
        assert.strictEqual(yield* call(first.url, [], { SSL_CERT_FILE: first.authority }), 7)
        assert.strictEqual(yield* call(first.url, [], given), 4)
        assert.strictEqual(yield* call(second.url, [], given), 7)
        const both = ["--cacert", second.authority]
        assert.deepStrictEqual([yield* call(first.url, both, given), yield* call(second.url, both, given)], [4, 4])
      })
    )
  }
})
