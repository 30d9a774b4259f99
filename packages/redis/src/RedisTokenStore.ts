/**
 * Tokens in Redis or Valkey. Every machine that reaches it shares them, and one machine renews.
 *
 * The application brings its client, `redis` (version 5 or later) or `ioredis`, connected and with a listener for its errors. This
 * store uses it for short commands, and a second connection of the same settings to hear what others do.
 */
import type { ConfigurationInvalid } from "@mlserver-auth/core/AuthError"
import * as LeasedTokenStore from "@mlserver-auth/core/LeasedTokenStore"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { connectionOf, type IoRedis, type NodeRedis } from "./internal/clients.js"
import * as Engine from "./internal/engine.js"

export type { IoRedis, IoRedisSubscriber, NodeRedis, NodeRedisSubscriber } from "./internal/clients.js"

/** Options: the client, the keys that encrypt records, and limits of time. */
export interface Options extends LeasedTokenStore.Options {
  /** A client of `redis` (5 or later) or of `ioredis`; it stays the application's, which also ends it. */
  readonly client: NodeRedis | IoRedis
  /** The beginning of the name of every key and channel, for several applications in one database. Default: "mlserver-auth". */
  readonly prefix?: string | undefined
  /**
   * How changes are published. "one": on one channel, and every machine hears all of them. "each": on a channel for each record, and
   * only the machines that use the record hear it, which costs one more command when a session begins to follow or a program waits.
   * Redis works more for each machine that hears a renewal: with more than about fifty machines, "each" is cheaper. All machines must
   * choose the same. Default: "one".
   */
  readonly channels?: "one" | "each" | undefined
}

/**
 * A store on Redis. `exclusive` holds for every machine, by leases of the server's clock; `watch` tells at once. The first of `keys` encrypts
 * records; without one they are in clear, and a warning says so. Redis deletes a record that was not replaced for `timeToLive` (default:
 * 90 days).
 *
 * Its methods fail with `StoreUnavailable` within `timeLimit` if Redis refuses or stays silent. `make` fails with `ConfigurationInvalid`
 * if a key does not have 32 bytes.
 *
 * @example
 * import { RedisTokenStore } from "@mlserver-auth/redis"
 * import * as Effect from "effect/Effect"
 *
 * declare const client: RedisTokenStore.IoRedis // new Redis("redis://…").on("error", …)
 *
 * const store = Effect.scoped(RedisTokenStore.make({ client, prefix: "report", channels: "each", timeLimit: "2 seconds" }))
 */
export const make = (options: Options): Effect.Effect<TokenStore.Service, ConfigurationInvalid, Scope.Scope> =>
  LeasedTokenStore.make(
    Engine.make(connectionOf(options.client), options.prefix ?? "mlserver-auth", options.channels ?? "one"),
    options
  )

/**
 * The store as a layer.
 *
 * @example
 * import { RedisTokenStore } from "@mlserver-auth/redis"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const client: RedisTokenStore.NodeRedis // await createClient({ url: "redis://…" }).on("error", …).connect()
 * declare const sealingKey: Uint8Array // 32 random bytes from your vault
 *
 * const Store = RedisTokenStore.layer({ client, keys: [Redacted.make(sealingKey)] })
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid> =>
  Layer.scoped(TokenStore.TokenStore, make(options))
