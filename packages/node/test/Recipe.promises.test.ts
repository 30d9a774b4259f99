import { assert, describe, it } from "@effect/vitest"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { vi } from "vitest"
import { bundled } from "./bundled.js"

vi.setConfig({ testTimeout: 60_000 })

interface Recipe {
  readonly get: (path: string) => Promise<unknown>
  readonly close: () => Promise<void>
}

/** The recipe "Without Effect" of the documentation, for another server. */
const recipe = (server: string) =>
  Effect.gen(function* () {
    const page = yield* Effect.promise(() =>
      Fs.readFile(Path.join(import.meta.dirname, "../../../docs/how-to/embed.md"), "utf8")
    )
    const code = /^## Without Effect$[\s\S]*?^```ts\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? ""
    const name = `recipe-${process.pid}`
    const source = Path.join(import.meta.dirname, `../dist/test/${name}.ts`)
    yield* Effect.promise(() => Fs.mkdir(Path.dirname(source), { recursive: true }))
    yield* Effect.acquireRelease(
      Effect.promise(() => Fs.writeFile(source, code.replace("https://mlserver.contoso.com:12800", server))),
      () => Effect.promise(() => Fs.rm(source, { force: true }))
    )
    const file = yield* bundled(`../dist/test/${name}`)
    return (yield* Effect.promise(() => import(file))) as Recipe
  })

describe("the recipe without Effect", () => {
  it.scopedLive("brings the answer, and rejects with the error itself", () =>
    Effect.gen(function* () {
      const server = yield* DevServer.make()
      vi.stubEnv("MLS_USERNAME", Accounts.ada.username)
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      const { close, get } = yield* recipe(server.url)
      const error = yield* Effect.promise(() => get("/services").catch((caught: unknown) => caught))
      assert.deepInclude(error, {
        _tag: "CredentialRequired",
        reason: "NotSignedIn",
        fix: "Sign in.",
        retryable: false
      })
      assert.include(String(error), "MLS_PASSWORD (missing)")
      vi.stubEnv("MLS_PASSWORD", Accounts.ada.password)
      assert.isArray(yield* Effect.promise(() => get("/services")))
      yield* Effect.promise(close)
    })
  )
})
