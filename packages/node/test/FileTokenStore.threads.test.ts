import * as TokenKey from "@mlserver-auth/core/TokenKey"
import { FileTokenStore } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import { once } from "node:events"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import * as Authority from "./authority.js"

const issuer = "https://mls.test"

/** Enters the section, says so, and stays. */
const program = (directory: string) => `
  import * as TokenKey from "@mlserver-auth/core/TokenKey"
  import * as Effect from "effect/Effect"
  import { parentPort } from "node:worker_threads"
  import * as FileTokenStore from "../src/FileTokenStore.js"
  const key = TokenKey.make({ issuer: ${JSON.stringify(issuer)} })
  const inside = Effect.zipRight(Effect.sync(() => parentPort.postMessage("inside")), Effect.never)
  Effect.runFork(Effect.flatMap(FileTokenStore.make({ directory: ${JSON.stringify(directory)} }), (store) => store.exclusive(key)(inside)))
  setInterval(() => {}, 1000)
`

describe.skipIf(process.platform !== "linux")("a worker thread that holds the section", () => {
  it.scopedLive("and is terminated: its lock is given back, although its process lives; not before", () =>
    Effect.gen(function* () {
      const [directory, place] = [yield* Authority.directory, yield* Authority.directory]
      const outfile = Path.join(place, "worker.mjs")
      yield* Effect.promise(() =>
        Esbuild.build({
          stdin: { contents: program(directory), resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
          outfile,
          bundle: true,
          format: "esm",
          platform: "node",
          conditions: ["@mlserver-auth/source", "module", "node"],
          logLevel: "warning"
        })
      )
      const worker = yield* Effect.acquireRelease(
        Effect.sync(() => new Worker(outfile)),
        (started) => Effect.promise(() => started.terminate())
      )
      yield* Effect.promise(() => once(worker, "message"))
      const store = yield* FileTokenStore.make({ directory, lockTimeout: "300 millis" })
      const enter = store.exclusive(TokenKey.make({ issuer }))(Effect.succeed("inside"))
      assert.include((yield* Effect.flip(enter)).message, `held by process ${process.pid} on`)
      yield* Effect.promise(() => worker.terminate())
      assert.strictEqual(yield* enter, "inside")
      assert.deepStrictEqual(yield* Effect.promise(() => Fs.readdir(directory)), [])
    })
  )
})
