/** The first thing one writes with Effect: the pair in a Ref, the time from Clock, a generator around both. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { Pair } from "./handWrittenKeeper.js"

/** The header of the pair in the ref, renewed if it must be. */
export const authorization = (
  held: Ref.Ref<Pair>,
  renew: (refreshToken: string) => Effect.Effect<Pair>
): Effect.Effect<Redacted.Redacted<string>> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const pair = yield* Ref.get(held)
    if (now < pair.expiresAt - 300_000) return Redacted.make(`Bearer ${pair.accessToken}`)
    const next = yield* renew(pair.refreshToken)
    yield* Ref.set(held, next)
    return Redacted.make(`Bearer ${next.accessToken}`)
  })
