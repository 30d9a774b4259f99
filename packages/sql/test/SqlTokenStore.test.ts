import { Token, type TokenStore } from "@mlserver-auth/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { vi } from "vitest"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import { SqlClient } from "@effect/sql/SqlClient"
import { key, received, token } from "../../core/test/engines/canary.js"
import * as Contract from "../../core/test/engines/contract.js"
import { PATIENT } from "../../core/test/engines/engine.js"
import { engine } from "./engine.js"
import * as Clients from "./clients.js"

/**
 * `@effect/sql-pg` has one listening connection for all stores of a client, and asks it without waiting for the answer to what it asked
 * before: pg warns of the second question, and Node of the eleventh listener. A program has one store, a test ten.
 */
const THEIRS = /client\.query\(\) when the client is already executing|notification listeners added to \[Client\]/

const withoutTheirWarnings = Effect.acquireRelease(
  Effect.sync(() => {
    const emit = process.emitWarning.bind(process) as (...warning: ReadonlyArray<unknown>) => void
    return vi.spyOn(process, "emitWarning").mockImplementation((...warning: ReadonlyArray<unknown>) => {
      if (!THEIRS.test(String(warning[0]))) emit(...warning)
    })
  }),
  (emitted) => Effect.sync(() => emitted.mockRestore())
)

Contract.suite(engine, (it) => {
  it.scoped("what has had its time is none, and goes", () =>
    Effect.gen(function* () {
      const { at: host } = yield* Contract.Running
      const table = Contract.fresh()
      const options = { ...PATIENT, table, sweep: "50 millis" } as const
      const store = yield* Clients.store(host, options)
      const sql = yield* Clients.client(host)
      yield* store.write(key, token("first"))
      const short = yield* Clients.store(host, { ...options, timeToLive: "1 millis", sweep: "1 hour" })
      yield* short.write(key, token("second"))
      yield* Effect.repeat(store.read(key), { until: Option.isNone })
      yield* Effect.repeat(sql`select from ${sql(table)}`, { until: (left) => left.length === 0 })
      yield* short.write(key, token("third"), Option.none())
    })
  )

  it.scoped("a transaction of the application's that is rolled back takes no new token with it", () =>
    Effect.gen(function* () {
      const { at: host } = yield* Contract.Running
      const table = Contract.fresh()
      const sql = yield* Clients.client(host)
      yield* Effect.provideService(SqlTokenStore.migrate(table), SqlClient, sql)
      const store = yield* Effect.provideService(SqlTokenStore.make({ ...PATIENT, table }), SqlClient, sql)
      const renewed = store.exclusive(key)(store.write(key, token("renewed")))
      yield* Effect.flip(sql.withTransaction(Effect.zipRight(renewed, Effect.fail("rolled back"))))
      assert.isTrue(Option.isSome(yield* store.read(key)))
    })
  )

  it.scoped("three connections serve ten programs' worth of waiters: who renews is not kept from saving", () =>
    Effect.gen(function* () {
      yield* withoutTheirWarnings
      const { at: host } = yield* Contract.Running
      const table = Contract.fresh()
      const sql = yield* Clients.client(host, 3)
      yield* Effect.provideService(SqlTokenStore.migrate(table), SqlClient, sql)
      const make = Effect.provideService(SqlTokenStore.make({ ...PATIENT, table }), SqlClient, sql)
      const stores = yield* Effect.all(Array.from({ length: 10 }, () => make))
      const add = ({ exclusive, read, write }: TokenStore.Service) =>
        exclusive(key)(
          Effect.flatMap(read(key), (found) => {
            const next = Option.match(found, {
              onNone: () => token("0"),
              onSome: (before) => Token.next(before, received("next"))
            })
            return write(key, next)
          })
        )
      yield* Effect.forEach(stores, add, { concurrency: "unbounded", discard: true })
      assert.strictEqual(Option.getOrThrow(yield* (yield* make).read(key)).generation, 10)
    })
  )

  it.scoped("a name that no table has is told at once", () =>
    Effect.gen(function* () {
      const sql = yield* Clients.client((yield* Contract.Running).at)
      const made = Effect.provideService(SqlTokenStore.make({ table: 'x"; drop table y' }), SqlClient, sql)
      assert.strictEqual((yield* Effect.flip(made)).setting, "table")
    })
  )
})
