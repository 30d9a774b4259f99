/**
 * What reached the server and what became of it: numbers and names of doors, never a token, a password or a body.
 */
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as Gates from "./Gates.js"
import type * as Grants from "../Grants.js"
import type { AzureCounts } from "../azure/Authority.js"
import type { Kind, On } from "../http/Request.js"

/**
 * A request has reached the server, which has not started the work. `path` is without its query, and ends at the door of a
 * revocation.
 */
export interface Arrival {
  readonly on: Kind
  readonly method: string
  readonly path: string
}

/** Everything counted since the start or the last reset. */
export interface Counts extends Grants.Counts {
  /** Requests of any kind that arrived. */
  readonly requests: number
  /** Log-ins answered 401: a wrong name or password. */
  readonly loginsRefused: number
  /** API requests that were answered, whatever the answer. */
  readonly api: number
  /** API requests answered 401. */
  readonly unauthorized: number
  /** API requests answered 403. */
  readonly forbidden: number
  /** Requests whose connection was cut after the work. */
  readonly dropped: number
  /** Requests at the server now, and the most there ever were at once. */
  readonly inFlight: number
  readonly inFlightHighWater: number
  /** Connections accepted; none in process. */
  readonly connections: number
  /** What happened at the Azure Active Directory authority; all 0 where there is none. */
  readonly azure: AzureCounts
}

/** The counters of one server. */
export interface Meter {
  readonly arrived: (kind: Kind, method: string, path: string) => void
  readonly answered: (kind: Kind, status: number) => void
  readonly left: () => void
  readonly loginRefused: () => void
  readonly dropped: () => void
  readonly connected: () => void
  readonly read: (grants: Grants.Counts, azure: AzureCounts) => Counts
  readonly reset: () => void
  readonly arrivals: Stream.Stream<Arrival>
  readonly awaitArrival: (on: On, count: number) => Effect.Effect<void>
}

const zero = () => ({
  requests: 0,
  loginsRefused: 0,
  api: 0,
  unauthorized: 0,
  forbidden: 0,
  dropped: 0,
  connections: 0
})

// The older form of a revocation has the refresh token in its path, and the question for a realm has a person's name.
const tellTale = /^(.*?\/(?:refreshToken|userrealm))\b/i

const withoutSecrets = (path: string): string => tellTale.exec(path)?.[1] ?? path

const makeTallies = (): Record<On, Gates.Tally> => ({
  login: Gates.makeTally(),
  refresh: Gates.makeTally(),
  revoke: Gates.makeTally(),
  api: Gates.makeTally(),
  azureToken: Gates.makeTally(),
  azureRefresh: Gates.makeTally(),
  azureCode: Gates.makeTally(),
  authorizePage: Gates.makeTally(),
  deviceCode: Gates.makeTally(),
  devicePoll: Gates.makeTally(),
  devicePage: Gates.makeTally(),
  realm: Gates.makeTally(),
  azureMetadata: Gates.makeTally(),
  any: Gates.makeTally()
})

/** All counters at nought. */
export const make: Effect.Effect<Meter> = Effect.map(PubSub.unbounded<Arrival>(), (pubsub) => {
  let it = zero()
  let inFlight = 0
  let highWater = 0
  let listeners = 0
  const tallies = makeTallies()
  const listening = Effect.acquireRelease(
    Effect.sync(() => void listeners++),
    () => Effect.sync(() => void listeners--)
  )
  return {
    arrived: (kind, method, path) => {
      it.requests += 1
      inFlight += 1
      if (inFlight > highWater) highWater = inFlight
      if (listeners > 0) pubsub.unsafeOffer({ on: kind, method, path: withoutSecrets(path) })
      tallies[kind].add()
      tallies.any.add()
    },
    answered: (kind, status) => {
      if (kind !== "api") return
      it.api += 1
      if (status === 401) it.unauthorized += 1
      if (status === 403) it.forbidden += 1
    },
    left: () => void inFlight--,
    loginRefused: () => void it.loginsRefused++,
    dropped: () => void it.dropped++,
    connected: () => void it.connections++,
    read: (grants, azure) => ({ ...grants, ...it, inFlight, inFlightHighWater: highWater, azure }),
    reset: () => {
      it = zero()
      highWater = inFlight
      for (const tally of Object.values(tallies)) tally.reset()
    },
    arrivals: Stream.unwrapScoped(
      Effect.map(Effect.zipRight(listening, PubSub.subscribe(pubsub)), (queue) => Stream.fromQueue(queue))
    ),
    awaitArrival: (on, count) => tallies[on].awaitAtLeast(count)
  }
})
