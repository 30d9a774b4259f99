/** An engine in this process, for several stores at once, with the ways in which one on another machine fails. */
import { StoreEngine } from "@mlserver-auth/core"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** What all who use it share. */
export interface Place {
  readonly texts: Map<string, string>
  readonly leases: Map<string, { readonly owner: string; readonly until: number }>
  readonly ears: Set<(news: string) => void>
  /** Milliseconds. */
  now: number
}

export const place = (): Place => ({ texts: new Map(), leases: new Map(), ears: new Set(), now: 0 })

/** How one connection to it fails from now on. */
export interface Connection {
  readonly engine: StoreEngine.Engine
  /** "silent": nothing is done and nothing answered. "deaf": everything is done, and each answer is lost once. */
  trouble: "none" | "silent" | "refused" | "deaf"
}

const lost = new StoreEngine.EngineFailure({ problem: "connection lost", fix: "Look.", retryable: true })

const refused = new StoreEngine.EngineFailure({ problem: "not allowed", fix: "Look.", retryable: false })

export const connect = (shared: Place, options: { readonly listens?: boolean } = {}): Connection => {
  const unanswered = new Set<string>()
  const step = <A>(act: () => A, once = ""): Effect.Effect<A, StoreEngine.EngineFailure> =>
    Effect.suspend(() => {
      if (connection.trouble === "silent") return Effect.never
      if (connection.trouble === "refused") return Effect.fail(refused)
      const answer = act()
      if (connection.trouble !== "deaf" || unanswered.has(once)) return Effect.succeed(answer)
      unanswered.add(once)
      return Effect.fail(lost)
    })
  const tell = (news: string) => {
    for (const ear of shared.ears) ear(news)
  }
  const engine: StoreEngine.Engine = {
    place: "memory",
    read: (name) => step(() => shared.texts.get(name), `read ${name}`),
    change: ({ name, news, next, over }) =>
      step(() => {
        const found = shared.texts.get(name)
        if (over !== undefined && Option.getOrUndefined(over) !== found) return false
        if (next === undefined) shared.texts.delete(name)
        else shared.texts.set(name, next)
        tell(news)
        return true
      }, `change ${name} ${next}`),
    take: (name, owner, lease) =>
      step(() => {
        const holder = shared.leases.get(name)
        if (holder !== undefined && holder.owner !== owner && holder.until > shared.now)
          return holder.until - shared.now
        shared.leases.set(name, { owner, until: shared.now + lease })
        return 0
      }),
    release: (name, owner, news) =>
      step(() => {
        if (shared.leases.get(name)?.owner !== owner) return
        shared.leases.delete(name)
        tell(news)
      }),
    ...(options.listens === false
      ? {}
      : {
          listen: (heard) =>
            Effect.acquireRelease(
              step(() => {
                const ear = (news: string) => void (connection.trouble === "silent" || heard(news))
                shared.ears.add(ear)
                return ear
              }),
              (ear) => Effect.sync(() => shared.ears.delete(ear))
            ).pipe(Effect.as({ alive: step(() => undefined) }))
        })
  }
  const connection: Connection = { engine, trouble: "none" }
  return connection
}
