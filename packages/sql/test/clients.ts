/** Clients and stores of a PostgreSQL; apart from what starts one, so that programs which only use it look for no program. */
import { PgClient } from "@effect/sql-pg"
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import * as Effect from "effect/Effect"

/** A client with a pool of its own. */
export const client = (host: string, maxConnections = 3) =>
  PgClient.make({ host, username: "test", database: "postgres", maxConnections }).pipe(
    Effect.provide(Reactivity.layer),
    Effect.orDie
  )

/** A store with a pool of its own. */
export const store = (host: string, options: SqlTokenStore.Options = {}) =>
  Effect.gen(function* () {
    const sql = yield* client(host)
    yield* Effect.orDie(Effect.provideService(SqlTokenStore.migrate(options.table), SqlClient, sql))
    return yield* Effect.provideService(SqlTokenStore.make(options), SqlClient, sql)
  })
