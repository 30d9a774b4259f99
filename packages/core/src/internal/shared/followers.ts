/** Those who follow many keys with one subscription. Not in `TokenStore.makeWatchers`, which pages load. */
import * as Effect from "effect/Effect"
import type { TokenKey } from "../../TokenKey.js"
import type { Following, Service } from "../../TokenStore.js"
import type { Wanted } from "./wanted.js"
import { nameOf } from "../../RecordCodec.js"

/** One subscription. */
interface Follower {
  readonly changed: (key: TokenKey) => void
  /** Each with its name. */
  readonly keys: Map<string, { readonly key: TokenKey; readonly name: string }>
}

export interface Followers {
  readonly follow: NonNullable<Service["follow"]>
  readonly signal: (key: TokenKey) => void
  readonly signalAll: () => void
}

export const make = (wanted: Wanted): Followers => {
  const all = new Set<Follower>()
  return {
    follow: (changed) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const follower: Follower = { changed, keys: new Map() }
            all.add(follower)
            return follower
          }),
          (follower) => {
            all.delete(follower)
            return Effect.forEach(follower.keys.values(), ({ name }) => wanted.end(name), { discard: true })
          }
        ),
        ({ keys }) => followingOf(keys, wanted)
      ),
    signal: ({ id }) => {
      for (const { changed, keys } of all) {
        const found = keys.get(id)
        if (found !== undefined) changed(found.key)
      }
    },
    signalAll: () => {
      for (const { changed, keys } of all) for (const { key } of keys.values()) changed(key)
    }
  }
}

const followingOf = (keys: Follower["keys"], wanted: Wanted): Following => ({
  add: (key) =>
    Effect.gen(function* () {
      const { id } = key
      if (keys.has(id)) return
      const name = yield* nameOf(key)
      if (keys.has(id)) return
      keys.set(id, { key, name })
      yield* wanted.begin(name, key)
    }),
  remove: ({ id }) =>
    Effect.suspend(() => {
      const found = keys.get(id)
      if (found === undefined) return Effect.void
      keys.delete(id)
      return wanted.end(found.name)
    })
})
