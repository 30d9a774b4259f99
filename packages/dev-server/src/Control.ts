/**
 * The knobs of a running server. Each takes effect in one synchronous step. Requests that have already begun are not
 * changed.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { JSONWebKeySet } from "jose"
import type * as AzureControl from "./azure/AzureControl.js"
import type * as Faults from "./control/Faults.js"
import type * as Gates from "./control/Gates.js"
import type * as Meter from "./control/Meter.js"
import type { On } from "./http/Request.js"

export type { AzureCounts } from "./azure/Authority.js"
export type { AzureControl } from "./azure/AzureControl.js"
export type { Custom, Delay, Failure, Redirection, Stage, Target } from "./control/Faults.js"
export type { Gate } from "./control/Gates.js"
export type { Arrival, Counts } from "./control/Meter.js"
export type { Kind, On } from "./http/Request.js"

/**
 * What a test, the demo or the command line can change in a server: `control` of `DevServer.Service`. A plan (`…Next`) is for
 * the next requests of its kind, in the order of their arrival. A kind is `login`, `refresh`, `revoke`, `api`, a door of Azure
 * (`azureToken`, `devicePoll`, …) or `any`; without `times` a plan is for one request.
 *
 * @example
 * import { DevServer } from "@mlserver-auth/dev-server"
 * import * as Effect from "effect/Effect"
 *
 * // The next renewal is answered 503, and the one after it waits until the test lets it go.
 * const unlucky = Effect.gen(function* () {
 *   const { control } = yield* DevServer.DevServer
 *   yield* control.expireAccessTokens
 *   yield* control.failNext({ on: "refresh", status: 503, retryAfter: 1 })
 *   const gate = yield* control.hold("refresh", "after")
 *   // … calls of your program …
 *   yield* gate.awaitWaiting()
 *   yield* gate.release
 *   return (yield* control.counts).refreshes
 * })
 */
export interface Control {
  /** Ends every access token now; refresh tokens live on. Returns how many it ended. */
  readonly expireAccessTokens: Effect.Effect<number>
  /** Forgets the access tokens of this user, or of all users; refresh tokens live on. Returns how many. */
  readonly revokeAccessTokens: (username?: string) => Effect.Effect<number>
  /** Ends the sessions of this user, or of all users, refresh tokens too. Returns how many. */
  readonly revokeSessions: (username?: string) => Effect.Effect<number>
  /** Answers the next `times` API calls that carry a good token with 401. */
  readonly rejectNext: (times: number) => Effect.Effect<void>
  /** Answers requests with a failure, and does nothing for them. */
  readonly failNext: (failure: Faults.Failure) => Effect.Effect<void>
  /** Answers requests with 200 and an HTML page, and does nothing for them. */
  readonly htmlNext: (target: Faults.Target) => Effect.Effect<void>
  /** Answers requests with a redirect, and does nothing for them. */
  readonly redirectNext: (redirection: Faults.Redirection) => Effect.Effect<void>
  /** Answers requests with exactly this, and does nothing for them. */
  readonly answerNext: (custom: Faults.Custom) => Effect.Effect<void>
  /** Does the work, and then cuts the connection without an answer. */
  readonly dropNext: (target: Faults.Target) => Effect.Effect<void>
  /** Does the work, sends headers and half of the body, and then nothing more. */
  readonly stallNext: (target: Faults.Target) => Effect.Effect<void>
  /** Answers every request (or the next `times`) late, until `reset`. */
  readonly delay: (delay: Faults.Delay) => Effect.Effect<void>
  /**
   * Makes requests wait at a gate until it is released: before their work, or with their work done and their answer held
   * back. Default of `stage`: "before".
   */
  readonly hold: (on: On, stage?: Faults.Stage) => Effect.Effect<Gates.Gate>
  /** Returns once `count` (default: one) requests of this kind have arrived since the start or the last reset. */
  readonly awaitArrival: (on: On, count?: number) => Effect.Effect<void>
  /** Requests as they arrive, before anything is done for them. */
  readonly arrivals: Stream.Stream<Meter.Arrival>
  /** Moves the server's clock this much further ahead. */
  readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  /** Sets how much the server's clock is ahead of the machine's; a number is milliseconds and may be negative. */
  readonly setClockOffset: (offset: Duration.DurationInput) => Effect.Effect<void>
  /** The server's clock, epoch milliseconds. */
  readonly now: Effect.Effect<number>
  /** What arrived and was done since the start or the last reset. */
  readonly counts: Effect.Effect<Meter.Counts>
  /** Counts everything from zero again; sessions, plans and gates stay. */
  readonly resetCounts: Effect.Effect<void>
  /**
   * As after the start: no log-ins, the sample services, no plans, open gates, the configured clock, counts at
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
