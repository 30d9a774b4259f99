/** A standby that streams from its primary, and is promoted before it has everything. */
import { SqlClient } from "@effect/sql/SqlClient"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { key, token } from "../../core/test/engines/canary.js"
import { PATIENT } from "../../core/test/engines/engine.js"
import * as Failover from "../../core/test/engines/failover.js"
import * as Clients from "./clients.js"
import * as Server from "./server.js"

const missing = Server.missingStandby

/** A primary with the tables, and a standby that has them too. */
const pair = Effect.gen(function* () {
  const primary = yield* Server.make
  const store = yield* Clients.store(primary.at, PATIENT)
  const standby = yield* Server.standbyOf(primary)
  const [sql, following] = [yield* Clients.client(primary.at), yield* Clients.client(standby.at)]
  const follower = (options: SqlTokenStore.Options) =>
    Effect.provideService(SqlTokenStore.make(options), SqlClient, following)
  return { primary, standby, store, sql, following, follower }
})

const until = <A extends object, E>(look: Effect.Effect<ReadonlyArray<A>, E>) =>
  Effect.repeat(Effect.delay(look, "20 millis"), { until: (rows) => rows.length > 0 })

describe.skipIf(missing !== "")(`a standby of PostgreSQL${missing === "" ? "" : ` (skipped: ${missing})`}`, () => {
  it.scopedLive("that was promoted before it had the newest pair: who has it saves it there, none is used twice", () =>
    Effect.gen(function* () {
      const { follower, following, primary, sql, store } = yield* pair
      yield* Failover.isSurvived({
        primary: store,
        follower: yield* follower(PATIENT),
        caughtUp: Effect.gen(function* () {
          const [written] = yield* sql<{ readonly at: string }>`select pg_current_wal_lsn()::text as at`
          yield* until(following`select 1 where pg_last_wal_replay_lsn() >= ${written?.at ?? ""}::pg_lsn`)
        }).pipe(Effect.orDie),
        part: Effect.gen(function* () {
          yield* following`alter system set primary_conninfo = ''`
          yield* following`select pg_reload_conf()`
          yield* until(following`select 1 where not exists (select from pg_stat_wal_receiver)`)
        }).pipe(Effect.orDie),
        promote: Effect.zipRight(primary.kill, Effect.orDie(following`select pg_promote(true, 600)`))
      })
    })
  )

  it.scopedLive("that is not promoted yet takes no writes, and those that wait as soon as it is", () =>
    Effect.gen(function* () {
      const { follower, following, primary, standby } = yield* pair
      const writing = yield* Effect.fork(Effect.flatMap(follower(PATIENT), ({ write }) => write(key, token("late"))))
      const refused = (log: string) => log.includes("in a read-only transaction")
      yield* Effect.repeat(Effect.delay(Server.logged(standby.at), "20 millis"), { until: refused })
      assert.isNull(writing.unsafePoll())
      yield* primary.kill
      yield* following`select pg_promote(true, 600)`
      assert.isTrue(yield* Fiber.join(writing))
    })
  )
})
