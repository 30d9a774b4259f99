/** Redis over TLS: both connections, and what is told where there is none. */
import * as RedisTokenStore from "@mlserver-auth/redis/RedisTokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { Redis } from "ioredis"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { createClient } from "redis"
import { assertNone, key, token } from "../../core/test/engines/canary.js"
import { PATIENT, skipped } from "../../core/test/engines/engine.js"
import * as Authority from "../../node/test/authority.js"
import { engine } from "./engine.js"
import * as Server from "./server.js"

type Client = RedisTokenStore.NodeRedis | RedisTokenStore.IoRedis

/** By the name of the machine alone; `ca`: whom they trust. */
const clients: Readonly<Record<Server.Kind, (port: number, ca?: string) => Effect.Effect<Client, never, Scope.Scope>>> =
  {
    redis: (port, ca) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const password = "canary-password"
          const client = createClient({
            password,
            socket: { host: "127.0.0.1", port, tls: true, ...(ca ? { ca } : {}) }
          })
          client.on("error", () => undefined)
          // It does not come to an end where it cannot connect.
          void client.connect().catch(() => undefined)
          return client
        }),
        (client) => Effect.sync(() => client.isOpen && client.destroy())
      ),
    ioredis: (port, ca) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const client = new Redis({ host: "127.0.0.1", port, password: "canary-password", tls: ca ? { ca } : {} })
          client.on("error", () => undefined)
          return client
        }),
        (client) => Effect.sync(() => client.disconnect())
      )
  }

const served = Effect.gen(function* () {
  const authority = yield* Authority.make
  const identity = yield* authority.issue("IP:127.0.0.1")
  const directory = yield* Authority.directoryIn(Os.tmpdir())
  const [keyFile, certFile] = [Path.join(directory, "key.pem"), Path.join(directory, "cert.pem")]
  yield* Effect.promise(() => Promise.all([Fs.writeFile(keyFile, identity.key), Fs.writeFile(certFile, identity.cert)]))
  const tls = yield* Server.freePort
  const { port: plain } = yield* Server.makeWith(
    "--requirepass",
    "canary-password",
    "--tls-port",
    String(tls),
    "--tls-auth-clients",
    "no",
    "--tls-cert-file",
    certFile,
    "--tls-key-file",
    keyFile,
    "--tls-ca-cert-file",
    authority.caFile
  )
  return { ca: yield* Effect.promise(() => Fs.readFile(authority.caFile, "utf8")), tls, plain }
})

const missing = Server.missing !== "" || !Authority.available

describe.skipIf(missing)(`Redis over TLS${skipped(engine)} (certificates need openssl)`, () => {
  for (const kind of Server.kinds) {
    it.scopedLive(
      `${kind}: what one program writes the other one hears of, over a second connection with the same settings`,
      () =>
        Effect.gen(function* () {
          const { ca, tls } = yield* served
          const made = Effect.flatMap(clients[kind](tls, ca), (client) => RedisTokenStore.make({ ...PATIENT, client }))
          const [one, other] = [yield* made, yield* made]
          const signals = yield* other.watch(key)
          yield* Queue.takeAll(signals)
          yield* one.exclusive(key)(one.write(key, token("first")))
          yield* Queue.take(signals)
          assert.isTrue(Option.isSome(yield* other.read(key)))
        })
    )

    it.scopedLive(
      `${kind}: a stranger's certificate, or none at all, is told after the time limit, and shows nothing`,
      () =>
        Effect.gen(function* () {
          const { plain, tls } = yield* served
          for (const port of [tls, plain]) {
            const client = yield* clients[kind](port)
            const store = yield* RedisTokenStore.make({ ...PATIENT, timeLimit: "1 second", client })
            const error = yield* Effect.flip(store.read(key))
            assert.match(error.message, /Redis: (it cannot be reached|no answer in 1 seconds)/)
            assert.isTrue(error.retryable)
            assertNone(error, error.message)
          }
        })
    )
  }
})
