/** Who has to know that a record may have changed: watchers in this page, and other tabs. Names travel, never tokens. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

export interface Changes {
  /** Tells everybody, here and in other tabs. */
  readonly announce: (name: string) => void
  /** Tells those in this page; of everything, without a name. */
  readonly heard: (name?: string) => void
  /** Several signals that nobody has taken yet are one. */
  readonly watch: (name: string) => Effect.Effect<Queue.Dequeue<void>, never, Scope.Scope>
}

interface Watcher {
  readonly name: string
  readonly signals: Queue.Queue<void>
}

/** Changes of one place, for as long as the scope; without a name, of a place that is this tab's own. */
export const make = (shared?: string): Effect.Effect<Changes, never, Scope.Scope> =>
  Effect.gen(function* () {
    const watchers = new Set<Watcher>()
    const heard = (name?: string): void => {
      for (const watcher of watchers) {
        if (name === undefined || watcher.name === name) watcher.signals.unsafeOffer(undefined)
      }
    }
    const channel = yield* Effect.acquireRelease(
      Effect.sync(() => (shared === undefined ? undefined : open(shared))),
      (opened) => Effect.sync(() => opened?.close())
    )
    channel?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") heard(data)
    })
    yield* listen("pageshow", (event) => {
      // A page that comes back from the cache of pages was told nothing while it lay there.
      if ((event as PageTransitionEvent).persisted) heard()
    })
    return {
      announce: (name) => {
        heard(name)
        channel?.postMessage(name)
      },
      heard,
      watch: (name) =>
        Effect.map(
          Effect.acquireRelease(
            Effect.map(Queue.sliding<void>(1), (signals) => {
              const watcher: Watcher = { name, signals }
              watchers.add(watcher)
              return watcher
            }),
            (watcher) =>
              Effect.zipRight(
                Effect.sync(() => watchers.delete(watcher)),
                watcher.signals.shutdown
              )
          ),
          ({ signals }) => signals
        )
    }
  })

/** A sandboxed frame has none, and throws. */
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
