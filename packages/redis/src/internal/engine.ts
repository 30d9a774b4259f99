/** Redis as core's `LeasedTokenStore` wants an engine. */
import type { Engine, Listener } from "@mlserver-auth/core/StoreEngine"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Connection } from "./clients.js"
import * as Scripts from "./scripts.js"

export const make = (connection: Connection, prefix: string, channels: "one" | "each"): Engine => {
  const record = (name: string) => `${prefix}:{${name}}`
  const lease = (name: string) => [`${record(name)}:lease`, `${record(name)}:waiting`]
  const channel = (name: string) => (channels === "one" ? `${prefix}:news` : `${prefix}:news:${name}`)
  return {
    place: "Redis",
    read: (name) => connection.get(record(name)),
    change: ({ name, news, next = "", over, timeToLive }) =>
      Effect.map(
        connection.run(
          Scripts.CHANGE,
          [record(name)],
          [...conditionOf(over), next, String(Math.ceil(timeToLive)), channel(name), news]
        ),
        (done) => done === 1
      ),
    take: (name, owner, milliseconds) =>
      connection.run(Scripts.TAKE, lease(name), [owner, String(Math.ceil(milliseconds))]),
    release: (name, owner, news) =>
      Effect.asVoid(connection.run(Scripts.RELEASE, lease(name), [owner, channel(name), news])),
    listen: (heard) =>
      Effect.gen(function* () {
        // A channel that only this listener hears: a message that comes back shows that others do.
        const own = `${prefix}:alive:${crypto.randomUUID()}`
        const signs = new Set<Deferred.Deferred<void>>()
        const subscriber = yield* connection.subscriber((message) => {
          if (message !== own) return heard(message)
          for (const sign of signs) Deferred.unsafeDone(sign, Effect.void)
          signs.clear()
        })
        yield* subscriber.subscribe(own)
        if (channels === "one") yield* subscriber.subscribe(channel(""))
        const alive = Effect.gen(function* () {
          const sign = yield* Deferred.make<void>()
          signs.add(sign)
          yield* connection.publish(own, own)
          yield* Deferred.await(sign)
        })
        return {
          alive,
          lost: subscriber.lost,
          ...(channels === "each"
            ? {
                follow: (name: string) => subscriber.subscribe(channel(name)),
                unfollow: (name: string) => subscriber.unsubscribe(channel(name))
              }
            : {})
        } satisfies Listener
      })
  }
}

const conditionOf = (over: Option.Option<string> | undefined): readonly [string, string] => {
  if (over === undefined) return ["any", ""]
  return Option.isNone(over) ? ["none", ""] : ["is", over.value]
}
