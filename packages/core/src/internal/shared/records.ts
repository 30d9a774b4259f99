/** Token records on an engine: what one says, and how it is changed while others change it too. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { StoreUnavailable } from "../../AuthError.js"
import type { Engine } from "../../StoreEngine.js"
import { type Decoded, nameOf, type RecordCodec } from "../../RecordCodec.js"
import { isSame, type Token } from "../../Token.js"
import type { TokenKey } from "../../TokenKey.js"
import * as TokenStore from "../../TokenStore.js"
import type { Bounds, Operation } from "./bounds.js"
import type { News } from "./news.js"

export interface Store {
  readonly engine: Engine
  readonly bounds: Bounds
  readonly codec: RecordCodec
  readonly news: News
  /** Milliseconds. */
  readonly timeToLive: number
}

export const make = (store: Store): Pick<TokenStore.Service, "read" | "write" | "remove"> => ({
  read: (key) => Effect.flatMap(look(store, "read", key), (found) => tokenOf(store, "read", found)),
  write: (key, token, over) =>
    over === undefined
      ? Effect.flatMap(store.codec.encode(key, token), (text) => changed(store, "write", key, undefined, text)).pipe(
          Effect.uninterruptible
        )
      : update(store, "write", key, (found) => {
          // What no program can decode stands for no record, and so does what only another's key opens, if none is expected.
          const isNone =
            found.decoded === undefined || found.decoded._tag === "Corrupt" || found.decoded._tag === "OtherKey"
          if (Option.isNone(over) && isNone) return Effect.succeed({ token })
          return Effect.map(tokenOf(store, "write", found), (held) =>
            TokenStore.isStill(held, over) ? { token } : undefined
          )
        }),
  remove: (key, only) =>
    update(store, "remove", key, (found) => {
      if (only === undefined) {
        return found.decoded?._tag === "Newer" ? Effect.fail(refused(store, "remove", "Newer")) : Effect.succeed(GONE)
      }
      return Effect.map(tokenOf(store, "remove", found), (held) =>
        Option.isNone(held) || isSame(held.value, only) ? GONE : undefined
      )
    })
})

interface Next {
  /** `undefined`: no record. */
  readonly token: Token | undefined
}

const GONE: Next = { token: undefined }

interface Found {
  readonly text: string | undefined
  readonly decoded: Decoded | undefined
}

const look = (
  { bounds, codec, engine }: Store,
  operation: Operation,
  key: TokenKey
): Effect.Effect<Found, StoreUnavailable> =>
  Effect.gen(function* () {
    const text = yield* bounds.step(operation, engine.read(yield* nameOf(key)))
    return { text, decoded: text === undefined ? undefined : yield* codec.decode(key, text) }
  })

const tokenOf = (
  store: Store,
  operation: Operation,
  { decoded }: Found
): Effect.Effect<Option.Option<Token>, StoreUnavailable> => {
  if (decoded === undefined || decoded._tag === "Corrupt") return Effect.succeedNone
  return decoded._tag === "Record" ? Effect.succeedSome(decoded.token) : refused(store, operation, decoded._tag)
}

const WORDS = {
  Clear: [
    "a record is in clear, and this program is set up to seal its records",
    'Sign in again, which replaces it, or give `clear: "read"`.'
  ],
  OtherKey: [
    "a record was sealed with a key that was not given",
    "Give that key too, after the one that seals, or sign in again to replace the record."
  ],
  Newer: ["a record was written by a newer version of this program", "Update this program, or give it another place."]
} as const

/** Left alone rather than removed: a wrong setting must not sign users out. */
const refused = ({ bounds }: Store, operation: Operation, why: keyof typeof WORDS): StoreUnavailable => {
  const [problem, fix] = WORDS[why]
  return bounds.unavailable(operation, { problem, fix, retryable: false })
}

/** Looked at, decided, changed if it is still the same, else once more. Once begun, it ends: a token that is not saved is lost. */
const update = (
  store: Store,
  operation: "write" | "remove",
  key: TokenKey,
  decide: (found: Found) => Effect.Effect<Next | undefined, StoreUnavailable>
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    let ours: string | undefined
    for (;;) {
      const found = yield* look(store, operation, key)
      // A change whose answer was lost, and which was asked for again, finds itself.
      if (ours !== undefined && found.text === ours) return true
      const next = yield* decide(found)
      if (next === undefined) return false
      if (found.text === undefined && next.token === undefined) return true
      ours = yield* textOf(store, key, next)
      if (yield* changed(store, operation, key, Option.fromNullable(found.text), ours)) return true
    }
  }).pipe(Effect.uninterruptible)

const textOf = ({ codec }: Store, key: TokenKey, { token }: Next): Effect.Effect<string | undefined> =>
  token === undefined ? Effect.succeed(undefined) : codec.encode(key, token)

const changed = (
  { bounds, engine, news, timeToLive }: Store,
  operation: "write" | "remove",
  key: TokenKey,
  over: Option.Option<string> | undefined,
  next: string | undefined
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const name = yield* nameOf(key)
    const change = engine.change({ name, over, next, timeToLive, news: news.changed(name) })
    const done = yield* bounds.step(operation, change)
    if (done) news.signal(key)
    return done
  })
