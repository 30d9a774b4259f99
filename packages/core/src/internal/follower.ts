/** What other programs do with the record, taken over while this one runs. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { StoreUnavailable } from "../AuthError.js"
import * as Token from "../Token.js"
import type { Held } from "./held.js"
import { credentialOf, isFor, offerOf } from "./offer.js"
import type { Parts } from "./parts.js"

/**
 * Looks at the record at once, so that a program that begins, or a page that is loaded again, shows who is signed in; then
 * whenever it may have changed. A look that fails is no news: renewals look again by themselves.
 */
export const follow = (parts: Parts, held: Held): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const signals = yield* parts.store.watch(parts.key)
    const next = Effect.zipRight(Effect.ignore(look(parts, held)), Queue.take(signals))
    yield* Effect.forkScoped(Effect.forever(next))
  })

const look = (parts: Parts, held: Held): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const offer = yield* offerOf(parts)
    // What the application supplies beats what is stored, and an end that was wished here lasts until a sign-in here.
    if (held.ended || credentialOf(offer)?._tag === "AccessToken") return
    const { epoch, token: before } = held
    const found = Option.getOrUndefined(yield* parts.store.read(parts.key))
    // What happened here meanwhile may be older or newer than what was read.
    if (held.epoch !== epoch || held.token !== before) return yield* look(parts, held)
    if (found === undefined) return yield* gone(held)
    if (before !== undefined && Token.isSame(found, before)) return
    if (held.isAhead(found)) return
    if (!isFor(found, offer)) return
    held.follow(found)
    yield* Effect.logDebug("took over the token that another program stored")
  })

const gone = (held: Held): Effect.Effect<void> => {
  if (held.token === undefined || !held.stored) return Effect.void
  held.drop()
  return Effect.logDebug("another program ended the session")
}
