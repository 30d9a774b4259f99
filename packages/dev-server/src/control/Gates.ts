/**
 * Gates that keep requests waiting until a test opens them, so that a test can act while a request is at a known
 * point.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type { Stage } from "./Faults.js"
import { type Kind, matches, type On } from "../http/Request.js"

/** A closed gate. */
export interface Gate {
  /** Opens the gate for good: what waits goes on. Opening it again changes nothing. */
  readonly release: Effect.Effect<void>
  /** Returns as soon as this many requests (default: one) have come to the gate. */
  readonly awaitWaiting: (count?: number) => Effect.Effect<void>
}

interface Closed {
  readonly on: On
  readonly stage: Stage
  readonly opened: Deferred.Deferred<void>
  readonly waiting: Tally
}

/** A number that only grows, and what waits for it to have grown enough. */
export interface Tally {
  readonly add: () => void
  readonly awaitAtLeast: (count: number) => Effect.Effect<void>
  readonly reset: () => void
}

/** A tally of nothing yet. */
export const makeTally = (): Tally => {
  let total = 0
  let waiting: Array<{ readonly count: number; readonly reached: Deferred.Deferred<void> }> = []
  return {
    add: () => {
      total += 1
      if (waiting.length === 0) return
      const [reached, rest] = [waiting.filter((it) => it.count <= total), waiting.filter((it) => it.count > total)]
      waiting = rest
      for (const it of reached) Deferred.unsafeDone(it.reached, Effect.void)
    },
    awaitAtLeast: (count) =>
      Effect.suspend(() => {
        if (total >= count) return Effect.void
        const reached = Deferred.unsafeMake<void>(FiberId.none)
        waiting.push({ count, reached })
        return Deferred.await(reached)
      }),
    reset: () => {
      total = 0
    }
  }
}

/** The gates of one server. */
export interface Gates {
  readonly close: (on: On, stage: Stage) => Gate
  readonly isOpen: () => boolean
  /** Waits at every gate that is closed for this kind now. */
  readonly pass: (kind: Kind, stage: Stage) => Effect.Effect<void>
  readonly openAll: () => void
}

/** No gate is closed. */
export const make = (): Gates => {
  const closed = new Set<Closed>()
  const open = (gate: Closed) => {
    closed.delete(gate)
    Deferred.unsafeDone(gate.opened, Effect.void)
  }
  return {
    close: (on, stage) => {
      const gate: Closed = { on, stage, opened: Deferred.unsafeMake(FiberId.none), waiting: makeTally() }
      closed.add(gate)
      return { release: Effect.sync(() => open(gate)), awaitWaiting: (count = 1) => gate.waiting.awaitAtLeast(count) }
    },
    isOpen: () => closed.size === 0,
    pass: (kind, stage) =>
      Effect.suspend(() => {
        const mine = [...closed].filter((gate) => gate.stage === stage && matches(gate.on, kind))
        for (const gate of mine) gate.waiting.add()
        return Effect.forEach(mine, (gate) => Deferred.await(gate.opened), { discard: true })
      }),
    openAll: () => {
      for (const gate of closed) open(gate)
    }
  }
}
