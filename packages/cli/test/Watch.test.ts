import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Servers from "./Servers.js"

describe("the watch on everything that is printed", () => {
  it.live("sees a token that a process printed", () =>
    Effect.gen(function* () {
      const leak = Effect.scoped(Effect.flatMap(Servers.makeSignedIn(), ({ mls }) => mls(["token"])))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leak)))
    })
  )

  it.live("sees a password that a process printed", () =>
    Effect.gen(function* () {
      const leak = Effect.scoped(
        Effect.flatMap(Servers.make(), ({ shell }) =>
          Effect.flatMap(shell("cat >&2", { stdin: Servers.passwords.grace }), ({ ended }) => ended)
        )
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leak)))
    })
  )
})
