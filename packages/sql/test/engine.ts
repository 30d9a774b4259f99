/** PostgreSQL for the suites of engines. */
import * as Effect from "effect/Effect"
import type { Engine } from "../../core/test/engines/engine.js"
import * as Clients from "./clients.js"
import * as Server from "./server.js"
import { ways } from "./ways.js"

/** What passes, as the server's log has it with every statement and its values, and what lies there. */
const traces = (at: string, table: string) =>
  Effect.gen(function* () {
    const sql = yield* Clients.client(at)
    const before = (yield* Server.logged(at)).length
    return Effect.gen(function* () {
      const mark = crypto.randomUUID()
      const lying = [
        yield* sql`select *, ${mark} as mark from ${sql(table)}`,
        yield* sql`select * from ${sql(`${table}_leases`)}`
      ]
      const log = yield* Effect.repeat(Effect.delay(Server.logged(at), "5 millis"), {
        until: (text) => text.includes(mark)
      })
      return JSON.stringify(lying) + log.slice(before)
    }).pipe(Effect.orDie)
  })

const renamed = (at: string, from: string, to: string) =>
  Effect.scoped(
    Effect.flatMap(Clients.client(at), (sql) => Effect.orDie(sql`alter table ${sql(from)} rename to ${sql(to)}`))
  ).pipe(Effect.asVoid)

export const engine: Engine = {
  name: "PostgreSQL",
  missing: Server.missing,
  server: Server.make,
  ways,
  traces,
  refusal: {
    begin: (at, table) =>
      Effect.acquireRelease(renamed(at, table, `${table}_away`), () => renamed(at, `${table}_away`, table)),
    words: "the tables are not there"
  }
}
