/** One renewal across machines: what does it cost on Redis and PostgreSQL, beside the file store? The issuer's own time is left out. */
import { PgClient } from "@effect/sql-pg"
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Token from "@mlserver-auth/core/Token"
import * as TokenKey from "@mlserver-auth/core/TokenKey"
import type * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as FileTokenStore from "@mlserver-auth/node/FileTokenStore"
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import * as SqlTokenStore from "@mlserver-auth/sql/SqlTokenStore"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClient } from "redis"
import * as Servers from "./engineServers.js"
import * as Sizes from "./engineSizes.js"
import { wall } from "./measure.js"
import type { Answer, Row } from "./report.js"

const keys = [Redacted.make(new Uint8Array(32).fill(1))]
const keyOf = (user: number) =>
  TokenKey.make({ issuer: "https://mlserver.contoso.com:12800", principal: `user${user}` })

const received = (name: string): Token.Received => ({
  accessToken: Redacted.make(`access-${name}-`.padEnd(700, "x")),
  refreshToken: Redacted.make(`refresh-${name}-`.padEnd(90, "y")),
  obtainedAt: 1,
  expiresAt: 2,
  clockDifference: 0
})

/** Stores of one place, each with connections of its own, as on a machine of its own. */
interface Place {
  readonly name: string
  readonly store: Effect.Effect<TokenStore.Service, unknown, Scope.Scope>
  /** Milliseconds of processor time. */
  readonly processor: (() => number) | undefined
}

const redisPlace = (server: Servers.Server, channels: "one" | "each"): Place => ({
  name: channels === "one" ? "Redis" : "Redis, a channel each",
  processor: server.processor,
  store: Effect.gen(function* () {
    const client = yield* Effect.acquireRelease(
      Effect.promise(() =>
        createClient({ url: `redis://127.0.0.1:${server.at}` })
          .on("error", () => {})
          .connect()
      ),
      (made) => Effect.sync(() => made.destroy())
    )
    return yield* RedisTokenStore.make({ client, keys, channels, prefix: channels })
  })
})

const sqlPlace = (server: Servers.Server): Place => ({
  name: "PostgreSQL",
  processor: server.processor,
  store: Effect.gen(function* () {
    const sql = yield* PgClient.make({
      host: server.at,
      username: "bench",
      database: "postgres",
      maxConnections: 3
    }).pipe(Effect.provide(Reactivity.layer))
    yield* Effect.provideService(SqlTokenStore.migrate(), SqlClient, sql)
    return yield* Effect.provideService(SqlTokenStore.make({ keys }), SqlClient, sql)
  })
})

const filePlace = (directory: string): Place => ({
  name: "files",
  processor: undefined,
  store: FileTokenStore.make({ directory })
})

/** What a renewal does to a store: who finds that another one was quicker leaves it. True where it renewed. */
const renew = (store: TokenStore.Service, key: TokenKey.TokenKey, before: number) =>
  store.exclusive(key)(
    Effect.gen(function* () {
      const found = Option.getOrThrow(yield* store.read(key))
      if (found.generation > before) return false
      return yield* store.write(key, Token.next(found, received(String(before + 1))), Option.some(found))
    })
  )

const seeded = (store: TokenStore.Service, user: number) =>
  store.write(keyOf(user), Token.first(received("0"), `user${user}`))

const millis = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const before = wall()
    return Effect.map(effect, () => (wall() - before) / 1e6)
  })

/** From the moment that one leaves the section until another one is in it. */
const handOver = (one: TokenStore.Service, other: TokenStore.Service, round: number) =>
  Effect.gen(function* () {
    const key = keyOf(round % 10)
    const [entered, leave] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
    let left = 0
    const holds = Effect.zipRight(Deferred.succeed(entered, undefined), Deferred.await(leave))
    const holder = yield* Effect.fork(one.exclusive(key)(Effect.map(holds, () => (left = wall()))))
    yield* Deferred.await(entered)
    const waiter = yield* Effect.fork(other.exclusive(key)(Effect.sync(() => (wall() - left) / 1e6)))
    yield* Effect.sleep("30 millis")
    yield* Deferred.succeed(leave, undefined)
    yield* Fiber.join(holder)
    return yield* Fiber.join(waiter)
  })

interface Size {
  readonly rounds: number
  readonly users: number
  readonly listeners: number
}

