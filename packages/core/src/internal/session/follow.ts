/** What other programs do with the record, taken over while this one runs. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { StoreUnavailable } from "../../AuthError.js"
import * as Token from "../../Token.js"
import type { SessionMemory } from "./memory.js"
import { putBack } from "./keeping.js"
import { credentialOf, isFor, silentCredential } from "./silentCredential.js"
import type { Deps } from "./deps.js"

/**
 * Looks at the record at once, so that a program that begins, or a page that is loaded again, shows who is signed in; then
 * whenever it may have changed. A look that fails is no news: renewals look again by themselves.
 */
export const follow = (deps: Deps, memory: SessionMemory): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const signals = yield* deps.store.watch(deps.key)
    const next = Effect.zipRight(Effect.ignore(look(deps, memory)), Queue.take(signals))
    yield* Effect.forkScoped(Effect.forever(next))
  })

/** Takes over what the store has. */
export const look = (deps: Deps, memory: SessionMemory): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    const silent = yield* silentCredential(deps)
    // What the application supplies beats what is stored, and an end that was wished here lasts until a sign-in here.
    if (memory.ended || credentialOf(silent)?._tag === "AccessToken") return
    const { epoch, token: before } = memory
    const found = Option.getOrUndefined(yield* deps.store.read(deps.key))
    // What happened here meanwhile may be older or newer than what was read.
    if (memory.epoch !== epoch || memory.token !== before) return yield* look(deps, memory)
    memory.known = true
    if (found === undefined) return yield* gone(memory)
    if (before !== undefined && Token.isSame(found, before)) return
    if (memory.isAhead(found)) return yield* putBack(deps, memory, found)
    if (!isFor(found, silent)) return
    memory.follow(found)
    yield* Effect.logDebug("took over the token of another program")
  })

const gone = (memory: SessionMemory): Effect.Effect<void> => {
  if (memory.token === undefined || !memory.stored) return Effect.void
  memory.drop()
  return Effect.logDebug("another program ended the session")
}
