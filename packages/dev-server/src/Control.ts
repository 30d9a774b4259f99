/**
 * The knobs of a running server. Each is applied in one synchronous step; requests that are under way keep what they
 * have already taken.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { JSONWebKeySet } from "jose"
import * as Authority from "./azure/Authority.js"
import * as AzureApi from "./azure/AzureApi.js"
import * as AzureControl from "./azure/AzureControl.js"
import * as AzureGrants from "./azure/AzureGrants.js"
import * as Faults from "./Faults.js"
import type * as Gates from "./Gates.js"
import * as Grants from "./Grants.js"
import type * as Meter from "./Meter.js"
import * as Reply from "./Reply.js"
import { isAzure, type On } from "./Request.js"
import { sampleServices } from "./SampleServices.js"
import { usernames, type World } from "./World.js"

export type { AzureCounts } from "./azure/Authority.js"
export type { AzureControl } from "./azure/AzureControl.js"
export type { Custom, Delay, Failure, Redirection, Stage, Target } from "./Faults.js"
export type { Gate } from "./Gates.js"
export type { Arrival, Counts } from "./Meter.js"
export type { Kind, On } from "./Request.js"

/**
 * What a test, the demo or the command line can do to a server. Plans are taken by requests in the order of their
 * arrival.
 */
export interface Control {
  /** Every access token has reached its end; refresh tokens live on. Answers how many were ended. */
  readonly expireAccessTokens: Effect.Effect<number>
  /** The access tokens of this user, or of everybody, are forgotten; refresh tokens live on. Answers how many. */
  readonly revokeAccessTokens: (username?: string) => Effect.Effect<number>
  /** The sessions of this user, or of everybody, are over, refresh tokens too. Answers how many. */
  readonly revokeSessions: (username?: string) => Effect.Effect<number>
  /** The next `times` API calls that carry a good token are answered 401 all the same. */
  readonly rejectNext: (times: number) => Effect.Effect<void>
  /** Requests are answered with a failure and nothing is done for them. */
  readonly failNext: (failure: Faults.Failure) => Effect.Effect<void>
  /** Requests are answered 200 with an HTML page and nothing is done for them. */
  readonly htmlNext: (target: Faults.Target) => Effect.Effect<void>
  /** Requests are sent elsewhere and nothing is done for them. */
  readonly redirectNext: (redirection: Faults.Redirection) => Effect.Effect<void>
  /** Requests are answered with exactly this and nothing is done for them. */
  readonly answerNext: (custom: Faults.Custom) => Effect.Effect<void>
  /** The work is done, and then the connection is cut without an answer. */
  readonly dropNext: (target: Faults.Target) => Effect.Effect<void>
  /** The work is done, headers and half of the body are sent, and nothing more comes. */
  readonly stallNext: (target: Faults.Target) => Effect.Effect<void>
  /** The next request (or `times` of them) is answered late. */
  readonly delayNext: (delay: Faults.Delay) => Effect.Effect<void>
  /** Every request (or the next `times`) is answered late, until `reset`. */
  readonly delay: (delay: Faults.Delay) => Effect.Effect<void>
  /**
   * Requests wait at a gate until it is released: before their work, or with their work done and their answer held
   * back.
   */
  readonly hold: (on: On, stage?: Faults.Stage) => Effect.Effect<Gates.Gate>
  /** Returns once `count` (one unless told) requests of this kind have arrived since the start or the last reset. */
  readonly awaitArrival: (on: On, count?: number) => Effect.Effect<void>
  /** Requests as they arrive, before anything is done for them. */
  readonly arrivals: Stream.Stream<Meter.Arrival>
  /** The server's clock goes this much further ahead. */
  readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** The server's clock is this much ahead of the machine's; a number is milliseconds and may be negative. */
  readonly setClockOffset: (offset: Duration.DurationInput) => Effect.Effect<void>
  /** The server's clock, epoch milliseconds. */
  readonly now: Effect.Effect<number>
  readonly counts: Effect.Effect<Meter.Counts>
  /** Everything is counted from zero again; sessions, plans and gates stay. */
  readonly resetCounts: Effect.Effect<void>
  /**
   * As after the start: nobody logged in, the sample services, no plans, open gates, the configured clock, counts at
   * zero.
   */
  readonly reset: Effect.Effect<void>
  /**
   * The keys that verify the server's own access tokens; none when they are opaque. The authority publishes its keys
   * itself, at `/{tenant}/discovery/keys`.
   */
  readonly publicKeys: JSONWebKeySet
  /** The knobs of the Azure Active Directory authority. */
  readonly azure: AzureControl.AzureControl
}

