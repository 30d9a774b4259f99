import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Servers from "./Servers.js"

describe("the watch on everything that is printed", () => {
  it.live("sees a token that was printed, by a process or in this one", () =>
    Effect.gen(function* () {
      const leak = (how: "mls" | "mlsProcess") =>
        Effect.scoped(Effect.flatMap(Servers.makeSignedIn(), (server) => server[how](["token"])))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leak("mls"))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leak("mlsProcess"))))
    })
  )

  it.live("sees a token of a session that was never in a file in clear, where only a process sealed it", () =>
    Effect.gen(function* () {
      const leak = Effect.scoped(
        Effect.gen(function* () {
          const { mls, mlsProcess, url } = yield* Servers.make()
          const login = ["login", url, "--user", "grace", "--password-stdin"]
          assert.strictEqual((yield* mlsProcess(login, { stdin: Servers.passwords.grace })).code, 0)
          yield* mls(["token"])
        })
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(leak)))
    })
  )

  it.live("sees a token that a process stored in clear", () =>
    Effect.gen(function* () {
      const leak = (mode: string) =>
        Effect.gen(function* () {
          const { shell, url } = yield* Servers.make()
          const login = `MLS_STORE=${mode} mls login ${url} --user grace --password-stdin`
          const { ended } = yield* shell(login, { stdin: Servers.passwords.grace })
          assert.strictEqual((yield* ended).code, 0)
        }).pipe(Effect.scoped, Effect.sandbox, Effect.exit)
      assert.isTrue(Exit.isFailure(yield* leak("file")))
      assert.isTrue(Exit.isSuccess(yield* leak("encrypted")))
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
