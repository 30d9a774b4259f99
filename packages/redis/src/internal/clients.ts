/** The two clients that applications have, by what is used of them, as one. Neither is a dependency. */
import type { EngineFailure } from "@mlserver-auth/core/StoreEngine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { failureOf } from "./failures.js"

/** The methods of a client of `redis` (5 or later) that the store uses. */
export interface NodeRedis {
  get(key: string): Promise<string | null>
  eval(script: string, options: { keys: Array<string>; arguments: Array<string> }): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  duplicate(): NodeRedisSubscriber
}

/** The methods of its second connection. */
export interface NodeRedisSubscriber {
  on(event: "error" | "end", listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  destroy(): void
}

/** The methods of a client of `ioredis` that the store uses. */
export interface IoRedis {
  get(key: string): Promise<string | null>
  eval(script: string, numberOfKeys: number, ...args: Array<string>): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  duplicate(): IoRedisSubscriber
  call(command: string, ...args: Array<string>): Promise<unknown>
}

/** The methods of its second connection. */
export interface IoRedisSubscriber {
  on(event: "error" | "close", listener: () => void): unknown
  on(event: "message", listener: (channel: string, message: string) => void): unknown
  subscribe(...channels: Array<string>): Promise<unknown>
  unsubscribe(...channels: Array<string>): Promise<unknown>
  disconnect(): void
}

/** A client, whichever it is. */
export interface Connection {
  readonly get: (key: string) => Effect.Effect<string | undefined, EngineFailure>
  readonly run: (
    script: string,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string>
  ) => Effect.Effect<number, EngineFailure>
  readonly publish: (channel: string, message: string) => Effect.Effect<void, EngineFailure>
  readonly subscriber: (heard: (message: string) => void) => Effect.Effect<Subscriber, EngineFailure, Scope.Scope>
}

/** A second connection. */
export interface Subscriber {
  readonly subscribe: (channel: string) => Effect.Effect<void, EngineFailure>
  readonly unsubscribe: (channel: string) => Effect.Effect<void, EngineFailure>
  /** Ends when the connection is lost: messages until there is another connection are not received. */
  readonly lost: Effect.Effect<void>
}

const attempt = <A>(act: () => Promise<A>): Effect.Effect<A, EngineFailure> =>
  Effect.tryPromise({ try: act, catch: failureOf })

const isIoRedis = (client: NodeRedis | IoRedis): client is IoRedis => "call" in client

export const connectionOf = (client: NodeRedis | IoRedis): Connection => ({
  get: (key) =>
    Effect.map(
      attempt(() => client.get(key)),
      (found) => found ?? undefined
    ),
  run: (script, keys, args) =>
    Effect.map(
      attempt(() =>
        isIoRedis(client)
          ? client.eval(script, keys.length, ...keys, ...args)
          : client.eval(script, { keys: [...keys], arguments: [...args] })
      ),
      Number
    ),
  publish: (channel, message) => Effect.asVoid(attempt(() => client.publish(channel, message))),
  subscriber: (heard) => (isIoRedis(client) ? ofIoRedis(client, heard) : ofNodeRedis(client, heard))
})

const ofNodeRedis = (client: NodeRedis, heard: (message: string) => void) =>
  Effect.gen(function* () {
    const lost = yield* Deferred.make<void>()
    const lose = () => Deferred.unsafeDone(lost, Effect.void)
    const second = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const made = client.duplicate()
        made.on("error", lose)
        made.on("end", lose)
        return made
      }),
      (made) => Effect.ignore(Effect.try(() => made.destroy()))
    )
    yield* attempt(() => second.connect())
    return {
      subscribe: (channel: string) => Effect.asVoid(attempt(() => second.subscribe(channel, heard))),
      unsubscribe: (channel: string) => Effect.asVoid(attempt(() => second.unsubscribe(channel))),
      lost: Deferred.await(lost)
    }
  })

const ofIoRedis = (client: IoRedis, heard: (message: string) => void) =>
  Effect.gen(function* () {
    const lost = yield* Deferred.make<void>()
    const lose = () => Deferred.unsafeDone(lost, Effect.void)
    // It connects by itself, and holds commands back until it has.
    const second = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const made = client.duplicate()
        made.on("error", lose)
        made.on("close", lose)
        made.on("message", (_channel, message) => heard(message))
        return made
      }),
      (made) => Effect.sync(() => made.disconnect())
    )
    return {
      subscribe: (channel: string) => Effect.asVoid(attempt(() => second.subscribe(channel))),
      unsubscribe: (channel: string) => Effect.asVoid(attempt(() => second.unsubscribe(channel))),
      lost: Deferred.await(lost)
    }
  })