// Duration clamps negative numbers to zero, and a server's clock can be behind.
const signedMillis = (offset: Duration.DurationInput): number =>
  typeof offset === "number" ? offset : Duration.toMillis(offset)

/** Exactly one of the two has handed out tokens: the server, or the authority it trusts. */
const change = (
  world: World,
  ofServer: (state: Grants.State, now: number) => readonly [number, Grants.State],
  ofAuthority: (state: AzureGrants.State, now: number) => readonly [number, AzureGrants.State]
) =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const now = clock.unsafeCurrentTimeMillis() + world.clockOffset
      if (world.azure === undefined) {
        const [changed, next] = ofServer(world.grants, now)
        world.grants = next
        return changed
      }
      const [changed, next] = ofAuthority(world.azure.grants, now)
      world.azure.grants = next
      return changed
    })
  )

const sessions = (world: World) => ({
  expireAccessTokens: change(world, Grants.expireAccessTokens, AzureGrants.expireAccessTokens),
  revokeAccessTokens: (username?: string) =>
    change(
      world,
      (state) => Grants.revokeAccessTokens(state, username),
      (state) => AzureGrants.revokeAccessTokens(state, username)
    ),
  revokeSessions: (username?: string) =>
    change(
      world,
      (state) => Grants.revokeSessions(state, username),
      (state) => AzureGrants.revokeSessions(state, username)
    )
})

const told = (world: World, { kind, now, request }: Faults.Met, status: number): Reply.Answer =>
  world.azure !== undefined && isAzure(kind)
    ? AzureApi.planned(world.azure, request, now, status)
    : Faults.told(world.configuration.apiVersion, status)

const plans = (world: World) => {
  const plan = (target: Faults.Target, fault: () => Faults.Fault) =>
    Effect.sync(() => world.faults.plan(target, fault()))
  const answer = (target: Faults.Target, answer: (met: Faults.Met) => Reply.Answer) =>
    plan(target, () => ({ _tag: "Answer", answer }))
  return {
    rejectNext: (times: number) => Effect.sync(() => world.faults.reject(times)),
    failNext: (failure: Faults.Failure) =>
      answer(failure, (met) => Faults.failure(failure, () => told(world, met, failure.status))),
    htmlNext: (target: Faults.Target) => answer(target, () => Reply.html(200)),
    redirectNext: (redirection: Faults.Redirection) => answer(redirection, () => Faults.redirection(redirection)),
    answerNext: (custom: Faults.Custom) => answer(custom, () => Faults.custom(custom)),
    dropNext: (target: Faults.Target) => plan(target, () => ({ _tag: "Drop" })),
    stallNext: (target: Faults.Target) => plan(target, () => ({ _tag: "Stall" })),
    delayNext: (delay: Faults.Delay) => Effect.sync(() => world.faults.delay(delay, delay.times ?? 1)),
    delay: (delay: Faults.Delay) => Effect.sync(() => world.faults.delay(delay, delay.times ?? Infinity)),
    hold: (on: On, stage: Faults.Stage = "before") => Effect.sync(() => world.gates.close(on, stage))
  }
}

const restart = (world: World, now: number): void => {
  world.faults.clear()
  world.gates.openAll()
  world.meter.reset()
  world.grants = Grants.empty(world.configuration.lifetimes)
  if (world.azure !== undefined) Authority.restart(world.azure)
  world.clockOffset = world.configuration.clockOffset
  world.services = sampleServices(usernames(world), now + world.clockOffset)
}

const clock = (world: World) => ({
  advance: (duration: Duration.DurationInput) =>
    Effect.sync(() => {
      world.clockOffset += signedMillis(duration)
    }),
  setClockOffset: (offset: Duration.DurationInput) =>
    Effect.sync(() => {
      world.clockOffset = signedMillis(offset)
    }),
  now: Effect.map(Clock.currentTimeMillis, (now) => now + world.clockOffset)
})

/** The knobs of a world. */
export const make = (world: World): Control => ({
  ...sessions(world),
  ...plans(world),
  ...clock(world),
  awaitArrival: (on, count = 1) => world.meter.awaitArrival(on, count),
  arrivals: world.meter.arrivals,
  counts: Effect.sync(() => world.meter.read(world.grants.counts, Authority.counts(world.azure))),
  resetCounts: Effect.sync(() => {
    world.meter.reset()
    world.grants = Grants.resetCounts(world.grants)
    if (world.azure !== undefined) Authority.resetCounts(world.azure)
  }),
  reset: Effect.clockWith((clock) => Effect.sync(() => restart(world, clock.unsafeCurrentTimeMillis()))),
  publicKeys: world.tokens.publicKeys,
  azure: AzureControl.make(world.azure, () => world.clockOffset)
})
