/** How each knob of `Control` works on a world. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Authority from "../azure/Authority.js"
import * as AzureApi from "../azure/AzureApi.js"
import * as AzureControl from "../azure/AzureControl.js"
import * as AzureGrants from "../azure/token/AzureGrants.js"
import type { Control } from "../Control.js"
import * as Grants from "../Grants.js"
import * as Reply from "../http/Reply.js"
import { isAzure, type On } from "../http/Request.js"
import { sampleServices } from "../services/SampleServices.js"
import { usernames, type World } from "../World.js"
import * as Faults from "./Faults.js"

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

const planned = (world: World, { kind, now, request }: Faults.Met, status: number): Reply.Answer =>
  world.azure !== undefined && isAzure(kind)
    ? AzureApi.planned(world.azure, request, now, status)
    : Faults.planned(world.configuration.apiVersion, status)

const plans = (world: World) => {
  const plan = (target: Faults.Target, fault: () => Faults.Fault) =>
    Effect.sync(() => world.faults.plan(target, fault()))
  const answer = (target: Faults.Target, answer: (met: Faults.Met) => Reply.Answer) =>
    plan(target, () => ({ _tag: "Answer", answer }))
  return {
    rejectNext: (times: number) => Effect.sync(() => world.faults.reject(times)),
    failNext: (failure: Faults.Failure) =>
      answer(failure, (met) => Faults.failure(failure, () => planned(world, met, failure.status))),
    htmlNext: (target: Faults.Target) => answer(target, () => Reply.html(200)),
    redirectNext: (redirection: Faults.Redirection) => answer(redirection, () => Faults.redirection(redirection)),
    answerNext: (custom: Faults.Custom) => answer(custom, () => Faults.custom(custom)),
    dropNext: (target: Faults.Target) => plan(target, () => ({ _tag: "Drop" })),
    stallNext: (target: Faults.Target) => plan(target, () => ({ _tag: "Stall" })),
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
  world.batches = []
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

/** The knobs of a world, which only this package can make. */
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
