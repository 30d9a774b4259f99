/** PostgreSQL as core's `LeasedTokenStore` wants an engine. */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { type Engine, EngineFailure, type Listener } from "@mlserver-auth/core/StoreEngine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { failureOf, outside } from "./statements.js"
import type { Tables } from "./tables.js"

/** What a `PgClient` has beside a `SqlClient`. */
interface Hearing {
  readonly listen: (channel: string) => Stream.Stream<string, SqlError>
}

const canHear = (client: object): client is Hearing => "listen" in client && typeof client.listen === "function"

export const make = (
  sql: SqlClient,
  client: SqlClient,
  tables: Tables,
  news: "notify" | "poll" | undefined
): Engine => {
  const run = <A extends object>(statement: string, ...values: ReadonlyArray<unknown>) =>
    Effect.mapError(outside(sql.unsafe<A>(statement, [...values])), failureOf)
  return {
    place: "PostgreSQL",
    read: (name) => Effect.map(run<{ readonly record: string }>(tables.read, name), ([row]) => row?.record),
    change: ({ name, news: text, next, over, timeToLive }) => {
      const changed = (statement: string, ...values: ReadonlyArray<unknown>) =>
        Effect.map(run(statement, name, ...values), (rows) => rows.length > 0)
      if (next === undefined) {
        if (over === undefined) return Effect.as(changed(tables.remove, text), true)
        return Option.isNone(over) ? Effect.succeed(true) : changed(tables.removeIf, text, over.value)
      }
      if (over === undefined) return changed(tables.put, next, timeToLive, text)
      return Option.isNone(over)
        ? changed(tables.create, next, timeToLive, text)
        : changed(tables.replace, next, timeToLive, text, over.value)
    },
    take: (name, owner, lease) =>
      Effect.map(
        run<{ readonly remains: number }>(tables.take, name, owner, lease),
        // Another one came and went between two parts of the statement.
        ([row]) => row?.remains ?? 1
      ),
    release: (name, owner, text) => Effect.asVoid(run(tables.release, name, owner, text)),
    ...(news !== "poll" && canHear(client)
      ? {
          listen: (heard: (text: string) => void) =>
            listening(client, tables.channel, heard, (channel, text) =>
              Effect.asVoid(run("select pg_notify($1, $2) as told", channel, text))
            )
        }
      : {})
  }
}

/**
 * `listen` of `@effect/sql-pg` 0.53 says nothing when its connection dies, and does not connect again while a listener is left. So a message to
 * itself shows whether it hears, and the end of its scope is not waited for: it asks a server that may not answer.
 */
const listening = (
  client: Hearing,
  channel: string,
  heard: (text: string) => void,
  tell: (channel: string, text: string) => Effect.Effect<void, EngineFailure>
): Effect.Effect<Listener, EngineFailure, Scope.Scope> =>
  Effect.gen(function* () {
    // The name of a channel that this listener alone hears, and what it says there.
    const self = `mlserver_auth_${crypto.randomUUID().replaceAll("-", "")}`
    const signs = new Set<Deferred.Deferred<void>>()
    const hear = (text: string) => {
      if (text !== self) return heard(text)
      for (const sign of signs) Deferred.unsafeDone(sign, Exit.void)
      signs.clear()
    }
    const lost = yield* Deferred.make<void>()
    const own = yield* Scope.make()
    yield* Effect.addFinalizer((exit) => Effect.forkDaemon(Scope.close(own, exit)))
    // Told again and again: a listener hears nothing that was said before it began. No try is given up for the next, since in a
    // program with much to do each waits for a connection of the pool.
    const telling = (on: string, [pause, ...more]: ReadonlyArray<number>): Effect.Effect<never, EngineFailure> =>
      pause === undefined
        ? Effect.fail(DEAF)
        : Effect.zipRight(
            tell(on, self),
            Effect.suspend(() => Effect.delay(telling(on, more), pause))
          )
    const proved = (on: string) =>
      Effect.gen(function* () {
        const sign = yield* Deferred.make<void>()
        signs.add(sign)
        const deaf = Effect.zipRight(Deferred.await(lost), Effect.fail(DEAF))
        const heard = Effect.raceFirst(Deferred.await(sign), deaf)
        yield* Effect.ensuring(
          Effect.raceFirst(heard, telling(on, PAUSES)),
          Effect.sync(() => signs.delete(sign))
        )
      })
    // It does not say when it has begun, and messages before that are not received.
    const begin = (on: string) =>
      Stream.runForEach(client.listen(on), (text) => Effect.sync(() => hear(text))).pipe(
        Effect.catchAllCause(() => Effect.void),
        Effect.ensuring(Deferred.succeed(lost, undefined)),
        Effect.forkIn(own),
        Effect.zipRight(proved(on))
      )
    yield* begin(channel)
    yield* begin(self)
    return { alive: proved(self), lost: Deferred.await(lost) }
  })

/** Milliseconds that a sign of life has after each message that was sent. */
const PAUSES = [150, 300, 600, 1200]

const DEAF = new EngineFailure({
  problem: "it cannot be heard",
  fix: 'See whether a pooler is before it, or give `news: "poll"`.',
  retryable: true
})
