import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Servers from "./Servers.js"

const NOTICE = "The password comes from MLS_PASSWORD"

/** A server, and the environment of a program that signs in by itself. */
const makeWithPassword = Effect.map(Servers.make(), (server) => {
  const env = { MLS_HOST: server.url, MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }
  const typed = (args: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}) =>
    server.mls(args, { terminal: 80, env: { ...env, ...more } })
  return { ...server, env, typed }
})

describe("a password in the environment", () => {
  it.scopedLive("is told of at a terminal, once and for all commands", () =>
    Effect.gen(function* () {
      const { typed, url } = yield* makeWithPassword
      const first = yield* typed(["api", "services", "--silent"])
      assert.deepInclude(first, { code: 0 }, first.stderr)
      assert.strictEqual(first.stderr.split(NOTICE).length, 2)
      for (const command of [["api", "services", "--silent"], ["refresh"], ["login", url]]) {
        const { code, stderr } = yield* typed(command)
        assert.strictEqual(code, 0, stderr)
        assert.notInclude(stderr, NOTICE, command.join(" "))
      }
    })
  )

  it.scopedLive("is told of by login too, which is where it is typed first", () =>
    Effect.gen(function* () {
      const { typed, url } = yield* makeWithPassword
      const { code, stderr } = yield* typed(["login", url])
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stderr.split(NOTICE).length, 2)
    })
  )

  it.scopedLive("is not told of to programs, to CI, with --no-input, or where it is not used", () =>
    Effect.gen(function* () {
      const { env, mls, typed } = yield* makeWithPassword
      assert.notInclude((yield* mls(["api", "services"], { env })).stderr, NOTICE)
      assert.notInclude((yield* typed(["api", "services"], { CI: "true" })).stderr, NOTICE)
      assert.notInclude((yield* typed(["api", "services", "--no-input"])).stderr, NOTICE)
      assert.notInclude((yield* typed(["api", "services", "--ignore-env"])).stderr, NOTICE)
      assert.notInclude((yield* typed(["status"])).stderr, NOTICE)
      // None of them counts as having told it.
      assert.include((yield* typed(["api", "services"])).stderr, NOTICE)
    })
  )
})
