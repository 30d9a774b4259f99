import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { atTerminal, hasTerminals } from "./PseudoTerminal.js"
import * as Servers from "./Servers.js"

const NOTICE = "The password comes from MLS_PASSWORD"

/** A server, and the environment of a program that signs in by itself. */
const makeWithPassword = Effect.map(Servers.make(), (server) => {
  const env = { MLS_HOST: server.url, MLS_USERNAME: "grace", MLS_PASSWORD: Servers.passwords.grace }
  const typed = (command: string, more: Readonly<Record<string, string>> = {}) =>
    Effect.flatMap(server.shell(atTerminal(command), { env: { ...env, ...more } }), ({ ended }) => ended)
  return { ...server, env, typed }
})

describe.runIf(hasTerminals)("a password in the environment", () => {
  it.scopedLive("is told of at a terminal, once and for all commands", () =>
    Effect.gen(function* () {
      const { typed } = yield* makeWithPassword
      const first = yield* typed("mls api services --silent")
      assert.deepInclude(first, { code: 0 }, first.stdout)
      assert.strictEqual(first.stdout.split(NOTICE).length, 2)
      for (const command of ["mls api services --silent", "mls refresh", `mls login "$MLS_HOST"`]) {
        const { code, stdout } = yield* typed(command)
        assert.strictEqual(code, 0, stdout)
        assert.notInclude(stdout, NOTICE, command)
      }
    })
  )

  it.scopedLive("is told of by login too, which is where it is typed first", () =>
    Effect.gen(function* () {
      const { typed } = yield* makeWithPassword
      const { code, stdout } = yield* typed(`mls login "$MLS_HOST"`)
      assert.strictEqual(code, 0, stdout)
      assert.strictEqual(stdout.split(NOTICE).length, 2)
    })
  )

  it.scopedLive("is not told of to programs, to CI, with --no-input, or where it is not used", () =>
    Effect.gen(function* () {
      const { env, mls, typed } = yield* makeWithPassword
      assert.notInclude((yield* mls(["api", "services"], { env })).stderr, NOTICE)
      assert.notInclude((yield* typed("mls api services", { CI: "true" })).stdout, NOTICE)
      assert.notInclude((yield* typed("mls api services --no-input")).stdout, NOTICE)
      assert.notInclude((yield* typed("mls api services --ignore-env")).stdout, NOTICE)
      assert.notInclude((yield* typed("mls status")).stdout, NOTICE)
      // None of them counts as having told it.
      assert.include((yield* typed("mls api services")).stdout, NOTICE)
    })
  )
})
