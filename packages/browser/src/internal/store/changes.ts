/** Tells watchers in this page and in other tabs that a record may have changed. Messages hold names, never tokens. */
import type { TokenKey } from "@mlserver-auth/core/TokenKey"
import * as TokenStore from "@mlserver-auth/core/TokenStore"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Changes {
  readonly watch: TokenStore.Service["watch"]
  /** Tells all watchers, here and in other tabs. */
  readonly announce: (key: TokenKey) => void
  /** Tells those in this page who watch the key of this id, or whichever key. */
  readonly heard: (id?: string) => void
}

/** Changes of one place, for as long as the scope. */
export const make = (place: string): Effect.Effect<Changes, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { signal, watch } = yield* TokenStore.makeWatchers
    const watched = new Map<string, TokenKey>()
    const heard = (id?: string): void => {
      for (const key of watched.values()) if (id === undefined || key.id === id) signal(key)
    }
    const channel = yield* Effect.acquireRelease(
      Effect.sync(() => open(place)),
      (opened) => Effect.sync(() => opened?.close())
    )
    channel?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") heard(data)
    })
    yield* listen("pageshow", (event) => {
      // A page that comes back from the cache of pages received no message while it was there.
      if ((event as PageTransitionEvent).persisted) heard()
    })
    return {
      watch: (key) =>
        Effect.zipRight(
          Effect.sync(() => watched.set(key.id, key)),
          watch(key)
        ),
      announce: (key) => {
        signal(key)
        channel?.postMessage(key.id)
      },
      heard
    }
  })

/** A frame in a sandbox is given none. */
const open = (place: string): BroadcastChannel | undefined => {
  try {
    return new BroadcastChannel(`mlserver-auth/${place}`)
  } catch {
    return undefined
  }
}

/** An event of the page or worker, for as long as the scope. */
export const listen = (name: string, listener: (event: Event) => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => globalThis.addEventListener?.(name, listener)),
    () => Effect.sync(() => globalThis.removeEventListener?.(name, listener))
  )
