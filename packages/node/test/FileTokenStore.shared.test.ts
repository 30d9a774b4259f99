/** Two stores on one directory, as two programs have them. */
import { describe, it } from "@effect/vitest"
import { TokenStoreContract } from "@mlserver-auth/core/testing"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"

describe("two file stores on one directory", () => {
  for (const check of TokenStoreContract.sharedChecks) {
    it.scopedLive(check.name, () =>
      Effect.gen(function* () {
        const directory = yield* Effect.acquireRelease(
          Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "shared-"))),
          (made) => Effect.promise(() => Fs.rm(made, { recursive: true, force: true }))
        )
        const [one, other] = yield* Effect.all([FileTokenStore.make({ directory }), FileTokenStore.make({ directory })])
        yield* check.run(one, other)
      })
    )
  }
})
