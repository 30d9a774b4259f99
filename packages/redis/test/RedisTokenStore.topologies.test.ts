/** More than one redis-server: a cluster, and a replica that is promoted before it has everything. */
import { TokenKey } from "@mlserver-auth/core"
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { Cluster } from "ioredis"
import { createCluster } from "redis"
import { token } from "../../core/test/engines/canary.js"
import { PATIENT, skipped } from "../../core/test/engines/engine.js"
import * as Failover from "../../core/test/engines/failover.js"
import { engine } from "./engine.js"
import * as Server from "./server.js"

const users = Array.from({ length: 12 }, (_, at) =>
  TokenKey.make({ issuer: "https://a.test", principal: `user ${at}` })
)

const until = (port: number, command: ReadonlyArray<string>, holds: RegExp) =>
  Effect.repeat(Effect.delay(Server.tell(port, ...command), "20 millis"), { until: (said) => holds.test(said) })

const SLOTS = [
  ["0", "5460"],
  ["5461", "10922"],
  ["10923", "16383"]
] as const

/** Three servers, each with a third of the slots. */
const cluster = Effect.gen(function* () {
  const nodes = yield* Effect.all(SLOTS.map(() => Server.makeWith("--cluster-enabled", "yes")))
  const ports = nodes.map(({ port }) => port)
  for (const [at, port] of ports.entries()) {
    yield* Server.tell(port, "CLUSTER", "ADDSLOTSRANGE", ...(SLOTS[at] ?? []))
    yield* Server.tell(port, "CLUSTER", "MEET", "127.0.0.1", String(ports[0]))
  }
  for (const port of ports) yield* until(port, ["CLUSTER", "INFO"], /cluster_state:ok[\s\S]*cluster_known_nodes:3/)
  return ports
})

type Client = RedisTokenStore.NodeRedis | RedisTokenStore.IoRedis

const clusterClients: Readonly<
  Record<Server.Kind, (ports: ReadonlyArray<number>) => Effect.Effect<Client, never, Scope.Scope>>
> = {
  redis: (ports) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const made = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) })
        made.on("error", () => undefined)
        await made.connect()
        return made
      }),
      (made) => Effect.sync(() => made.destroy())
    ),
  ioredis: (ports) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const made = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })))
        made.on("error", () => undefined)
        return made
      }),
      (made) => Effect.sync(() => made.disconnect())
    )
}

describe.skipIf(Server.missing !== "")(`several servers of Redis${skipped(engine)}`, () => {
  for (const kind of Server.kinds) {
    it.scopedLive(`${kind}: in a cluster every record is written, leased and heard of, wherever its slot is`, () =>
      Effect.gen(function* () {
        const ports = yield* cluster
        for (const channels of ["one", "each"] as const) {
          const made = Effect.flatMap(clusterClients[kind](ports), (client) =>
            RedisTokenStore.make({ client, ...PATIENT, channels, prefix: channels })
          )
          const [one, other] = [yield* made, yield* made]
          for (const key of users) {
            const signals = yield* other.watch(key)
            yield* Queue.takeAll(signals)
            yield* one.write(key, token("first"))
            yield* Queue.take(signals)
            const over = Effect.flatMap(other.read(key), (found) => other.write(key, token("second"), found))
            assert.isTrue(yield* other.exclusive(key)(over))
          }
        }
      })
    )
  }

  it.scopedLive("a client of one server of a cluster is told what it needs", () =>
    Effect.gen(function* () {
      const [port = 0] = yield* cluster
      const store = yield* Server.store("redis", port, PATIENT)
      const errors = yield* Effect.forEach(users, (key) => Effect.option(Effect.flip(store.write(key, token("first")))))
      const [error] = errors.flatMap((found) => (found._tag === "Some" ? [found.value] : []))
      assert.include(error?.message, "createCluster")
      assert.isFalse(error?.retryable)
    })
  )

  it.scopedLive(
    "a replica that was promoted before it had the newest pair: who has it saves it there, none is used twice",
    () =>
      Effect.gen(function* () {
        const [primary, replica] = [yield* Server.make, yield* Server.make]
        const follow = (...whom: ReadonlyArray<string>) => Server.tell(replica.port, "REPLICAOF", ...whom)
        yield* follow("127.0.0.1", String(primary.port))
        yield* until(replica.port, ["INFO", "replication"], /master_link_status:up/)
        yield* Failover.isSurvived({
          primary: yield* Server.store("redis", primary.port, PATIENT),
          follower: yield* Server.store("redis", replica.port, PATIENT),
          caughtUp: Effect.asVoid(until(replica.port, ["DBSIZE"], /^1$/)),
          part: Effect.asVoid(follow("NO", "ONE")),
          promote: primary.kill
        })
      })
  )
})
