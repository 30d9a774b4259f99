import { Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs/promises"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"

const PROGRAMS = 50
/** As many as fit into some seconds on two cores; the promise is about twenty. */
const ROUNDS = Number(process.env["MLS_TEST_ROUNDS"] ?? 4)
const LIMIT = 60_000 + ROUNDS * 10_000

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

const signedIn = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const directory = yield* Authority.directory
  const layer = NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } })
  yield* Effect.provide(
    Effect.flatMap(Session.Session, (session) => session.signIn(credential)),
    layer
  )
  // A server that answers at once would hide that others ask meanwhile.
  yield* server.control.delay({ on: "refresh", duration: "50 millis" })
  return { ...server, directory }
})

const programs = Effect.flatMap(Processes.starter, (start) =>
  Effect.all(
    Array.from({ length: PROGRAMS }, () => start),
    { concurrency: 4 }
  )
)

const everyone = (
  all: ReadonlyArray<Processes.Program>,
  { directory, url }: { readonly directory: string; readonly url: string },
  { locked = true, times = 1 }: { readonly locked?: boolean; readonly times?: number } = {}
) =>
  Effect.map(
    Effect.forEach(all, ({ ask }) => ask({ _tag: "Request", server: url, directory, times, locked }), {
      concurrency: "unbounded"
    }),
    (answers) => answers.flat()
  )

describe("fifty programs with one store", () => {
  it.scopedLive(
    "meet an expired token, round after round: one refresh at the server, none used twice, nobody fails",
    () =>
      Effect.gen(function* () {
        const world = yield* signedIn
        const all = yield* programs
        for (let round = 0; round < ROUNDS; round++) {
          yield* Processes.expire(world.directory)
          yield* world.control.expireAccessTokens
          yield* world.control.resetCounts
          const begun = performance.now()
          const answers = yield* everyone(all, world)
          console.log("round", performance.now() - begun)
          assert.deepStrictEqual(new Set(answers), new Set(["200"]))
          assert.deepInclude(yield* world.control.counts, { refreshes: 1, reusedRefreshTokens: 0, logins: 0 })
        }
        assert.strictEqual((yield* Effect.promise(() => Fs.readdir(world.directory))).length, 1)
      }),
    LIMIT
  )
})
