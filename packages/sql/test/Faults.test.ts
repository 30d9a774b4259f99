/** What an application is told where PostgreSQL, or the client, does not do as it should. */
import { SqlClient } from "@effect/sql/SqlClient"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { assertNone, key, token } from "../../core/test/engines/canary.js"
import { PATIENT, skipped } from "../../core/test/engines/engine.js"
import { engine } from "./engine.js"
import * as Clients from "./clients.js"
import * as Server from "./server.js"

/** Long enough for a busy machine, and shorter than a wait for what does not come. */
const HASTY = { ...PATIENT, timeLimit: "20 seconds" } as const

describe.skipIf(Server.missing !== "")(`PostgreSQL in trouble${skipped(engine)}`, () => {
  it.scopedLive("that takes no writes says so, and is read", () =>
    Effect.gen(function* () {
      const { at } = yield* Server.make
      yield* (yield* Clients.store(at, PATIENT)).write(key, token("first"))
      const sql = yield* Clients.client(at)
      yield* sql.unsafe("alter role test set default_transaction_read_only = on")
      const client = yield* Clients.client(at)
      const options = { ...PATIENT, timeLimit: "300 millis" } as const
      const store = yield* Effect.provideService(SqlTokenStore.make(options), SqlClient, client)
      const error = yield* Effect.flip(store.write(key, token("second")))
      assert.match(error.message, /PostgreSQL: it takes no writes \(SQLSTATE 25006\)[\s\S]*primary/)
      assert.isTrue(error.retryable)
      assertNone(error, error.message)
      assert.isTrue(Option.isSome(yield* store.read(key)))
    })
  )

  it.scopedLive("that cancels statements says so, and is asked again", () =>
    Effect.gen(function* () {
      const { at } = yield* Server.make
      const options = { ...PATIENT, timeLimit: "2 seconds" } as const
      const store = yield* Clients.store(at, options)
      yield* store.write(key, token("first"))
      const sql = yield* Clients.client(at)
      yield* sql.unsafe("alter role test set statement_timeout = '50ms'")
      const slow = yield* Clients.client(at)
      const other = yield* Effect.provideService(SqlTokenStore.make(options), SqlClient, slow)
      const locking = sql.withTransaction(
        Effect.zipRight(
          sql.unsafe("lock table mlserver_auth_tokens in access exclusive mode"),
          Effect.flip(other.read(key))
        )
      )
      const error = yield* locking
      assert.match(error.message, /PostgreSQL: it cancelled a statement \(SQLSTATE 57014\)[\s\S]*statement_timeout/)
      assert.isTrue(error.retryable)
      assert.isTrue(Option.isSome(yield* other.read(key)))
    })
  )

  it.scopedLive("a client that the application has ended is told at once", () =>
    Effect.gen(function* () {
      const { at } = yield* Server.make
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(Clients.client(at), scope)
      yield* Effect.provideService(SqlTokenStore.migrate(), SqlClient, client)
      const store = yield* Effect.provideService(SqlTokenStore.make(HASTY), SqlClient, client)
      yield* store.write(key, token("first"))
      yield* Scope.close(scope, Exit.void)
      const error = yield* Effect.flip(store.read(key))
      assert.match(error.message, /PostgreSQL: the client is closed[\s\S]*end it last/)
      assert.isFalse(error.retryable)
    })
  )

  it.scopedLive("a table in a schema of its own, with the longest names there are", () =>
    Effect.gen(function* () {
      const { at } = yield* Server.make
      const sql = yield* Clients.client(at)
      const [schema, name] = ["s".repeat(20), "t".repeat(42)]
      yield* sql.unsafe(`create schema ${schema}`)
      const [one, other] = [
        yield* Clients.store(at, { ...HASTY, table: `${schema}.${name}` }),
        yield* Clients.store(at, { ...HASTY, table: `${schema}.${name.slice(1)}` })
      ]
      yield* one.write(key, token("first"))
      assert.isTrue(Option.isSome(yield* one.read(key)))
      assert.deepStrictEqual(yield* other.read(key), Option.none())
      const longer = yield* Effect.flip(SqlTokenStore.schema(`${schema}.${"t".repeat(43)}`))
      assert.strictEqual(longer.setting, "table")
    })
  )
})
