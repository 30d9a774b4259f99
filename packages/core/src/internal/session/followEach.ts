/** `follow` for a store that has `watch` alone, as those of a page have: a fiber for each key. Not in the stores, which pages load. */
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import type { Service } from "../../TokenStore.js"

export const followEach =
  ({ watch }: Service): NonNullable<Service["follow"]> =>
  (changed) =>
    Effect.map(Effect.scope, (all) => {
      const followed = new Map<string, Scope.CloseableScope>()
      return {
        add: (key) =>
          Effect.gen(function* () {
            if (followed.has(key.id)) return
            const own = yield* Scope.fork(all, ExecutionStrategy.sequential)
            followed.set(key.id, own)
            const signals = yield* Scope.extend(watch(key), own)
            const tell = Effect.sync(() => changed(key))
            yield* Effect.forkIn(Effect.interruptible(Effect.forever(Effect.zipRight(Queue.take(signals), tell))), own)
          }),
        remove: ({ id }) =>
          Effect.suspend(() => {
            const own = followed.get(id)
            followed.delete(id)
            return own === undefined ? Effect.void : Scope.close(own, Exit.void)
          })
      }
    })
