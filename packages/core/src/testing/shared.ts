/** Checks of two stores on one engine: a store that keeps to itself passes all others, and loses sessions. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { StoreUnavailable } from "../AuthError.js"
import type * as TokenStore from "../TokenStore.js"
import { ContractBroken, expect, key, same, token } from "./check.js"

/** One check of two stores, as two programs have them: each with its own connection, handle or memory. */
export interface SharedCheck {
  readonly name: string
  readonly run: (
    one: TokenStore.Service,
    other: TokenStore.Service
  ) => Effect.Effect<void, ContractBroken | StoreUnavailable>
}

const untold = new ContractBroken({ message: "a write of the other store was not heard of within ten seconds" })

/**
 * The checks for stores that several programs share. Leave them out for a store that does not.
 *
 * @example
 * import { it } from "@effect/vitest"
 * import type { TokenStore } from "@mlserver-auth/core"
 * import { TokenStoreContract } from "@mlserver-auth/core/testing"
 * import * as Effect from "effect/Effect"
 * import type * as Scope from "effect/Scope"
 *
 * declare const open: Effect.Effect<TokenStore.Service, never, Scope.Scope>
 *
 * for (const check of TokenStoreContract.sharedChecks) {
 *   it.scopedLive(check.name, () => Effect.flatMap(Effect.all([open, open]), ([one, other]) => check.run(one, other)))
 * }
 */
export const sharedChecks: ReadonlyArray<SharedCheck> = [
  {
    name: "what one wrote the other reads, and a removal too",
    run: (one, other) =>
      Effect.gen(function* () {
        const shared = key("shared")
        yield* one.write(shared, token("shared"))
        yield* expect(same(yield* other.read(shared), token("shared")), "the other store does not have the record")
        yield* other.remove(shared)
        yield* expect(Option.isNone(yield* one.read(shared)), "a record that the other removed is still there")
      })
  },
  {
    name: "of two conditional writes at once one is done, a hundred times",
    run: (one, other) =>
      Effect.forEach(
        Array.from({ length: 100 }, (_, at) => at),
        (at) =>
          Effect.gen(function* () {
            const raced = key(`raced-${at}`)
            yield* one.write(raced, token("start"))
            const over = Option.some(token("start"))
            const writes = [one.write(raced, token("one"), over), other.write(raced, token("other"), over)]
            const done = (yield* Effect.all(writes, { concurrency: 2 })).filter(Boolean).length
            yield* expect(done === 1, `${done} of two conditional writes were done`)
          }),
        { discard: true }
      )
  },
  {
    name: "a section of one keeps the other out, until it ends",
    run: (one, other) =>
      Effect.gen(function* () {
        const section = key("section")
        const entered = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        let isInside = false
        const inside = Effect.sync(() => (isInside = true)).pipe(
          Effect.zipRight(Deferred.succeed(entered, undefined)),
          Effect.zipRight(Deferred.await(leave)),
          Effect.ensuring(Effect.sync(() => (isInside = false)))
        )
        const first = yield* Effect.fork(one.exclusive(section)(inside))
        yield* Deferred.await(entered)
        const second = yield* Effect.fork(other.exclusive(section)(Effect.sync(() => isInside)))
        // As long as a store needs that lets both in; one that keeps them apart passes however slow it is.
        yield* Effect.exit(Effect.timeoutOption(Effect.asVoid(other.read(section)), "1 second"))
        yield* Effect.repeatN(Effect.yieldNow(), 100)
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(first)
        yield* expect(!(yield* Fiber.join(second)), "both were in the section at once")
      })
  },
  {
    name: "a watcher hears of the other's write",
    run: (one, other) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signals = yield* one.watch(key("watched-by-another"))
          yield* other.write(key("watched-by-another"), token("watched"))
          yield* Effect.timeoutFail(Queue.take(signals), { duration: "10 seconds", onTimeout: () => untold })
        })
      )
  }
]
