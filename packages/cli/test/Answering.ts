/** A server of the test's own, which answers any token as it is told. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import { assert } from "vitest"
import * as Sandbox from "./Sandbox.js"

/** A server that takes any token, and answers as it is told. */
export const answering = (handler: Http.RequestListener) =>
  Effect.gen(function* () {
    const sandbox = yield* Sandbox.make
    const server = Http.createServer(handler)
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.closeAllConnections())
    )
    yield* Effect.addFinalizer(() => Effect.sync(() => void server.close()))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { MLS_HOST: url, MLS_ACCESS_TOKEN: "a-token-that-is-taken", MLS_LOG: "none" }
    return { ...sandbox, env, url }
  })

export const MIB = 1024 * 1024

const TAP = new URL("peakTap.cjs", import.meta.url).pathname

/** How much memory the last command of a script has at most, in bytes. */
export const peakOf = (
  { env, home, shell }: Effect.Effect.Success<ReturnType<typeof answering>>,
  script: string,
  more: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const peak = Path.join(home, "peak")
    const tap = { NODE_OPTIONS: `--require ${TAP}`, MLS_TEST_PEAK: peak }
    const { ended } = yield* shell(script, { env: { ...env, ...tap, ...more } })
    const { code, stderr } = yield* ended
    assert.strictEqual(code, 0, stderr)
    return Number(yield* Effect.promise(() => Fs.readFile(peak, "utf8"))) * 1024
  })
