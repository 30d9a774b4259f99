import { Session } from "@mlserver-auth/core"
import { FileTokenStore, HomeDirectory, NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"

/** The list of users says that, or has no entry for this user. */
const listing = (home: string | undefined) => {
  const load = process.getBuiltinModule
  const os = load("node:os")
  const userInfo = () => {
    if (home === undefined) throw Object.assign(new Error("uv_os_get_passwd"), { code: "ENOENT" })
    return { ...os.userInfo(), homedir: home }
  }
  const changed = { ...os, userInfo }
  return vi
    .spyOn(process, "getBuiltinModule")
    .mockImplementation((name: string) => (name === "node:os" ? changed : load(name)))
}

const environment = (variables: Readonly<Record<string, string | undefined>>, home: string | undefined) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const spy = listing(home)
      for (const name of ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"]) vi.stubEnv(name, variables[name])
      return spy
    }),
    (spy) =>
      Effect.sync(() => {
        vi.unstubAllEnvs()
        spy.mockRestore()
      })
  )

describe.skipIf(process.platform !== "linux")("the directories of a user", () => {
  for (const HOME of ["", "~", "home", "./", undefined]) {
    it.scoped(`are those of the list of users where HOME is ${JSON.stringify(HOME)}`, () =>
      Effect.gen(function* () {
        yield* environment({ HOME, XDG_STATE_HOME: "state", XDG_CONFIG_HOME: "" }, "/home/listed")
        assert.strictEqual(yield* HomeDirectory.find, "/home/listed")
        assert.strictEqual(yield* HomeDirectory.state("x"), "/home/listed/.local/state/x")
        assert.strictEqual(yield* HomeDirectory.config("x"), "/home/listed/.config/x")
        assert.strictEqual(yield* FileTokenStore.defaultDirectory, "/home/listed/.local/state/mls")
      })
    )

    for (const home of [undefined, "", "home"]) {
      it.scoped(`are none, typed, where that says ${JSON.stringify(home)} and HOME ${JSON.stringify(HOME)}`, () =>
        Effect.gen(function* () {
          yield* environment({ HOME }, home)
          for (const where of [HomeDirectory.find, HomeDirectory.state("x"), HomeDirectory.config("x")]) {
            const error = yield* Effect.flip(where)
            assert.deepInclude(error, { _tag: "ConfigurationInvalid", setting: "HOME" })
            assert.match(error.fix, /HOME[\s\S]*MLS_CONFIG_DIR/)
          }
        })
      )
    }
  }

  it.scoped("are those that HOME and the variables of XDG name where they are absolute", () =>
    Effect.gen(function* () {
      yield* environment({ HOME: "/home/ada", XDG_CONFIG_HOME: "/etc/ada" }, undefined)
      assert.strictEqual(yield* HomeDirectory.state("x"), "/home/ada/.local/state/x")
      assert.strictEqual(yield* HomeDirectory.config("x"), "/etc/ada/x")
      yield* environment({ XDG_STATE_HOME: "/var/ada" }, undefined)
      assert.strictEqual(yield* HomeDirectory.state("x"), "/var/ada/x")
    })
  )

  it.scoped("a layer whose store has no place fails typed; one that needs none does not", () =>
    Effect.gen(function* () {
      yield* environment({ HOME: "" }, undefined)
      const peeked = (store: "encrypted" | "memory") =>
        Effect.flatMap(Session.Session, (session) => session.peek).pipe(
          Effect.provide(NodeAuth.layer({ server: "http://127.0.0.1:1", store }))
        )
      const error = yield* Effect.flip(peeked("encrypted"))
      assert.deepInclude(error, { _tag: "StoreUnavailable", retryable: false })
      assert.match(error.message, /HOME[\s\S]*`directory`/)
      assert.strictEqual((yield* peeked("memory"))._tag, "SignedOut")
    })
  )

  for (const directory of ["", "state", "~/state", "./"]) {
    it.effect(`the directory ${JSON.stringify(directory)} is refused: it would be below the current one`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(FileTokenStore.make({ directory }))
        assert.strictEqual(error._tag, "StoreUnavailable")
        assert.include(error.message, "not an absolute path")
      })
    )
  }
})
