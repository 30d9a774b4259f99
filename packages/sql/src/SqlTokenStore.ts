/**
 * Tokens in PostgreSQL, through `@effect/sql`. Every machine that reaches the database shares them, and one machine renews.
 *
 * The application brings its client: the `PgClient` of `@effect/sql-pg` 0.53, which is the line for `@effect/sql` 0.52 and Effect 3.
 * Other databases that `@effect/sql` reaches have another dialect, and are not supported.
 */
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as LeasedTokenStore from "@mlserver-auth/core/LeasedTokenStore"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Engine from "./internal/engine.js"
import { outside } from "./internal/statements.js"
import * as Tables from "./internal/tables.js"

/** Options: the table, the keys that encrypt records, and limits of time. */
export interface Options extends LeasedTokenStore.Options {
  /**
   * The table of the records, as `name` or `schema.name` in small letters. The table of the leases has `_leases` after that name; the
   * channel of NOTIFY has the same name, with `_` for the dot. Default: "mlserver_auth_tokens".
   */
  readonly table?: string | undefined
  /**
   * How this program hears what others change. "notify": by LISTEN and NOTIFY; the client needs `listen`, as `PgClient` has it, and a
   * connection of its own without a transaction pooler (PgBouncer) in between. "poll": it looks every two seconds. Each program may choose
   * for itself. Default: "notify" if the client has `listen`, otherwise "poll".
   */
  readonly news?: "notify" | "poll" | undefined
  /** How often this program deletes records that were not replaced for `timeToLive`. Default: 1 hour. */
  readonly sweep?: Duration.DurationInput | undefined
}

/**
 * A store in PostgreSQL. `exclusive` holds for every machine, by leases of the database's clock: it holds no lock, transaction or
 * connection while a token is renewed, and joins no transaction of the application. The first of `keys` encrypts records; without one they
 * are in clear, and a warning says so. The tables must be there: see `migrate`.
 *
 * Its methods fail with `StoreUnavailable` within `timeLimit` if the database refuses or stays silent. `make` fails with
 * `ConfigurationInvalid` if a key does not have 32 bytes, or `table` is no name.
 *
 * @example
 * import { SqlTokenStore } from "@mlserver-auth/sql"
 * import * as Effect from "effect/Effect"
 *
 * // Behind PgBouncer, in a schema of its own.
 * const store = Effect.scoped(SqlTokenStore.make({ table: "auth.tokens", news: "poll", timeLimit: "2 seconds" }))
 */
export const make = (
  options: Options = {}
): Effect.Effect<TokenStore.Service, ConfigurationInvalid, SqlClient | Scope.Scope> =>
  Effect.gen(function* () {
    const tables = yield* Tables.make(options.table)
    const sql = (yield* SqlClient).withoutTransforms()
    const engine = Engine.make(sql, yield* SqlClient, tables, options.news)
    const swept = Effect.ignore(outside(sql.unsafe(tables.sweep)))
    yield* Effect.forkScoped(Effect.repeat(swept, Schedule.spaced(options.sweep ?? Duration.hours(1))))
    return yield* LeasedTokenStore.make(engine, options)
  })

/**
 * The store as a layer.
 *
 * @example
 * import { SqlTokenStore } from "@mlserver-auth/sql"
 * import { PgClient } from "@effect/sql-pg"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const [url, sealingKey]: [string, Uint8Array] // 32 random bytes from your vault
 *
 * const Store = SqlTokenStore.layer({ keys: [Redacted.make(sealingKey)] }).pipe(
 *   Layer.provide(PgClient.layer({ url: Redacted.make(url) }))
 * )
 */
export const layer = (options: Options = {}): Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid, SqlClient> =>
  Layer.scoped(TokenStore.TokenStore, make(options))

/**
 * The statements that make the tables if they are missing: for a migration of your application, or for an administrator if
 * the application may not make tables. The application needs SELECT, INSERT, UPDATE and DELETE on both. Fails with
 * `ConfigurationInvalid` if `table` is no name. Default of `table`: "mlserver_auth_tokens".
 *
 * @example
 * import { SqlTokenStore } from "@mlserver-auth/sql"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * // create table if not exists auth.tokens (…
 * const print = Effect.flatMap(SqlTokenStore.schema("auth.tokens"), (statements) => Console.log(statements.join(";\n")))
 */
export const schema = (table?: string): Effect.Effect<ReadonlyArray<string>, ConfigurationInvalid> =>
  Effect.map(Tables.make(table), (tables) => tables.schema)

/**
 * Makes the tables if they are missing. As an entry of `@effect/sql`'s `Migrator`, or before the layer is built. Fails with
 * `SqlError` if the database refuses, and as `schema`.
 *
 * @example
 * import { SqlTokenStore } from "@mlserver-auth/sql"
 * import * as Layer from "effect/Layer"
 *
 * // Still needs the client: Layer.provide(PgClient.layer({ url })).
 * const Store = SqlTokenStore.layer().pipe(Layer.provide(Layer.effectDiscard(SqlTokenStore.migrate())))
 */
export const migrate = (table?: string): Effect.Effect<void, ConfigurationInvalid | SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    for (const statement of yield* schema(table)) yield* sql.unsafe(statement)
  })
