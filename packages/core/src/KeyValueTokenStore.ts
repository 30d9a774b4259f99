/**
 * Tokens in a `KeyValueStore` of `@effect/platform`, for one program at a time.
 *
 * Such a store can neither compare and set nor lock between programs: two programs on one of them renew with the same refresh token,
 * and the session ends. `FileTokenStore` of `@mlserver-auth/node` does it on a disk, `@mlserver-auth/redis` and `@mlserver-auth/sql` across machines.
 */
import type { PlatformError } from "@effect/platform/Error"
import { KeyValueStore } from "@effect/platform/KeyValueStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type ConfigurationInvalid, StoreUnavailable } from "./AuthError.js"
import * as RecordCodec from "./RecordCodec.js"
import * as TimeLimit from "./TimeLimit.js"
import { isSame, type Token } from "./Token.js"
import type { TokenKey } from "./TokenKey.js"
import * as TokenStore from "./TokenStore.js"

/** Options: the keys that encrypt records. */
export interface Options extends RecordCodec.Options {
  /** Begins the name of every record; the rest is a hash of its key. Default: "mlserver-auth-". */
  readonly prefix?: string | undefined
  /** How long one step of the `KeyValueStore` may take. Default: 5 seconds. */
  readonly timeLimit?: Duration.DurationInput | undefined
}

type Operation = StoreUnavailable["operation"]

/**
 * A store on the context's `KeyValueStore`. What the port says of one program holds; nothing of it holds for a second one. Without
 * `keys` the tokens are in clear. Fails with `ConfigurationInvalid` for a key that does not have 32 bytes; its operations fail with
 * `StoreUnavailable` where the `KeyValueStore` fails, or is silent for `timeLimit`.
 *
 * @example
 * import { KeyValueTokenStore, type RecordCodec, TokenStore } from "@mlserver-auth/core"
 * import * as Layer from "effect/Layer"
 *
 * const Store = (key: RecordCodec.SealingKey) =>
 *   Layer.effect(TokenStore.TokenStore, KeyValueTokenStore.make({ prefix: "scoring-", keys: [key] }))
 */
export const make = (options: Options = {}): Effect.Effect<TokenStore.Service, ConfigurationInvalid, KeyValueStore> =>
  Effect.gen(function* () {
    const values = yield* KeyValueStore
    const codec = yield* RecordCodec.make(options)
    const { signal, watch } = yield* TokenStore.makeWatchers
    // A change is a look and a write, with nothing of this program between.
    const turn = yield* TokenStore.makeExclusive
    const nameOf = (key: TokenKey) =>
      Effect.map(RecordCodec.nameOf(key), (name) => `${options.prefix ?? "mlserver-auth-"}${name}`)
    const limit = Duration.decode(options.timeLimit ?? "5 seconds")
    // Sessions save where they cannot be interrupted.
    const bounded = <A>(operation: Operation, step: Effect.Effect<A, PlatformError>) =>
      Effect.mapError(step, failed(operation)).pipe(
        TimeLimit.timeoutFail({ duration: limit, onTimeout: () => silent(operation, limit) })
      )
    const look = (operation: Operation, key: TokenKey) =>
      Effect.gen(function* () {
        const text = yield* bounded(operation, values.get(yield* nameOf(key)))
        const decoded = Option.isNone(text) ? undefined : yield* codec.decode(key, text.value)
        if (decoded === undefined || decoded._tag === "Corrupt") return Option.none<Token>()
        return decoded._tag === "Record" ? Option.some(decoded.token) : yield* refused(operation, decoded._tag)
      })
    const put = (key: TokenKey, token: Token) =>
      Effect.gen(function* () {
        const text = yield* codec.encode(key, token)
        yield* bounded("write", values.set(yield* nameOf(key), text))
        signal(key)
        return true
      })
    const drop = (key: TokenKey) =>
      Effect.gen(function* () {
        yield* bounded("remove", values.remove(yield* nameOf(key)))
        signal(key)
        return true
      })
    return {
      read: (key) => look("read", key),
      write: (key, token, over) =>
        Effect.flatMap(
          over === undefined
            ? Effect.succeed(true)
            : Effect.map(look("write", key), (found) => TokenStore.isStill(found, over)),
          (still) => (still ? put(key, token) : Effect.succeed(false))
        ).pipe(turn(key), Effect.uninterruptible),
      remove: (key, only) =>
        Effect.flatMap(only === undefined ? Effect.succeedNone : look("remove", key), (found) =>
          only !== undefined && Option.isSome(found) && !isSame(found.value, only) ? Effect.succeed(false) : drop(key)
        ).pipe(turn(key), Effect.uninterruptible),
      exclusive: yield* TokenStore.makeExclusive,
      watch
    }
  })

/** By its kind alone: a description may quote what was to be stored. */
const failed =
  (operation: Operation) =>
  (error: PlatformError): StoreUnavailable =>
    new StoreUnavailable({
      operation,
      problem: `the KeyValueStore failed (${error._tag === "SystemError" ? error.reason : error._tag})`,
      fix: "See what it stands on: the disk, the folder, its rights.",
      retryable: true
    })

const silent = (operation: Operation, limit: Duration.Duration): StoreUnavailable =>
  new StoreUnavailable({
    operation,
    problem: `the KeyValueStore gave no answer in ${Duration.toSeconds(limit)} seconds`,
    fix: "See what it stands on: the disk, the folder, the network.",
    retryable: true
  })

const refused = (operation: Operation, why: "Clear" | "OtherKey" | "Newer"): StoreUnavailable =>
  new StoreUnavailable({
    operation,
    problem: `a record in the KeyValueStore cannot be used (${why})`,
    fix: 'Give the key that sealed it, update this program, or give `clear: "read"`; or sign in again, which replaces it.',
    retryable: false
  })

/**
 * The store as a layer. Fails as `make` does.
 *
 * @example
 * import { KeyValueTokenStore } from "@mlserver-auth/core"
 * import * as KeyValueStore from "@effect/platform/KeyValueStore"
 * import * as Layer from "effect/Layer"
 *
 * const Store = KeyValueTokenStore.layer().pipe(Layer.provide(KeyValueStore.layerMemory))
 */
export const layer = (options: Options = {}): Layer.Layer<TokenStore.TokenStore, ConfigurationInvalid, KeyValueStore> =>
  Layer.effect(TokenStore.TokenStore, make(options))
