import { Credential, Session } from "@mlserver-auth/core"
import { Accounts, DevServer } from "@mlserver-auth/dev-server"
import { NodeAuth } from "@mlserver-auth/node"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs/promises"
import * as Authority from "./authority.js"
import * as Processes from "./processes.js"
import { sized } from "./size.js"

const ROUNDS = sized(1, 3)
const MANY = sized(16, 50)

const { password, username } = Accounts.ada
const credential = Credential.usernamePassword({ username, password })

const signedIn = Effect.gen(function* () {
  const server = yield* DevServer.make()
  const directory = yield* Authority.directory
  const auth = NodeAuth.layer({ server: server.url, store: { directory }, http: { proxy: "none" } })
  yield* Effect.provide(
    Effect.flatMap(Session.Session, (session) => session.signIn(credential)),
    auth
  )
  // A server that answers at once would hide that others ask meanwhile.
  yield* server.control.delay({ on: "refresh", duration: "50 millis" })
  return { ...server, directory }
})

/** Known to the programs, which read it in the store, and to the server. */
const expire = ({ control, directory }: DevServer.Service & { readonly directory: string }) =>
  Effect.all([Processes.expire(directory), control.expireAccessTokens, control.resetCounts])

class Many extends Context.Tag("test/Many")<Many, ReadonlyArray<Processes.Program>>() {}

/** Started once: on two cores that takes longer than all they do. */
const many = Layer.scoped(
  Many,
  Effect.flatMap(Processes.starter, (start) =>
    Effect.all(
      Array.from({ length: MANY }, () => start),
      { concurrency: 4 }
    )
  )
)

interface Shared {
  readonly directory: string
  readonly url: string
}

/** Every program makes its requests in a session of its own. */
const everyone = ({ directory, url }: Shared, { locked = true, times = 1 } = {}) =>
  Effect.flatMap(Many, (programs) =>
    Effect.map(
      Effect.forEach(programs, ({ ask }) => ask({ _tag: "Request", server: url, directory, times, locked }), {
        concurrency: "unbounded"
      }),
      (answers) => answers.flat()
    )
  )

layer(many, { excludeTestServices: true })(`${MANY} programs with one store`, (it) => {
  it.scoped(
    "meet an expired token, round after round: one refresh at the server, none used twice, no program fails",
    () =>
      Effect.gen(function* () {
        const world = yield* signedIn
        for (let round = 0; round < ROUNDS; round++) {
          yield* expire(world)
          const answers = yield* everyone(world)
          assert.deepStrictEqual(new Set(answers), new Set(["200"]))
          assert.deepInclude(yield* world.control.counts, { refreshes: 1, reusedRefreshTokens: 0, logins: 0 })
        }
        assert.strictEqual((yield* Effect.promise(() => Fs.readdir(world.directory))).length, 1)
      })
  )

  it.scoped(
    "meet a token that is revoked while they work: one refresh at the server, none used twice, no program fails",
    () =>
      Effect.gen(function* () {
        const world = yield* signedIn
        for (let round = 0; round < ROUNDS; round++) {
          yield* world.control.resetCounts
          const working = yield* Effect.fork(everyone(world, { times: 4 }))
          yield* world.control.awaitArrival("api", MANY + 10)
          assert.strictEqual(yield* world.control.revokeAccessTokens(), 1)
          const answers = yield* Fiber.join(working)
          assert.deepStrictEqual(new Set(answers), new Set(["200"]))
          assert.strictEqual(answers.length, 4 * MANY)
          const counts = yield* world.control.counts
          assert.deepInclude(counts, { refreshes: 1, reusedRefreshTokens: 0, logins: 0 })
          assert.isAbove(counts.unauthorized, 0)
        }
      })
  )

  it.scoped("a check of the check: without the lock the same programs use a refresh token twice", () =>
    Effect.gen(function* () {
      const world = yield* signedIn
      yield* expire(world)
      yield* everyone(world, { locked: false })
      assert.isAbove((yield* world.control.counts).reusedRefreshTokens, 0)
    })
  )
})
