/** How a program may use PostgreSQL. */
import * as Effect from "effect/Effect"
import type { Way } from "../../core/test/engines/engine.js"
import * as Clients from "./clients.js"

const cut = (host: string) =>
  Effect.scoped(
    Effect.flatMap(Clients.client(host), (sql) =>
      Effect.orDie(sql`select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'`)
    )
  ).pipe(Effect.asVoid)

export const ways: ReadonlyArray<Way> = [
  {
    name: "news: notify",
    store: (at, table, options) => Clients.store(at, { ...options, table, news: "notify" }),
    cut,
    isTriedByPrograms: true
  },
  {
    name: "news: poll",
    store: (at, table, options) => Clients.store(at, { ...options, table, news: "poll" }),
    isTriedByPrograms: false
  }
]
