/** Stores as a program of its own has them: of files, on Redis, in PostgreSQL. Given as text, since the program is another process. */
import { PgClient } from "@effect/sql-pg"
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import type * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { createClient } from "redis"

/** `at`: a directory, a port, the folder of a socket. */
export interface Place {
  readonly kind: "files" | "redis" | "postgres"
  readonly at: string
}

const keys = [Redacted.make(new Uint8Array(32).fill(1))]

/** So long that what a busy machine needs is no failure. */
const PATIENCE = { lockTimeout: "9 minutes", timeLimit: "1 minute" } as const

/** Once for a database, before programs use it. */
export const prepare = ({ at, kind }: Place) =>
  kind === "postgres"
    ? Effect.scoped(Effect.flatMap(sqlAt(at), (sql) => Effect.provideService(SqlTokenStore.migrate(), SqlClient, sql)))
    : Effect.void

const sqlAt = (host: string) =>
  Effect.provide(PgClient.make({ host, username: "bench", database: "postgres", maxConnections: 3 }), Reactivity.layer)

export const open = ({ at, kind }: Place): Effect.Effect<TokenStore.Service, unknown, Scope.Scope> => {
  if (kind === "files") return FileTokenStore.make({ directory: at, lockTimeout: PATIENCE.lockTimeout })
  if (kind === "postgres") {
    return Effect.flatMap(sqlAt(at), (sql) =>
      Effect.provideService(SqlTokenStore.make({ keys, ...PATIENCE }), SqlClient, sql)
    )
  }
  const connected = Effect.acquireRelease(
    Effect.promise(() =>
      createClient({ url: `redis://127.0.0.1:${at}` })
        .on("error", () => {})
        .connect()
    ),
    (made) => Effect.sync(() => made.destroy())
  )
  return Effect.flatMap(connected, (client) => RedisTokenStore.make({ client, keys, ...PATIENCE }))
}
