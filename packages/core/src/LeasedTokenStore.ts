/**
 * A `TokenStore` on an engine that many machines share: compare-and-set, one renewal at a time, news of changes and time
 * limits, once for every engine. `@mlserver-auth/redis` and `@mlserver-auth/sql` are such engines; another one is five functions.
 *
 * Who may renew has a lease by the engine's clock, which signs of life keep up. A lease is no lock: a machine that stands still
 * for longer than its lease may find another one at work when it goes on. Then the compare-and-set of `write` keeps the older of
 * two records from replacing the newer; it cannot take back what was sent to the issuer.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import type * as Scope from "effect/Scope"
import type { ConfigurationInvalid } from "./AuthError.js"
import { Bounds } from "./internal/shared/bounds.js"
import * as Leases from "./internal/shared/leases.js"
import * as News from "./internal/shared/news.js"
import * as Records from "./internal/shared/records.js"
import * as RecordCodec from "./RecordCodec.js"
import type { Engine } from "./StoreEngine.js"
import type * as TokenStore from "./TokenStore.js"

/** Options: the keys that encrypt records, and limits of time. */
export interface Options extends RecordCodec.Options {
  /**
   * How long the engine keeps the place of a program that went silent while it renewed. Longer: a machine that stands still has more
   * time to come back. Shorter: the others wait less after a crash. Default: 15 seconds.
   */
  readonly lease?: Duration.DurationInput | undefined
  /** How long `exclusive` waits for another program that is in it. Default: 30 seconds. */
  readonly lockTimeout?: Duration.DurationInput | undefined
  /** How long one step of the engine may take, attempts to reach it again included. Default: 5 seconds. */
  readonly timeLimit?: Duration.DurationInput | undefined
  /** After how long a record goes that nothing replaced. Default: 90 days, after which no refresh token lives. */
  readonly timeToLive?: Duration.DurationInput | undefined
  /** How often it is proved that news still arrive. Default: 10 seconds. */
  readonly heartbeat?: Duration.DurationInput | undefined
}

/**
 * A store on an engine, which does all that `TokenStore` demands. What it cannot keep, it says: `StoreUnavailable`, naming
 * the engine, within `timeLimit`; `exclusive` within `lockTimeout`. Without `keys` it warns once that tokens are in clear.
 *
 * @example
 * import { LeasedTokenStore, type StoreEngine, TokenStore } from "@mlserver-auth/core"
 * import * as Layer from "effect/Layer"
 *
 * declare const engine: StoreEngine.Engine
 *
 * const Store = Layer.scoped(TokenStore.TokenStore, LeasedTokenStore.make(engine, { lease: "20 seconds" }))
 */
export const make = (
  engine: Engine,
  options: Options = {}
): Effect.Effect<TokenStore.Service, ConfigurationInvalid, Scope.Scope> =>
  Effect.gen(function* () {
    const codec = yield* RecordCodec.make(options)
    const bounds = new Bounds(engine.place, millis(options.timeLimit, "5 seconds"))
    const news = yield* News.make(engine, bounds, millis(options.heartbeat, "10 seconds"))
    const exclusive = yield* Leases.make(engine, bounds, news, {
      lease: millis(options.lease, "15 seconds"),
      patience: millis(options.lockTimeout, "30 seconds")
    })
    const timeToLive = millis(options.timeToLive, "90 days")
    const records = Records.make({ engine, bounds, codec, news, timeToLive })
    if (!codec.seals) yield* warnOnce(engine.place)
    return { ...records, exclusive, watch: news.watch, follow: news.follow }
  })

const warned = globalValue(Symbol.for("@mlserver-auth/core/LeasedTokenStore/warned"), () => new Set<string>())

/** Once in a program, however many stores it makes. */
const warnOnce = (place: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (warned.has(place)) return Effect.void
    warned.add(place)
    return Effect.logWarning(
      `token store in ${place}: no key was given, so tokens are in clear for who can read it. Give \`keys\`.`
    )
  })

const millis = (given: Duration.DurationInput | undefined, otherwise: Duration.DurationInput): number =>
  Duration.toMillis(given ?? otherwise)
