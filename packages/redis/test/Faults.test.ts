/** What an application is told, and what it still can do, where Redis or its client does not do as it should. */
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { Redis } from "ioredis"
import { assertNone, key, token } from "../../core/test/engines/canary.js"
import { PATIENT, skipped } from "../../core/test/engines/engine.js"
import { engine } from "./engine.js"
import * as Server from "./server.js"

/** Long enough for a busy machine, and shorter than a wait for what does not come. */
const HASTY = { ...PATIENT, timeLimit: "20 seconds" } as const

/** As an application makes it, with a wrong password. With `redis` its `connect` does not come to an end. */
const stranger = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const client = new Redis(port, "127.0.0.1", { password: "canary-password" })
      client.on("error", () => undefined)
      return client
    }),
    (client) => Effect.sync(() => client.disconnect())
  )

describe.skipIf(Server.missing !== "")(`Redis in trouble${skipped(engine)}`, () => {
  for (const kind of Server.kinds) {
    it.scopedLive(`${kind}: no memory left: what must be written is refused at once; read and removed it can be`, () =>
      Effect.gen(function* () {
        const { port } = yield* Server.make
        const store = yield* Server.store(kind, port, HASTY)
        yield* store.write(key, token("first"))
        yield* Server.tell(port, "CONFIG", "SET", "maxmemory", "1")
        const refused = [store.write(key, token("second")), store.exclusive(key)(Effect.dieMessage("entered"))]
        for (const step of refused) {
          const error = yield* Effect.flip(Effect.asVoid(step))
          assert.match(error.message, /Redis: it answered OOM[\s\S]*memory is full/)
          assert.isFalse(error.retryable)
          assertNone(error, error.message)
        }
        assert.isTrue(Option.isSome(yield* store.read(key)))
        assert.isTrue(yield* store.remove(key, token("first")))
        assert.deepStrictEqual(yield* store.read(key), Option.none())
      })
    )

    it.scopedLive(`${kind}: a client that the application has ended is told at once, in the middle of a step too`, () =>
      Effect.gen(function* () {
        const { port, signal } = yield* Server.make
        const client: { readonly end: () => void; readonly made: RedisTokenStore.NodeRedis | RedisTokenStore.IoRedis } =
          kind === "redis"
            ? yield* Effect.map(Server.clients.redis(port), (made) => ({ made, end: () => made.destroy() }))
            : yield* Effect.map(Server.clients.ioredis(port), (made) => ({ made, end: () => made.disconnect() }))
        const store = yield* RedisTokenStore.make({ ...HASTY, client: client.made })
        yield* store.write(key, token("first"))
        yield* Effect.acquireRelease(signal("SIGSTOP"), () => signal("SIGCONT"))
        const reading = yield* Effect.fork(Effect.flip(store.read(key)))
        yield* Effect.sleep("50 millis")
        client.end()
        for (const error of [yield* Fiber.join(reading), yield* Effect.flip(store.read(key))]) {
          assert.match(error.message, /Redis: the client is closed[\s\S]*end it last/)
          assert.isFalse(error.retryable)
        }
      })
    )
  }

  it.scopedLive("a password that is missing or wrong is told at once, and not shown", () =>
    Effect.gen(function* () {
      const { port } = yield* Server.makeWith("--requirepass", "another")
      const clients = [yield* Server.clients.redis(port), yield* Server.clients.ioredis(port), yield* stranger(port)]
      for (const client of clients) {
        const store = yield* RedisTokenStore.make({ ...HASTY, client })
        const error = yield* Effect.flip(store.read(key))
        assert.match(error.message, /Redis: it answered (NOAUTH|WRONGPASS)[\s\S]*a user and a password/)
        assertNone(error, error.message)
      }
    })
  )
})