const figuresOf = ({ name, processor, store }: Place, { listeners, rounds, users }: Size) =>
  Effect.scoped(
    Effect.gen(function* () {
      const [one, other] = [yield* store, yield* store]
      yield* seeded(one, 0)
      for (const each of [one, other]) yield* each.watch(keyOf(0))
      const times = Array.from({ length: rounds }, (_, at) => at)
      const alone = yield* Effect.forEach(times, (at) => millis(renew(one, keyOf(0), at + 1)))
      const hands = yield* Effect.forEach(times.slice(0, Math.min(rounds, 50)), (at) => handOver(one, other, at))
      const rows: Array<Row> = [
        { what: `${name}: a renewal's part of the store`, values: alone, unit: "ms" },
        { what: `${name}: hand-over to who waits`, values: hands, unit: "ms" }
      ]
      const spent = (crowd: ReadonlyArray<number>, start: number) =>
        Effect.gen(function* () {
          const before = processor?.() ?? 0
          yield* Effect.forEach(crowd, (at) => renew(one, keyOf(0), start + at))
          return ((processor?.() ?? 0) - before) / crowd.length
        })
      if (processor !== undefined) {
        const few = yield* spent(times, rounds + 1)
        for (let at = 0; at < listeners; at++) yield* (yield* store).watch(keyOf(1 + at))
        const many = yield* spent(times, 2 * rounds + 1)
        rows.push({
          what: `${name}: its processor time of a renewal, 2 machines hear it`,
          values: [1000 * few],
          unit: "us"
        })
        rows.push({
          what: `${name}: the same, ${listeners + 2} machines`,
          values: [1000 * many],
          unit: "us"
        })
      }
      return rows
    }).pipe(Effect.andThen((rows) => Effect.map(crowd(name, store, users), (more) => [...rows, ...more])))
  )

const MACHINES = 8

/** Every machine wants to renew every user at the same time. */
const crowd = (name: string, store: Place["store"], users: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const stores = yield* Effect.all(Array.from({ length: MACHINES }, () => store))
      const [first] = stores
      const all = Array.from({ length: users }, (_, at) => 1000 + at)
      if (first !== undefined) yield* Effect.forEach(all, (user) => seeded(first, user), { concurrency: 16 })
      let renewals = 0
      const each = (from: TokenStore.Service) =>
        Effect.forEach(all, (user) => Effect.map(renew(from, keyOf(user), 1), (done) => (renewals += done ? 1 : 0)), {
          concurrency: 16
        })
      const took = yield* millis(Effect.forEach(stores, each, { concurrency: "unbounded" }))
      return [
        {
          what: `${name}: renewals for ${users} users, wanted by ${MACHINES} machines at once`,
          values: [renewals],
          unit: "",
          always: users
        },
        { what: `${name}: the same, time for each user`, values: [took / users], unit: "ms" }
      ] satisfies ReadonlyArray<Row>
    })
  )

export const run = async (quick: boolean): Promise<ReadonlyArray<Answer>> => {
  const size: Size = quick ? { rounds: 10, users: 20, listeners: 3 } : { rounds: 200, users: 300, listeners: 50 }
  const [redis, postgres] = [await Servers.redis(), await Servers.postgres()]
  const directory = mkdtempSync(join(tmpdir(), "bench-files-"))
  const places = [
    filePlace(directory),
    ...(redis === undefined ? [] : [redisPlace(redis, "one"), redisPlace(redis, "each")]),
    ...(postgres === undefined ? [] : [sqlPlace(postgres)])
  ]
  try {
    const rows: Array<Row> = []
    for (const place of places) rows.push(...(await Effect.runPromise(figuresOf(place, size))))
    const missing = [...(redis === undefined ? ["redis-server"] : []), ...(postgres === undefined ? ["postgres"] : [])]
    const notes = [
      "All machines are stores of one process, each with connections of its own; the engines are on the same machine, as packed, Redis without a disk.",
      ...missing.map((name) => `Left out: no ${name} here.`)
    ]
    const sizes = redis === undefined ? [] : [await Sizes.run(redis, quick ? 100 : 10_000)]
    return [...sizes, { question: "One renewal across machines: the store's part", rows, notes }]
  } finally {
    await redis?.end()
    await postgres?.end()
    rmSync(directory, { recursive: true, force: true })
  }
}
